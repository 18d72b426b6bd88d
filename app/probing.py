"""`outfall probe modbus://…`, `rtu://…`: what a device has, read every plausible way."""

import argparse
import asyncio
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from app.tables import table
from collectors.modbus.asking import asking
from collectors.modbus.guessing import (
    Guess,
    Standing,
    best_order,
    float_of,
    guesses,
    standings,
    tolerance_of,
    whole_of,
)
from collectors.modbus.settings import FunctionCode, ModbusSettings, WordOrder
from collectors.modbus.survey import Area, Budget, Device, Run, Spent, Survey
from telemetry.errors import ConfigError

EXIT_NOTHING: Final = 1
_NAMES: Final = {1: "coils", 2: "discrete inputs", 3: "holding registers", 4: "input registers"}
_USUAL_UNITS: Final = (*range(1, 11), 255)
_MOST_STANDINGS: Final = 20
_FLOATS: Final = (WordOrder.ABCD, WordOrder.CDAB, WordOrder.BADC, WordOrder.DCBA)
_USAGE: Final = "write modbus://HOST[:PORT][/UNIT], rtu:///dev/ttyUSB0?baud=9600 or mqtt://HOST[:PORT]"


@dataclass(slots=True)
class Found:
    """What a look round found, stopped or not; `later` are the runs read once more."""

    survey: Survey | None = None
    later: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)
    cut: str = ""


def probe(options: argparse.Namespace) -> int:
    """Look round at an address and print what is there; 1 where nothing answers."""
    address = urlsplit(options.address)
    if address.scheme in ("mqtt", "mqtts"):
        from app.probing_mqtt import probe_broker

        return probe_broker(address, options)
    if address.scheme not in ("modbus", "rtu"):
        raise ConfigError(f"{options.address}: this is no address to look at: {_USAGE}")
    settings, units = _settings(address, options)
    units = _units(options.units) if options.units else units
    expected = _expected(options.expect)
    found = Found()
    try:
        asyncio.run(_look(settings, units, options, found))
    except KeyboardInterrupt:
        found.cut = "stopped"
    survey = found.survey
    if survey is None or (survey.lost and not survey.devices):
        sys.stderr.write(f"{options.address}: {survey.lost if survey else 'stopped'}\n")
        return EXIT_NOTHING
    if options.json:
        sys.stdout.write(json.dumps(_as_json(found, expected), ensure_ascii=False, allow_nan=False) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _shown(found, expected, options))
    return 0 if survey.devices else EXIT_NOTHING


async def _look(
    settings: ModbusSettings, units: Sequence[int], options: argparse.Namespace, found: Found
) -> None:
    first, last = _offsets(options.offsets)
    functions = [FunctionCode(code) for code in (options.fc or (3, 4, 1, 2))]
    async with asking(settings) as ask:
        survey = found.survey = Survey(ask, Budget(options.most, options.pause))
        try:
            await survey.units(units)
            for device in survey.devices:
                await survey.look(device, functions, first, last)
            await asyncio.sleep(options.watch)
            for device in survey.devices:
                async for area, runs in survey.again(device):
                    for run in runs:
                        found.later[device.unit, area.function, run.offset] = run.words
        except Spent:
            found.cut = f"cut short after {survey.budget.asked} questions: more with --most"


def _settings(address: SplitResult, options: argparse.Namespace) -> tuple[ModbusSettings, Sequence[int]]:
    """Return how to connect, and the units to look for; ConfigError for an address that cannot be."""
    raw: dict[str, Any] = {"type": "modbus", "timeout": f"{options.timeout:g}s", "retries": 0}
    query = dict(parse_qsl(address.query))
    unit = query.pop("unit", None)
    try:
        if address.scheme == "rtu":
            raw |= {"transport": "rtu", "serial_port": address.path}
            for key, name in {"baud": "baud_rate", "parity": "parity", "stop": "stop_bits"}.items():
                value = query.pop(key, None)
                raw |= {} if value is None else {name: int(value) if value.isdigit() else value}
        else:
            raw |= {"host": address.hostname or "", "port": address.port or 502}
            transport = query.pop("transport", None)
            raw |= {} if transport is None else {"transport": transport}
            unit = unit or address.path.strip("/") or None
        if query:
            raise ConfigError(f"{next(iter(query))} is no part of an address: {_USAGE}")
        settings = ModbusSettings.model_validate(raw)
    except ValueError as error:
        raise ConfigError(f"{options.address}: this is no address to look at: {_USAGE}") from error
    return settings, _USUAL_UNITS if unit is None else _units(unit)


def _units(text: str) -> list[int]:
    found = [unit for part in text.split(",") for unit in _span(part, 255, "unit")]
    return list(dict.fromkeys(found))


def _offsets(text: str) -> tuple[int, int]:
    span = _span(text, 65535, "offset")
    return span[0], span[-1]


def _span(text: str, most: int, what: str) -> range:
    first, _, last = text.strip().partition("-")
    last = last or first
    if first.isdecimal() and last.isdecimal() and int(first) <= int(last) <= most:
        return range(int(first), int(last) + 1)
    raise ConfigError(f"{text} is no {what}: write one such as 1, or 0-{min(most, 99)}, at most {most}")


def _expected(text: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    try:
        return float(text), tolerance_of(text)
    except ValueError:
        raise ConfigError(f"--expect {text}: write the number that the display shows, such as 21.4") from None


def _shown(found: Found, expected: tuple[float, float] | None, options: argparse.Namespace) -> Iterator[str]:
    survey = found.survey
    assert survey is not None
    answering = ", ".join(str(device.unit) for device in survey.devices) or "none"
    yield f"{options.address}: units that answer: {answering}"
    if survey.silent:
        yield f"no answer from unit {', '.join(map(str, survey.silent))}"
    if len(survey.devices) > 3 and not survey.silent:
        yield "every unit answers: this device takes no heed of the unit, so any will do"
    for device in survey.devices:
        for area in device.areas:
            yield from _area_shown(found, device, area)
    if expected is not None:
        yield ""
        yield from _standings_shown(found, expected)
    yield ""
    if found.cut:
        yield found.cut
    yield f"looked at offsets {options.offsets} with {survey.budget.asked} questions; further with --offsets"


def _area_shown(found: Found, device: Device, area: Area) -> Iterator[str]:
    ranges = ", ".join(f"{run.offset}-{run.end - 1}" for run in area.runs)
    note = f" ({area.note})" if area.note else ""
    yield ""
    name = _NAMES[area.function]
    yield f"unit {device.unit} FC{area.function:02d} {name}: {ranges or 'none'}{note}"
    if area.function.reads_bits:
        yield from (f"  {run.offset}: {''.join(map(str, run.words))}" for run in area.runs)
        return
    order = _order(found, device, area)
    rows = [row for run in area.runs for row in _rows(run, _later(found, device, area, run), order)]
    if rows:
        header = (
            "offset",
            "hex",
            "U16",
            "S16",
            *(f"F32 {one}" for one in _FLOATS),
            "U32 ABCD",
            "U32 CDAB",
            "guess",
        )
        yield from table(header, rows)


def _rows(run: Run, later: Sequence[int], order: WordOrder) -> Iterator[tuple[str, ...]]:
    by_offset = {guess.offset: guess for guess in guesses(run.offset, run.words, later, order)}
    skipped = 0
    for at, word in enumerate(run.words):
        offset = run.offset + at
        # Whole stretches of nothing would bury what there is.
        if not word and not any(run.words[max(at - 1, 0) : at + 2]) and not later[at]:
            skipped += 1
            continue
        if skipped:
            yield ("…", f"{skipped} × 0000", *[""] * 9)
            skipped = 0
        pair = (word, run.words[at + 1]) if at + 1 < len(run.words) else None
        floats = [_number(float_of(*pair, one)) if pair else "" for one in _FLOATS]
        wholes = [str(whole_of(*pair, one)) if pair else "" for one in _FLOATS[:2]]
        guess = by_offset.get(offset)
        said = "  ″" if guess is None else _guess_shown(guess)
        yield (
            str(offset),
            f"{word:04X}",
            str(word),
            str(word - 65536) if word > 32767 else "",
            *floats,
            *wholes,
            said,
        )
    if skipped:
        yield ("…", f"{skipped} × 0000", *[""] * 9)


def _guess_shown(guess: Guess) -> str:
    order = f" {guess.order}" if guess.registers > 1 else ""
    return f"{guess.kind}{order}: {_number(guess.value)}, {guess.reason}" if guess.reason != "0" else "0"


def _standings_shown(found: Found, expected: tuple[float, float]) -> Iterator[str]:
    value, tolerance = expected
    places = list(_standings(found, expected))
    if not places:
        yield f"{value:g} ± {tolerance:g} stands nowhere: read the display again, or look further (--offsets)"
        return
    yield f"{value:g} may stand at:"
    for unit, function, one, agrees in places[:_MOST_STANDINGS]:
        order = f" {one.order}" if one.kind in ("F32", "S32") else ""
        factor = "" if one.factor == 1 else f" × {one.factor:g}"
        shown = _number(one.value * one.factor)
        guessed = ", as guessed" if agrees else ""
        where = f"unit {unit} FC{function:02d} offset {one.offset}"
        yield f"  {where} {one.kind}{order}{factor}: {shown}{guessed}"
    if len(places) > _MOST_STANDINGS:
        yield f"  and {len(places) - _MOST_STANDINGS} more: look again when the value has changed"


def _standings(found: Found, expected: tuple[float, float]) -> Iterator[tuple[int, int, Standing, bool]]:
    """Yield unit, function, place and whether it agrees with the guess; those that do come first."""
    assert found.survey is not None
    places: list[tuple[int, int, Standing, bool]] = []
    for device in found.survey.devices:
        for area in device.areas:
            if area.function.reads_bits:
                continue
            order = _order(found, device, area)
            for run in area.runs:
                said = guesses(run.offset, run.words, _later(found, device, area, run), order)
                guessed = {(guess.offset, guess.kind, guess.order) for guess in said}
                for one in standings(run.offset, run.words, *expected):
                    agrees = (one.offset, one.kind, one.order) in guessed
                    places.append((device.unit, int(area.function), one, agrees))
    yield from sorted(places, key=lambda place: not place[3])


def _order(found: Found, device: Device, area: Area) -> WordOrder:
    words = [word for run in area.runs for word in run.words]
    later = [word for run in area.runs for word in _later(found, device, area, run)]
    return best_order(words, later)


def _later(found: Found, device: Device, area: Area, run: Run) -> Sequence[int]:
    later = found.later.get((device.unit, area.function, run.offset), run.words)
    return later if len(later) == len(run.words) else run.words


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else f"{value:.6g}"


def _as_json(found: Found, expected: tuple[float, float] | None) -> dict[str, Any]:
    survey = found.survey
    assert survey is not None
    made: dict[str, Any] = {
        "silent_units": survey.silent,
        "questions": survey.budget.asked,
        "cut_short": found.cut or None,
        "units": [
            {"unit_id": device.unit, "areas": [_area_json(found, device, area) for area in device.areas]}
            for device in survey.devices
        ],
    }
    if expected is not None:
        made["expected_at"] = [
            {
                "unit_id": unit, "function_code": function, "offset": one.offset, "dtype": one.kind,
                "word_order": str(one.order), "factor": one.factor, "value": one.value, "as_guessed": agrees,
            }
            for unit, function, one, agrees in _standings(found, expected)
        ]  # fmt: skip
    return made


def _area_json(found: Found, device: Device, area: Area) -> dict[str, Any]:
    order = None if area.function.reads_bits else _order(found, device, area)
    runs = []
    for run in area.runs:
        one: dict[str, Any] = {"offset": run.offset, "values": run.words}
        if order is not None:
            said = guesses(run.offset, run.words, _later(found, device, area, run), order)
            one["guesses"] = [
                {
                    "offset": guess.offset, "dtype": guess.kind, "word_order": str(guess.order),
                    "value": guess.value, "reason": guess.reason,
                }
                for guess in said
            ]  # fmt: skip
        runs.append(one)
    return {"function_code": int(area.function), "note": area.note or None, "ranges": runs}

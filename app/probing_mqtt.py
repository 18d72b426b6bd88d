"""`outfall probe mqtt://…`: the topics of a broker, and a configuration that would read them."""

import argparse
import asyncio
import json
import math
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Final
from urllib.parse import SplitResult, unquote

from app.tables import table
from collectors.mqtt.listening import listen
from collectors.mqtt.settings import MqttSettings
from collectors.mqtt.shapes import NUMBER, Heap, Proposal, Topic, proposals
from telemetry.clock import SystemClock
from telemetry.errors import ConfigError, DeviceError

EXIT_NOTHING: Final = 1
_MOST_SHOWN: Final = 100
_MOST_TAGS: Final = 500
_USUAL_EVERY_S: Final = 60.0
_STEPS_S: Final = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 86_400)


def probe_broker(address: SplitResult, options: argparse.Namespace) -> int:
    """Listen for a while as a guest, and print what came and how to read it; 1 where nothing came."""
    settings, password = _settings(address, options)
    heap = Heap()
    cut = ""
    try:
        asyncio.run(_listen(settings, password, options, heap))
    except KeyboardInterrupt:
        cut = "stopped"
    except DeviceError as error:
        sys.stderr.write(f"{options.address}: {error}\n")
        return EXIT_NOTHING
    found = proposals(list(heap.topics.values()))
    if options.json:
        sys.stdout.write(json.dumps(_as_json(heap, found, settings), ensure_ascii=False) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _shown(heap, found, settings, options, cut))
    return 0 if heap.topics else EXIT_NOTHING


async def _listen(
    settings: MqttSettings, password: str | None, options: argparse.Namespace, heap: Heap
) -> None:
    clock = SystemClock()
    async for heard in listen(settings, [options.topic], password, options.wait):
        heap.take(heard.topic, heard.payload, clock.now_us(), retained=heard.retained, size=heard.size)


def _settings(address: SplitResult, options: argparse.Namespace) -> tuple[MqttSettings, str | None]:
    if address.password is not None:
        raise ConfigError(
            "a password in an address stays in the shell's history: name its variable, --password-env"
        )
    password = None
    if options.password_env is not None:
        password = os.environ.get(options.password_env)
        if not password:
            raise ConfigError(f"the environment variable {options.password_env} is not set: set it")
    raw: dict[str, Any] = {
        "type": "mqtt",
        "host": address.hostname or "",
        "client_id": "outfall-node1",
        "username": unquote(address.username) if address.username else None,
        "subscriptions": [{"topic": "x", "tag": "{key}"}],
    }
    try:
        raw |= {"port": address.port} if address.port else {}
        raw |= {"tls": True} if address.scheme == "mqtts" else {}
        return MqttSettings.model_validate(raw), password
    except ValueError as error:
        raise ConfigError(
            f"{options.address}: this is no broker's address: write mqtt[s]://[USER@]HOST[:PORT]"
        ) from error


def _shown(
    heap: Heap, found: Sequence[Proposal], settings: MqttSettings, options: argparse.Namespace, cut: str
) -> Iterator[str]:
    topics = sorted(heap.topics.values(), key=lambda topic: topic.name)
    yield f"{options.address}: {len(topics)} topics within {options.wait:g} s{f', {cut}' if cut else ''}"
    if not topics:
        yield "nothing came: wait longer with --wait, or ask what the account may read"
        return
    header = ("topic", "messages", "every", "bytes", "holds", "time", "keys")
    yield from table(header, [_row(topic) for topic in topics[:_MOST_SHOWN]])
    if len(topics) > _MOST_SHOWN or heap.beyond:
        yield f"and {len(topics) - _MOST_SHOWN + heap.beyond} more: name some with --topic"
    if not found:
        yield ""
        yield "none of them is a number, or JSON with numbers under keys"
        return
    yield ""
    yield "# connections.yaml"
    yield from _yaml(found, settings)
    if settings.username is not None:
        yield "  # the password: in the variable that password_env names, where the node runs"
    yield ""
    yield "# points.csv: area, names, unit and range are yours to write; ranges are what was seen, and more"
    yield from _points(found, options.area)


def _row(topic: Topic) -> tuple[str, ...]:
    shape = topic.shape
    every = "" if topic.every_s is None else f"{topic.every_s:.3g} s"
    messages = f"{topic.count}" + (f" ({topic.retained} retained)" if topic.retained else "")
    holds = f"{shape.kind} at {'.'.join(shape.at)}" if shape.at else shape.kind
    time = "" if shape.time is None else ".".join(shape.time)
    keys = ", ".join(f"{key}={value:g}" for key, value in list(shape.values.items())[:6])
    keys += " …" if len(shape.values) > 6 else ""
    odd = f"; no numbers: {', '.join(shape.others[:4])}" if shape.others else ""
    return topic.name, messages, every, str(topic.largest), holds, time, f"{keys}{odd}"


def _yaml(found: Sequence[Proposal], settings: MqttSettings) -> Iterator[str]:
    yield "MQTT:"
    yield "  type: mqtt"
    yield f"  host: {json.dumps(settings.host)}"
    yield f"  port: {settings.port}"
    if settings.tls is not None:
        yield "  tls: true"
    yield f"  client_id: {settings.client_id}  # its own for each node"
    if settings.username is not None:
        yield f"  username: {json.dumps(settings.username, ensure_ascii=False)}"
        yield "  password_env: MQTT_PASSWORD"
    yield "  subscriptions:"
    for one in found:
        yield f"    - topic: {json.dumps(one.topic, ensure_ascii=False)}"
        yield f"      tag: {json.dumps(one.tag)}"
        if one.shape.time is not None:
            yield f"      time: {json.dumps('.'.join(one.shape.time), ensure_ascii=False)}"
        if one.shape.zone is not None:
            yield f"      time_zone: {one.shape.zone}  # the messages do not say: write theirs"
        if one.shape.kind == NUMBER:
            yield "      format: plain"
        if one.shape.at:
            yield f"      values: {json.dumps('.'.join(one.shape.at), ensure_ascii=False)}"
        guessed = "" if one.every_s is not None else "  # too little came to tell"
        yield f"      expected_every: {_every(one):g}s{guessed}"


def _points(found: Sequence[Proposal], area: str) -> Iterator[str]:
    from config.points_file import COLUMNS

    yield ",".join(COLUMNS)
    seen: set[str] = set()
    for one in found:
        for tag, span in one.tags.items():
            if tag in seen or len(seen) == _MOST_TAGS:
                continue
            seen.add(tag)
            low, high = _range(*span)
            cells = {
                "tag": tag, "area": area, "desc_zh": tag, "desc_en": tag, "kind": "AI", "unit": "-",
                "range_lo": f"{low:.10g}", "range_hi": f"{high:.10g}", "source": "MQTT", "dtype": "JSON",
                "regulatory": "0",
            }  # fmt: skip
            yield ",".join(cells.get(column, "") for column in COLUMNS)


def _every(one: Proposal) -> float:
    """Return how often a message is due: what was measured, rounded up to what people write."""
    if one.every_s is None:
        return _USUAL_EVERY_S
    return float(next((step for step in _STEPS_S if step >= one.every_s * 0.95), 86_400))


def _range(low: float, high: float) -> tuple[float, float]:
    """Return a round range in which what was seen lies well inside."""
    most = max(abs(low), abs(high), 1.0)
    top = 10.0 ** math.ceil(math.log10(most * 1.2))
    top = next(part * top for part in (0.2, 0.5, 1.0) if part * top >= most * 1.2)
    return (0.0 if low >= 0 else -top), top


def _as_json(heap: Heap, found: Sequence[Proposal], settings: MqttSettings) -> dict[str, Any]:
    return {
        "topics": [
            {
                "topic": topic.name, "messages": topic.count, "retained": topic.retained,
                "every_s": topic.every_s, "bytes": topic.largest, "holds": topic.shape.kind,
                "values": ".".join(topic.shape.at), "time": ".".join(topic.shape.time or ()) or None,
                "last": dict(topic.shape.values), "not_numbers": list(topic.shape.others),
            }
            for topic in heap.topics.values()
        ],
        "topics_beyond": heap.beyond,
        "subscriptions": [
            {
                "topic": one.topic, "tag": one.tag, "time": ".".join(one.shape.time or ()) or None,
                "values": ".".join(one.shape.at), "expected_every_s": _every(one), "tags": list(one.tags),
            }
            for one in found
        ],
        "connection_yaml": "\n".join(_yaml(found, settings)) + "\n" if found else None,
    }  # fmt: skip

"""Judgements as rows of the node's store, and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

import orjson

from alarms.compliance.limits import LimitBasis
from alarms.compliance.records import DayJudgement, End, Exceedance, HeldLimit, Verdict, WaterTold
from alarms.uptime.records import Cause, HourJudgement, ResultRecord


def hour_row(plant: str, hour: HourJudgement) -> dict[str, Any]:
    """Return an hour as a row without its version."""
    results = [
        [result.sample_us, result.read_us, result.value, result.cause, result.mark, result.suspect]
        for result in hour.results
    ]
    return {
        "plant": plant,
        "tag": hour.tag,
        "start_us": hour.start_us,
        "value": hour.value,
        "due": hour.due,
        "valid": hour.valid,
        "excused": hour.excused,
        "cause": hour.cause.value if hour.cause else None,
        "flow_m3": hour.flow_m3,
        "within": hour.within,
        "results": _text(results),
    }


def hour_of(row: Mapping[Any, Any]) -> HourJudgement:
    """Return a row's hour."""
    return HourJudgement(
        tag=row["tag"],
        start_us=row["start_us"],
        value=row["value"],
        due=row["due"],
        valid=row["valid"],
        cause=Cause(row["cause"]) if row["cause"] else None,
        flow_m3=row["flow_m3"],
        excused=row["excused"],
        results=tuple(_result(*result) for result in orjson.loads(row["results"])),
        within=row["within"],
        version=row["version"],
    )


def day_row(plant: str, day: DayJudgement) -> dict[str, Any]:
    """Return a decided day as a row without its version."""
    names = ("tag", "start_us", "end_us", "day", "mean", "rounded", "lowest", "highest", "valid", "due")
    return {
        "plant": plant,
        **{name: getattr(day, name) for name in names},
        "excused": day.excused,
        "flow_m3": day.flow_m3,
        "load_kg": day.load_kg,
        "verdict": day.verdict.value,
        "limits": _text([asdict(limit) for limit in day.limits]),
        "exceedances": _text([asdict(one) for one in day.exceedances]),
        "control": _text([asdict(one) for one in day.control]),
    }


def day_of(row: Mapping[Any, Any]) -> DayJudgement:
    """Return a row's day."""
    return DayJudgement(
        tag=row["tag"],
        day=row["day"],
        start_us=row["start_us"],
        end_us=row["end_us"],
        verdict=Verdict(row["verdict"]),
        mean=row["mean"],
        rounded=row["rounded"],
        lowest=row["lowest"],
        highest=row["highest"],
        valid=row["valid"],
        due=row["due"],
        excused=row["excused"],
        flow_m3=row["flow_m3"],
        load_kg=row["load_kg"],
        limits=tuple(_limit(limit) for limit in orjson.loads(row["limits"])),
        exceedances=_exceedances(row["exceedances"]),
        control=_exceedances(row["control"]),
        version=row["version"],
    )


def _text(content: Sequence[Any]) -> str:
    # A limit is kept as it is written: 4.0 is not 4.
    return orjson.dumps(content, default=str).decode()


def _result(
    sample_us: int,
    read_us: int,
    value: float | None,
    cause: str | None,
    mark: str | None,
    suspect: bool = False,
) -> ResultRecord:
    # JSON has no NaN: what was no number comes back as none.
    number = float("nan") if value is None else value
    return ResultRecord(sample_us, read_us, number, Cause(cause) if cause else None, mark, suspect)


def _limit(told: Mapping[str, Any]) -> HeldLimit:
    water = told.get("water")
    made = {
        "basis": LimitBasis(told["basis"]),
        "low": _end(told["low"]),
        "high": _end(told["high"]),
        "water": WaterTold(water["tag"], _written(water["at_most"]), water["mean_c"]) if water else None,
    }
    return HeldLimit(**{**told, **made})


def _end(told: str | float | None) -> Decimal | None:
    return None if told is None else _written(told)


def _written(told: str | float) -> Decimal:
    # Days that were judged before limits kept their decimals hold floats: 4.8 is 4.8, not its binary.
    return Decimal(str(told))


def _exceedances(text: str) -> tuple[Exceedance, ...]:
    return tuple(
        Exceedance(
            **{
                **told,
                "basis": LimitBasis(told["basis"]),
                "end": End(told["end"]),
                "limit": _written(told["limit"]),
            }
        )
        for told in orjson.loads(text)
    )

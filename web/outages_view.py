"""Outages as a page shows them: a list, and strips on which their times stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from collectors.outages import Outage
from telemetry.clock import duration_us
from web import formats
from web.alarm_view import AlarmSpeaker
from web.diagnosis_words import said

STRIP_WIDTH: Final = 1000
_NARROWEST: Final = 3.0
DAY: Final = timedelta(hours=24)
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OutageRow:
    """One outage; `lasting` while it is open, `missed` empty where nobody knows."""

    channel: str
    began: str
    lasting: bool
    lasted: str
    began_ms: int
    cause: str
    missed: str


@dataclass(frozen=True, slots=True)
class Strip:
    """A period with its outages: (x, width) of STRIP_WIDTH, how many, and how long in all."""

    label: str
    spans: tuple[tuple[float, float], ...]
    count: int
    total: str


def outage_rows(outages: Iterable[Outage], speaker: AlarmSpeaker) -> list[OutageRow]:
    """Return outages as rows, in their order."""
    return [
        OutageRow(
            channel=each.channel,
            began=formats.moment(speaker.local(each.began_us), speaker.now, speaker.language, seconds=True),
            lasting=each.ended_us is None,
            lasted=speaker.lasted(each.began_us, each.ended_us),
            began_ms=each.began_us // 1000,
            cause=said(each.cause, speaker.language),
            missed="" if each.missed is None else f"{each.missed:,}",
        )
        for each in outages
    ]


def strip(outages: Sequence[Outage], period: timedelta, label: str, speaker: AlarmSpeaker) -> Strip:
    """Return the outages of the last `period`; of several channels at once the time counts once."""
    width_us = duration_us(period)
    start_us = speaker.now_us - width_us
    found = sorted(
        (max(each.began_us, start_us), speaker.now_us if each.ended_us is None else each.ended_us)
        for each in outages
        if each.ended_us is None or each.ended_us > start_us
    )
    away_us, reached_us = 0, start_us
    spans = []
    for began_us, ended_us in found:
        away_us += max(ended_us - max(began_us, reached_us), 0)
        reached_us = max(reached_us, ended_us)
        width = max((ended_us - began_us) / width_us * STRIP_WIDTH, _NARROWEST)
        x = min((began_us - start_us) / width_us * STRIP_WIDTH, STRIP_WIDTH - _NARROWEST)
        spans.append((round(x, 1), round(min(width, STRIP_WIDTH - x), 1)))
    total = formats.duration(timedelta(microseconds=away_us), speaker.language)
    return Strip(label, tuple(spans), len(found), total)

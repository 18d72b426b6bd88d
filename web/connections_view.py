"""What the connections page says: each device, broker and target, those that are not well first."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import quote

from collectors.figures import ConnectionFigures, Quarantined
from config.folder import PlantFolder
from history.targets import DeadLetter, TargetState, TargetStatus
from telemetry.protocols import LinkState
from web import formats, naming, words
from web.alarm_view import AlarmSpeaker
from web.diagnosis_words import advice, said
from web.language import Language

LETTERS: Final = 5
NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Figure:
    """A label and its value."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A connection or a target: how it stands, since when, its figures and its last error.

    `link` leads to a connection's own page; `hint` says what to do about the error while it stands.
    """

    name: str
    kind: str
    state: str
    state_word: str
    well: bool
    since: str
    lasted: str
    figures: tuple[Figure, ...]
    error: str | None
    link: str | None = None
    address: str = ""
    hint: str | None = None
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A point that its device refuses: where it stands, why, since when, when it is tried again."""

    tag: str
    name: str
    address: str
    reason: str
    hint: str | None
    since: str
    next_try: str


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A part of a connection that is lost by itself."""

    name: str
    state: str
    state_word: str
    well: bool
    since: str
    cause: str


@dataclass(frozen=True, slots=True)
class LetterRow:
    """A refused reading or figure."""

    at: str
    target: str
    tag: str
    time: str
    line: str
    reason: str


def connection_rows(connections: Iterable[ConnectionFigures], speaker: AlarmSpeaker) -> list[Row]:
    """Return the devices and brokers, those that do not answer first."""
    rows = [connection_row(figures, speaker) for figures in connections]
    return sorted(rows, key=lambda row: (row.well, row.trouble is None))


def target_rows(statuses: Iterable[TargetStatus], speaker: AlarmSpeaker) -> list[Row]:
    """Return the targets, those that take nothing first."""
    return sorted((_target(status, speaker) for status in statuses), key=lambda row: row.well)


def letter_rows(letters: Mapping[str, Sequence[DeadLetter]], speaker: AlarmSpeaker) -> list[LetterRow]:
    """Return what targets refused, by their names; of all of them the newest, newest first."""
    every = [(name, letter) for name, of_one in letters.items() for letter in of_one]
    newest = sorted(every, key=lambda each: (each[1].at_us, each[1].id), reverse=True)[:LETTERS]
    return [_letter(name, letter, speaker) for name, letter in newest]


def short(status: TargetStatus, speaker: AlarmSpeaker) -> str:
    """Return how a target stands in the words of the wall's last line."""
    return speaker.language(
        words.TARGET_SHORT[status.state.value],
        name=words.TARGET.get(status.name, status.name),
        num=count(status.queued_rows),
    )


def count(number: int) -> str:
    """Return a number with its thousands apart."""
    return f"{number:,}"


def connection_row(figures: ConnectionFigures, speaker: AlarmSpeaker) -> Row:
    """Return a device or a broker."""
    _ = speaker.language
    kind = words.KIND.get(figures.kind, figures.kind)
    well = figures.state is LinkState.UP
    error = figures.last_error
    return Row(
        name=figures.name,
        kind="" if kind == figures.name else kind,
        state=figures.state.value,
        state_word=words.spoken(words.LINK, figures.state.value, _),
        well=well,
        since=speaker.moment(figures.since_us) if figures.since_us else "",
        lasted=speaker.lasted(figures.since_us) if figures.since_us else "",
        figures=tuple(_figures(figures, _)),
        error=None if error is None else said(error, _),
        link=f"/connections/{quote(figures.name, safe='')}",
        address=figures.address,
        hint=None if error is None or well else advice(error, _),
        trouble=_trouble(figures, _),
    )


def quarantined_rows(
    quarantined: Iterable[Quarantined],
    addresses: Mapping[str, str],
    folder: PlantFolder,
    speaker: AlarmSpeaker,
) -> list[QuarantinedRow]:
    """Return the points that a device refuses, in their order."""
    _ = speaker.language
    known = folder.plant.point_by_tag
    return [
        QuarantinedRow(
            tag=each.tag,
            name=naming.capital(_.name(known[each.tag].name)) if each.tag in known else each.tag,
            address=addresses.get(each.tag, ""),
            reason=said(each.reason, _),
            hint=advice(each.reason, _),
            since=speaker.moment(each.since_us),
            next_try=formats.moment(speaker.local(each.next_try_us), speaker.now, _, seconds=True),
        )
        for each in quarantined
    ]


def channel_rows(figures: ConnectionFigures, speaker: AlarmSpeaker) -> list[ChannelRow]:
    """Return the parts of a connection, those that are lost first."""
    _ = speaker.language
    rows = [
        ChannelRow(
            name=channel.name,
            state=channel.state.value,
            state_word=words.spoken(words.LINK, channel.state.value, _),
            well=channel.state is LinkState.UP,
            since=speaker.moment(channel.since_us) if channel.since_us else "",
            cause=said(channel.cause, _),
        )
        for channel in figures.channels
    ]
    return sorted(rows, key=lambda row: row.well)


def _figures(figures: ConnectionFigures, _: Language) -> Iterator[Figure]:
    broker = figures.kind == "mqtt"
    if figures.schedule_kept is not None:
        yield Figure(_("Schedule kept"), percent(figures.schedule_kept))
    if not broker:
        latency = formats.NO_VALUE if figures.latency_s is None else milliseconds(figures.latency_s)
        yield Figure(_("Answer time"), latency)
    yield Figure(_("Messages") if broker else _("Requests"), count(figures.requests))
    yield Figure(_("Not usable") if broker else _("Failures"), count(figures.failures))
    yield Figure(_("Readings"), count(figures.samples))
    if figures.silent_topics:
        yield Figure(_("Silent topics"), count(figures.silent_topics))
    for reason, number in figures.set_aside.items():
        if number and reason != "undecodable":
            yield Figure(naming.capital(words.spoken(words.SET_ASIDE, reason, _)), count(number))


def _trouble(figures: ConnectionFigures, _: Language) -> str | None:
    """Return what is not well although the connection is, in a few words."""
    lost = [channel.name for channel in figures.channels if channel.state is LinkState.DOWN]
    parts = []
    if figures.quarantined:
        tags = _.listed([each.tag for each in figures.quarantined[:NAMED]])
        more = len(figures.quarantined) - NAMED
        parts.append(_("refused by the device: %(tags)s", tags=tags))
        if more > 0:
            parts.append(_.ngettext("%(num)d point more", "%(num)d points more", more))
    if lost:
        parts.append(_("lost: %(names)s", names=_.listed(lost[:NAMED])))
    return " · ".join(parts) or None


def percent(share: float) -> str:
    """Return a share; one that is nearly whole is not said to be so."""
    shown = math.floor(share * 1000) / 10
    return f"{shown:.0f} %" if shown == round(shown) else f"{shown:.1f} %"


def milliseconds(seconds: float) -> str:
    """Return a short time."""
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


def _target(status: TargetStatus, speaker: AlarmSpeaker) -> Row:
    _ = speaker.language
    behind = formats.duration(timedelta(seconds=status.lag_s), _)
    return Row(
        name=words.spoken(words.TARGET, status.name, _),
        kind="",
        state=status.state.value,
        state_word=words.spoken(words.TARGET_STATE, status.state.value, _),
        well=status.state in (TargetState.UP, TargetState.BEHIND),
        since=speaker.moment(status.since_us),
        lasted=speaker.lasted(status.since_us),
        figures=(
            Figure(_("Behind by"), behind),
            Figure(_("Still to be sent"), count(status.queued_rows)),
            Figure(_("Sent"), count(status.sent_rows)),
            Figure(_("Refused"), count(status.lost_rows)),
        ),
        error=_why(status, _),
    )


def _letter(name: str, letter: DeadLetter, speaker: AlarmSpeaker) -> LetterRow:
    _ = speaker.language
    # Of what has no point any more it is we who say why.
    reason = letter.reason if letter.tag else words.spoken(words.TROUBLE, "no_point", _)
    return LetterRow(
        at=speaker.moment(letter.at_us),
        target=words.spoken(words.TARGET, name, _),
        tag=letter.tag,
        time=formats.moment(speaker.local(letter.time_us), speaker.now, _, seconds=True),
        line=letter.line,
        reason=reason,
    )


def _why(status: TargetStatus, _: Language) -> str | None:
    """Return why a target takes nothing: our words in the page's language, its own as it said them."""
    trouble = status.trouble
    if trouble is None or trouble.code not in words.TROUBLE:
        return status.last_error
    return _(words.TROUBLE[trouble.code], said=trouble.said, status=trouble.status)

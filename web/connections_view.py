"""What the connections page says: each device, broker and target, those that are not well first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from collectors.figures import ConnectionFigures
from history.targets import DeadLetter, TargetState, TargetStatus
from telemetry.protocols import LinkState
from web import formats, naming, words
from web.alarm_view import AlarmSpeaker
from web.language import Language

LETTERS: Final = 5


@dataclass(frozen=True, slots=True)
class Figure:
    """A label and its value."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A connection or a target: how it stands, since when, its figures and its last error."""

    name: str
    kind: str
    state: str
    state_word: str
    well: bool
    since: str
    lasted: str
    figures: tuple[Figure, ...]
    error: str | None


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
    rows = [_connection(figures, speaker) for figures in connections]
    return sorted(rows, key=lambda row: row.well)


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


def _connection(figures: ConnectionFigures, speaker: AlarmSpeaker) -> Row:
    _ = speaker.language
    broker = figures.kind == "mqtt"
    latency = formats.NO_VALUE if figures.latency_s is None else _milliseconds(figures.latency_s)
    shown = [] if broker else [Figure(_("Answer time"), latency)]
    shown += [
        Figure(_("Messages") if broker else _("Requests"), count(figures.requests)),
        Figure(_("Not usable") if broker else _("Failures"), count(figures.failures)),
        Figure(_("Readings"), count(figures.samples)),
    ]
    shown += [
        Figure(naming.capital(words.spoken(words.SET_ASIDE, reason, _)), count(number))
        for reason, number in figures.set_aside.items()
        if number and reason != "undecodable"
    ]
    kind = words.KIND.get(figures.kind, figures.kind)
    return Row(
        name=figures.name,
        kind="" if kind == figures.name else kind,
        state=figures.state.value,
        state_word=words.spoken(words.LINK, figures.state.value, _),
        well=figures.state is LinkState.UP,
        since=speaker.moment(figures.since_us) if figures.since_us else "",
        lasted=speaker.lasted(figures.since_us) if figures.since_us else "",
        figures=tuple(shown),
        error=figures.last_error,
    )


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


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"

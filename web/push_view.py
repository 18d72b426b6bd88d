"""Pushes of an alarm as people read them."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from alarms.notify.records import TriedPush
from alarms.notify.service import Pushes
from operations.access import Permission, Principal
from web import words
from web.alarm_view import AlarmSpeaker
from web.language import Language

MOST: Final = 50


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One try; the error only for who looks after the connections."""

    at: str
    target: str
    error: str | None


@dataclass(frozen=True, slots=True)
class PushLine:
    """One push of an alarm."""

    at: str
    name: str
    step_word: str
    state: str
    state_word: str
    attempts: tuple[AttemptLine, ...]


def test_context(pushes: Pushes, language: Language) -> dict[str, Any]:
    """Return what a page with a button for a test push shows: whether there are pushes, and its words."""
    _ = language
    return {
        "push_set_up": pushes.settings is not None,
        "push_words": {
            "pending": _("The test is under way…"),
            "delivered": _("Delivered: look at the phone."),
            "failed": _("Not delivered."),
            "waiting": _("Nothing came of it yet; it is tried again by itself."),
            "refused": {
                "no_targets": _("There is no address that pushes can go to, or it was entered a moment ago."),
                "too_many_tests": _("A test was pushed a moment ago: wait a minute."),
            },
            "errors": {key: words.spoken(words.PUSH_ERROR, key, language) for key in words.PUSH_ERROR},
        },
    }


async def told_of(
    pushes: Pushes, speaker: AlarmSpeaker, alarm_id: UUID, principal: Principal
) -> list[PushLine]:
    """Return who was told of an alarm, oldest first."""
    found = await pushes.page(before=None, limit=MOST, occurrence=alarm_id)
    diagnoses = principal.may(Permission.DIAGNOSE)
    return [_line(each, speaker, diagnoses) for each in reversed(found)]


def _line(tried: TriedPush, speaker: AlarmSpeaker, diagnoses: bool) -> PushLine:
    push, language = tried.push, speaker.language
    return PushLine(
        at=speaker.moment(push.created_us),
        name=push.name if push.person else words.spoken(words.PUSH_NOBODY, push.recipient, language),
        step_word=words.spoken(words.PUSH_STEP, push.step.value, language),
        state=push.state.value,
        state_word=words.spoken(words.PUSH_STATE, push.state.value, language),
        attempts=tuple(
            AttemptLine(
                speaker.moment(attempt.began_us),
                attempt.target_kind,
                words.spoken(words.PUSH_ERROR, attempt.error, language)
                if attempt.error and diagnoses
                else None,
            )
            for attempt in tried.attempts
        ),
    )

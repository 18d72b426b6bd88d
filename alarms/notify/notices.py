"""Notices: pushes about something that is no alarm, in words that whoever sends them brings along. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from alarms.notify import words
from alarms.notify.plan import Plan, recipient_key
from alarms.notify.records import Push, PushState, Step
from alarms.settings import Priority, RuleKind
from telemetry.duty import Recipient
from telemetry.plant import Name


@dataclass(frozen=True, slots=True)
class Notice:
    """What people are told once, and for ever: `about` names it, `key` says it in the list of pushes.

    `page` is the console's page to look at. `person` is whom it is for, None for the managers.
    """

    about: UUID
    key: str
    title: Name
    body: Name
    page: str
    person: UUID | None = None
    priority: Priority = Priority.MEDIUM


def planned(
    notice: Notice,
    recipients: Sequence[Recipient],
    public_url: str | None,
    now_us: int,
    new_id: Callable[[int], UUID],
) -> Plan:
    """Return the notice as pushes, one a recipient."""
    plan = Plan()
    for who in recipients:
        lines = [notice.body.in_language(who.language)]
        if public_url is not None:
            lines.append(words.OPEN.in_language(who.language).format(url=public_url + notice.page))
        told = _push(new_id(now_us), notice.about, Step.NOTICE, who, now_us, notice.key, notice.priority)
        title = notice.title.in_language(who.language)
        plan.new[told.id] = replace(told, title=title, body="\n".join(lines))
    return plan


def test_of(who: Recipient, now_us: int, id: UUID) -> Push:
    """Return a test push to somebody."""
    return _push(id, id, Step.TEST, who, now_us)


def _push(
    id: UUID,
    about: UUID,
    step: Step,
    who: Recipient,
    now_us: int,
    key: str = "",
    priority: Priority = Priority.LOW,
) -> Push:
    """Return a push that is of no point of the plant."""
    return Push(
        id=id,
        occurrence=about,
        step=step,
        recipient=recipient_key(who.person),
        rule=key,
        tag="",
        kind=RuleKind.BIT,
        priority=priority,
        person=who.person,
        account_id=who.account_id,
        name=who.name,
        language=who.language,
        created_us=now_us,
        state=PushState.PENDING,
    )

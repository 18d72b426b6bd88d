"""The page behind a push's link: shows without a trace, acknowledges as who got it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from starlette.types import ASGIApp

from alarms.active import ActiveAlarm
from alarms.notify.duty_copy import Copied, DutyStep, DutyTurn
from alarms.notify.links import new_token, token_digest
from alarms.notify.outbox import Outbox
from alarms.notify.plan import Plan
from alarms.notify.records import Push, PushState, Step
from alarms.states import AlarmState
from storage.ids import uuid7
from telemetry.clock import US_PER_S
from telemetry.duty import Recipient
from tests.api.conftest import client_for
from tests.api.node import Node, mask, until
from tests.web.console import browser
from web.pages.link import FREE_OF_ALL, FREE_OF_ONE

WANG = UUID("0199c000-0000-7000-8000-00000000000a")
ACCOUNT = UUID("0199c000-0000-7000-8000-000000000001")
DAY_US = 86_400 * US_PER_S


@dataclass
class Linked:
    """An alarm that was pushed to somebody, and the link that the push had."""

    node: Node
    alarm: ActiveAlarm
    path: str

    @property
    def now(self) -> ActiveAlarm | None:
        return next((a for a in self.node.alarms.active() if a.id == self.alarm.id), None)


def push_of(node: Node, alarm: ActiveAlarm, **changed: object) -> Push:
    now_us = node.clock.now_us()
    values = {
        "id": uuid7(now_us),
        "occurrence": alarm.id,
        "step": Step.RAISE,
        "recipient": str(WANG),
        "rule": alarm.key,
        "tag": alarm.tag,
        "kind": alarm.kind,
        "priority": alarm.priority,
        "person": WANG,
        "account_id": ACCOUNT,
        "name": "王磊",
        "language": "zh_CN",
        "created_us": now_us,
        "state": PushState.PENDING,
    }
    return Push(**(values | changed))  # type: ignore[arg-type]


def pushed(node: Node, alarm: ActiveAlarm, *others: ActiveAlarm, **changed: object) -> str:
    """Keep a delivered push with what it tells of as well; return its link's path."""
    outbox: Outbox = node.pushes._outbox
    led = push_of(node, alarm, **changed)
    plan = Plan({led.id: led})
    for other in others:
        below = push_of(node, other, state=PushState.GROUPED, under=led.id)
        plan.new[below.id] = below
    outbox.apply(plan)
    token = new_token()
    digest = token_digest(token)
    assert digest is not None
    now_us = node.clock.now_us()
    outbox.begin(led, [], ("", ""), now_us, (digest, now_us + DAY_US))
    outbox.finish(led.id, [], PushState.DELIVERED, now_us)
    return f"/a/{token}"


def known(node: Node, name: str = "王磊", language: str = "zh_CN") -> None:
    now_us = node.clock.now_us()
    turn = DutyTurn(WANG, DutyStep.FIRST, now_us, now_us + DAY_US)
    person = Recipient(WANG, ACCOUNT, name, language, ())
    node.duty_copy.replace([turn], [person], Copied(now_us, now_us + DAY_US))


@pytest.fixture
async def linked(node: Node) -> Linked:
    node.read(("BL_B201A_ST", 0, mask(node, "BL_B201A_ST", "fault")))
    node.clock.move(10)
    [alarm] = await until(lambda: [a for a in node.alarms.active() if a.key == "BL_B201A_ST.fault"])
    known(node)
    return Linked(node, alarm, pushed(node, alarm))


@pytest.fixture
async def phone(console: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(console) as client:
        yield client


async def test_a_link_shows_the_alarm_without_a_sign_in_and_changes_nothing(
    linked: Linked, phone: httpx.AsyncClient
) -> None:
    page = await phone.get(linked.path)

    assert page.status_code == 200
    for said in ("故障", "确认备用风机已投入", "王磊", "鼓风机"):
        assert said in page.text, said
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "same-origin"
    # A page that sends no referrer sends `Origin: null` with its form, which is refused.
    assert "no-referrer" not in page.text
    assert linked.now == linked.alarm


async def test_its_button_acknowledges_as_the_recipient_and_the_journal_says_by_what(
    linked: Linked, phone: httpx.AsyncClient
) -> None:
    answer = await phone.post(linked.path)

    assert (answer.status_code, answer.headers["location"]) == (303, linked.path)
    assert linked.now is not None
    assert linked.now.state is AlarmState.ACKNOWLEDGED
    assert (linked.now.acknowledged_by, linked.now.comment) == ("王磊", "通过推送链接确认")
    page = await phone.get(linked.path)
    assert "<form" not in page.text
    assert "王磊" in page.text


async def test_what_belongs_to_the_same_cause_is_shown_and_acknowledged_with_it(
    linked: Linked, phone: httpx.AsyncClient
) -> None:
    node = linked.node
    node.read(("BL_B201B_ST", 0, mask(node, "BL_B201B_ST", "fault")))
    node.clock.move(10)
    [other] = await until(lambda: [a for a in node.alarms.active() if a.key == "BL_B201B_ST.fault"])
    path = pushed(node, linked.alarm, other, step=Step.SECOND)

    page = await phone.get(path)
    assert "同一原因" in page.text or "Of the same cause" in page.text
    await phone.post(path)

    assert {a.state for a in node.alarms.active() if a.id in (other.id, linked.alarm.id)} == {
        AlarmState.ACKNOWLEDGED
    }


async def test_pressed_twice_or_after_somebody_else_it_says_who_was_first(
    linked: Linked, phone: httpx.AsyncClient
) -> None:
    await phone.post(linked.path)
    again = await phone.post(linked.path)

    assert again.status_code == 303
    assert linked.now is not None
    assert linked.now.acknowledged_by == "王磊"


@pytest.mark.parametrize("path", ["/a/PWTY6cusMBeUUGBaXam5hg", "/a/x", "/a/" + "A" * 22, "/a/" + "ü" * 22])
async def test_unknown_links_are_all_answered_alike(
    linked: Linked, phone: httpx.AsyncClient, path: str
) -> None:
    known_answer = (await phone.get(f"/a/{new_token()}")).text
    for answer in (await phone.get(path), await phone.post(path)):
        assert answer.status_code == 404
        assert answer.text == known_answer


async def test_a_link_ends_by_itself_and_with_who_left(linked: Linked, phone: httpx.AsyncClient) -> None:
    node = linked.node
    now_us = node.clock.now_us()
    node.duty_copy.replace([], [], Copied(now_us, now_us))
    ended = await phone.get(linked.path)
    assert ended.status_code == 404
    assert "with the account of whoever they were sent to" in ended.text
    known(node)
    assert (await phone.get(linked.path)).status_code == 200

    node.clock.move(86_401)

    assert (await phone.get(linked.path)).status_code == 404
    assert (await phone.post(linked.path)).status_code == 404


async def test_who_tries_many_links_has_to_wait(linked: Linked, phone: httpx.AsyncClient) -> None:
    statuses = [(await phone.get(f"/a/{new_token()}")).status_code for _ in range(40)]

    assert statuses[:30] == [404] * 30
    assert statuses[-1] == 429


async def test_somebodys_wrong_links_keep_nobody_from_a_right_one(
    linked: Linked, phone: httpx.AsyncClient
) -> None:
    # Behind a proxy they all come from one address.
    wrong = [(await phone.get(f"/a/{new_token()}")).status_code for _ in range(FREE_OF_ONE + 5)]

    assert wrong[-1] == 429
    assert (await phone.get(linked.path)).status_code == 200
    assert (await phone.get(f"/a/{new_token()}")).status_code == 429
    assert (await phone.post(linked.path)).status_code == 303
    assert linked.now is not None
    assert linked.now.acknowledged_by == "王磊"


async def test_right_links_are_not_counted(linked: Linked, phone: httpx.AsyncClient) -> None:
    for _ in range(FREE_OF_ONE + 5):
        assert (await phone.get(linked.path)).status_code == 200
    assert (await phone.get(f"/a/{new_token()}")).status_code == 404


async def test_wrong_links_from_everywhere_together_are_bounded(linked: Linked, console: ASGIApp) -> None:
    async def sent(number: int) -> int:
        async with client_for(console, f"10.0.{number // 250}.{number % 250}") as away:
            return (await away.get(f"/a/{new_token()}")).status_code

    assert await sent(0) == 404
    statuses = [await sent(1 + number) for number in range(FREE_OF_ALL + 2)]
    assert statuses[: FREE_OF_ALL - 1] == [404] * (FREE_OF_ALL - 1)
    assert statuses[-1] == 429


async def test_another_sites_page_cannot_press_the_button(linked: Linked, phone: httpx.AsyncClient) -> None:
    answer = await phone.post(linked.path, headers={"origin": "https://elsewhere.example"})

    assert answer.status_code == 403
    assert linked.now == linked.alarm


async def test_it_works_while_accounts_cannot_be_asked(
    linked: Linked, phone: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked.node.accounts.close()
    phone.cookies.set("outfall_session", "left from yesterday")

    assert (await phone.get(linked.path)).status_code == 200
    assert (await phone.post(linked.path)).status_code == 303


async def test_a_link_of_nobodys_target_shows_and_asks_to_sign_in(
    linked: Linked, phone: httpx.AsyncClient
) -> None:
    path = pushed(
        linked.node, linked.alarm, step=Step.FALLBACK, recipient="fallback", person=None, account_id=None
    )

    page = await phone.get(path)
    await phone.post(path)

    assert f'href="/alarms/{linked.alarm.id}"' in page.text
    assert linked.now == linked.alarm


async def test_the_alarms_page_tells_who_was_told(linked: Linked, operator: httpx.AsyncClient) -> None:
    page = await operator.get(f"/alarms/{linked.alarm.id}")

    assert 'id="told-title"' in page.text
    assert "王磊" in page.text

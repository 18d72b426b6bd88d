"""The handover page: what it tells the next crew, who may sign it, and what it says of what is missing."""

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from operations.handover.rules import Role as Side
from operations.handover.service import Begin
from operations.logbook.records import LogKind, NewEntry
from telemetry.clock import US_PER_S
from telemetry.errors import StoreAway, StoreError
from telemetry.people import Actor
from telemetry.quality import Quality
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.api.test_handovers import rostered
from tests.web.console import browser, text_of, tripped

HOUR = 3600 * US_PER_S


def actor(node: Node, role: str) -> Actor:
    (found,) = [account for account in node.accounts.list() if account.name == role]
    return Actor(found.id, found.name)


async def seen_by(
    console: ASGIApp, accounts: Accounts, role: Role, path: str = "/handover", language: str = "en"
) -> str:
    async with browser(console, await signed_in(accounts, role), language) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def fill(node: Node) -> None:
    """Some hours of a night turn: one item over its limit, a blower at fault, a sample taken."""
    for tag, value in {
        "EFF_AIT_COD": 52.4, "EFF_AIT_NH3": 5.1, "EFF_AIT_TN": 9.6, "EFF_AIT_TP": 0.21,
        "INF_FIT101": 812.0, "EFF_FIT401": 798.0, "AD_LIT_PAC": 1.9, "BL_B201A_ST": 0b11101,
        "BL_B201C_ST": 0b11100, "BYP_ZS101": 0b10010,
    }.items():  # fmt: skip
        node.read(*((tag, -second, value) for second in range(3600, -1, -60)))
    for tag, rate in {"EFF_FQ401": 800.0, "PW_KWH_TOT": 240.0, "SL_WIT501": 0.5}.items():
        node.read(*((tag, -s, 1000.0 + rate * (3600 - s) / 3600) for s in range(3600, -1, -60)))
    # An analyser's value is a result where the time of its sample has changed.
    node.read(*(("EFF_ANA_COD_TS", -second, 1.78e9 + second // 1200) for second in range(3600, -1, -60)))
    node.read(("EFF_AIT_TP", 0, 0.3), quality=Quality.OUT_OF_SERVICE)


async def test_without_a_roster_the_page_says_so_and_leads_to_it(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/handover")

    assert answer.status_code == 200
    assert "No roster is published for now" in text_of(answer.text)
    assert 'href="/roster"' in answer.text
    assert "data-post" not in answer.text


async def test_a_turn_that_is_due_shows_itself_and_the_form_to_those_on_it(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    fill(node)
    node.read(("LAB_SV30_1", -3600, 28.0), ("LAB_PAC_STOCK", -100_000, 6.2))
    page = await seen_by(console, accounts, Role.OPERATOR)
    said = text_of(page)

    assert "00:00–08:00 to be handed over" in said
    assert re.search(
        r"hands over .*Crew C .*王磊 Control 李静 Patrol .*takes over .*张伟 Control 刘洋 Patrol", said
    )
    assert "Preview, not frozen 07:30" in said
    assert "COD mg/L over daily limit 52.4 52.4 52.4 50 / 75" in said
    assert "over internal value" in said
    assert "Sludge" in said
    assert re.search(r"SV30, tank 1 06:30 28.0 %", said)
    assert "Effluent total 787 m³" in said
    assert re.search(r"Cake weight total 0\.49 t", said)
    assert "Log of the turn No entries." in said
    assert page.count("data-start") == 1


@pytest.mark.parametrize(
    ("role", "begins"),
    [
        (Role.OPERATOR, True),
        (Role.MAINTENANCE, True),
        (Role.ENGINEER, False),
        (Role.MANAGER, True),
        (Role.DEPARTMENT, False),
        (Role.ADMIN, False),
    ],
)
async def test_who_is_not_on_the_turn_sees_it_without_the_form(
    node: Node, console: ASGIApp, accounts: Accounts, role: Role, begins: bool
) -> None:
    await rostered(node)
    assert ("data-start" in await seen_by(console, accounts, role)) is begins


async def test_what_was_handed_over_by_word_and_not_answered_stays_on_the_page_as_such(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    begin = Begin("", "", {"tools": True, "keys": False})

    await node.handovers.start(begin, actor(node, "operator"), False)

    page = await seen_by(console, accounts, Role.OPERATOR)
    said = text_of(page)
    assert "Tools complete : yes Keys handed over : no" in said.replace(":", " :").replace("  ", " ")
    assert said.count("not answered") == 2
    assert 'data-role="outgoing" data-unanswered' in page


async def test_a_machine_is_running_standing_by_or_at_fault_and_never_stopped_when_unheard(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    fill(node)
    node.read(("BL_B201B_ST", 0, 0b00110))
    page = await seen_by(console, accounts, Role.OPERATOR, language="zh-CN")

    row = next(
        line for line in re.findall(r"<li\b[^>]*>.*?</li>", page, re.S) if "鼓风机" in line and "kind" in line
    )
    assert re.findall(r"machine state-(\w+)", row) == ["running", "fault", "standby"]
    assert re.sub(r"\s+", " ", text_of(row)) == "鼓风机 1 运行 2 故障 手动 3 备用"
    assert re.search(r"运行 1 .*备用 1 .*故障 1 .*无数据 \d+", text_of(page))


async def test_what_was_frozen_is_shown_whatever_happens_after(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    fill(node)
    begun = await node.handovers.start(
        Begin("明早取2#泵 <b>", checks={"tools": True, "keys": False}), actor(node, "operator"), False
    )
    node.clock.move(60)
    node.read(("EFF_AIT_COD", 0, 11.1))
    said = text_of(await seen_by(console, accounts, Role.ENGINEER))

    assert "COD mg/L over daily limit 52.4" in said
    assert "11.1" not in said
    assert "Frozen 11-21 07:30 by 王磊" in said
    assert "明早取2#泵 &lt;b&gt;" in said
    assert "Tools complete: yes Keys handed over: no" in said
    assert f"Records 34 · {begun.ledger.short}" in said or begun.ledger.short in said
    assert begun.journal.short in said


async def test_each_signature_is_asked_of_who_may_give_it_and_stands_with_its_name(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    begun = await node.handovers.start(Begin(), actor(node, "operator"), False)

    def asked(page: str) -> list[str]:
        return re.findall(r'data-role="(\w+)"', page)

    first = {role: asked(await seen_by(console, accounts, role)) for role in (Role.OPERATOR, Role.ENGINEER)}
    manager = await seen_by(console, accounts, Role.MANAGER)
    await node.handovers.sign(begun.id, Side.OUTGOING, actor(node, "operator"), False, note="一切正常")
    second = {role: asked(await seen_by(console, accounts, role)) for role in (Role.OPERATOR, Role.ENGINEER)}
    node.clock.move(3600)
    late = text_of(await seen_by(console, accounts, Role.ENGINEER))
    await node.handovers.sign(begun.id, Side.INCOMING, actor(node, "engineer"), False)
    done = text_of(await seen_by(console, accounts, Role.ENGINEER))

    assert first == {Role.OPERATOR: ["outgoing"], Role.ENGINEER: []}
    assert asked(manager) == ["outgoing"]
    assert "Why does the turn not sign itself?" in manager
    assert second == {Role.OPERATOR: [], Role.ENGINEER: ["incoming"]}
    assert "waiting for the incoming signature" in late
    assert "The turn is held over" in late
    assert "Overdue since 08:30: the plant manager sees to it." in late
    assert re.search(r"Handed over by 王磊 07:30 一切正常 Taken over by 张伟 08:30", done)
    assert "08:00–16:00 turn running" in done
    assert "Below: the handover of an earlier turn." in done


async def test_an_unacknowledged_high_alarm_stands_on_top_of_the_form(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    await tripped(node)
    page = await seen_by(console, accounts, Role.OPERATOR)
    await node.handovers.start(Begin(alarm_reason="B机在检修"), actor(node, "operator"), False)
    held = text_of(await seen_by(console, accounts, Role.OPERATOR))

    assert "1 high alarm is not acknowledged." in text_of(page)
    assert 'name="alarm_reason"' in page
    assert "Handed over with 1 high alarm not acknowledged: B机在检修" in held
    assert "Blower 2 fault" in held


async def test_the_log_of_the_turn_is_told_in_the_words_that_stood_then(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    operator = actor(node, "operator")
    node.clock.move(-600)
    written = await node.logbook.write(NewEntry(uuid4(), LogKind.OPERATION, "清理粗格栅"), operator)
    await node.logbook.amend(written.id, "清理细格栅", "写错", operator)
    node.clock.move(600)
    await node.handovers.start(Begin(), operator, False)
    await node.logbook.amend(written.id, "都没清理", "再改", operator)
    said = text_of(await seen_by(console, accounts, Role.OPERATOR))

    assert "Log of the turn 1 07:20 operation 清理细格栅 王磊" in said


async def test_what_could_not_be_read_is_said_as_missing_and_never_as_zero(
    node: Node, console: ASGIApp, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: Any) -> None:
        raise StoreError("readings.duckdb: not read")

    await rostered(node)
    fill(node)
    monkeypatch.setattr(type(node.periods), "hours", fails)
    said = text_of(await seen_by(console, accounts, Role.OPERATOR))

    assert said.count("Could not be read when this was frozen. It is missing here, not zero.") == 2
    assert "Effluent total –– m³" in said
    assert "COD mg/L over daily limit 52.4 –– ––" in said


async def test_a_peoples_store_that_is_away_is_said_as_on_every_page(
    node: Node, console: ASGIApp, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise StoreAway("the server is away")

    monkeypatch.setattr(type(node.desk.duty), "between", away)
    async with browser(console, await signed_in(accounts, Role.OPERATOR), "zh-CN") as client:
        answer = await client.get("/handover")
    assert answer.status_code == 503


async def test_a_handover_nobody_knows_leads_nowhere(operator: httpx.AsyncClient) -> None:
    for path in ("/handover/019a0000-0000-7000-8000-000000000002", "/handover/x"):
        assert (await operator.get(path)).status_code == 404


async def test_earlier_handovers_are_listed_and_opened(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    await rostered(node)
    begun = await node.handovers.start(Begin("第一份"), actor(node, "operator"), False)
    node.clock.move(8 * 3600)
    page = await seen_by(console, accounts, Role.ENGINEER)
    old = text_of(await seen_by(console, accounts, Role.ENGINEER, f"/handover/{begun.id}"))

    assert f'href="/handover/{begun.id}"' in page
    assert "第一份" not in page
    assert "第一份" in old
    assert "Below: the handover of an earlier turn. To the present one" in old


async def test_strangers_are_led_to_the_sign_in(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/handover")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/handover")

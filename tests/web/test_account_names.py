"""Who did something is called by the person's name wherever the account is somebody's."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from operations.logbook.records import LogKind, NewEntry
from operations.staff.people import Category
from operations.staff.records import NewStaff
from tests.api.node import Node
from tests.web.console import text_of, tripped
from tests.web.staffed import actor, people_away, seen_by
from tests.web.test_reports_page import OCTOBER, keep
from web.account_names import AccountNames


async def linked(node: Node) -> None:
    """Have the operator's account be 王磊's."""
    new = NewStaff("101", "王磊", Category.OPERATOR, account=actor(node, Role.OPERATOR).name)
    await node.desk.staff.add(new, actor(node, Role.MANAGER))


async def test_the_log_and_the_alarms_name_the_person(
    node: Node, console: ASGIApp, accounts: Accounts, operator: httpx.AsyncClient
) -> None:
    alarm_id = await tripped(node)
    await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "0"})
    new = NewEntry(uuid4(), LogKind.ROUTINE, "计量渠有青苔", at_us=node.clock.now_us())
    await node.logbook.write(new, actor(node, Role.OPERATOR))
    await linked(node)

    alarm = text_of((await operator.get(f"/alarms/{alarm_id}")).text)
    journal = text_of((await operator.get("/alarms/journal")).text)
    log = text_of((await operator.get("/log")).text)
    sheet = text_of(await seen_by(console, accounts, Role.MANAGER, "/assessment"))

    assert "Acknowledged 08:00 by 王磊" in alarm
    assert "王磊" in journal
    assert "王磊" in log.partition("计量渠有青苔")[0][-200:] + log.partition("计量渠有青苔")[2][:200]
    assert "王磊" in sheet.partition("How alarms were answered")[2]


async def test_the_api_names_the_account_in_what_the_node_keeps_and_the_person_elsewhere(
    node: Node, operator: httpx.AsyncClient
) -> None:
    alarm_id = await tripped(node)
    await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "0"})
    by = actor(node, Role.OPERATOR)
    await node.entries.enter("LAB_SV30_1", node.clock.now_us(), 28.0, by)
    await node.logbook.write(
        NewEntry(uuid4(), LogKind.ROUTINE, "计量渠有青苔", at_us=node.clock.now_us()), by
    )
    await linked(node)

    async def newest(path: str, field: str) -> str | None:
        found: str | None = (await operator.get(f"/api/v1/{path}")).json()["items"][0][field]
        return found

    assert await newest("alarms", "acknowledged_by") == "operator"
    assert await newest("alarms/journal", "actor") == "operator"
    assert await newest("entries", "by") == "operator"
    assert await newest("logbook", "by") == "王磊"


async def test_who_made_a_report_is_called_by_the_persons_name(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    by = actor(node, Role.OPERATOR)
    keep(node, replace(OCTOBER, by=by.name, by_id=by.account_id))
    await linked(node)

    page = text_of(await seen_by(console, accounts, Role.MANAGER, "/reports"))

    assert "by 王磊" in page
    assert "by operator" not in page


async def test_without_the_peoples_store_from_the_start_the_account_is_named(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarm_id = await tripped(node)
    await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "0"})
    await linked(node)
    people_away(node, monkeypatch)
    node.clock.move(60)

    alarm = text_of((await operator.get(f"/alarms/{alarm_id}")).text)

    assert "Acknowledged 08:00 by operator" in alarm


async def test_names_that_were_known_hold_while_the_peoples_store_is_away(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = AccountNames(node.desk.staff, node.clock)
    await linked(node)
    before = await names.known()
    people_away(node, monkeypatch)
    node.clock.move(60)

    away = await names.known()

    assert before == away == {actor(node, Role.OPERATOR).account_id: "王磊"}


async def test_one_asks_for_all_and_once_names_are_known_nobody_else_waits(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = AccountNames(node.desk.staff, node.clock)
    await linked(node)
    answers, asked, call = asyncio.Event(), 0, node.desk.calls.call

    async def slow(*arguments: Any, **named: Any) -> Any:
        nonlocal asked
        asked += 1
        await answers.wait()
        return await call(*arguments, **named)

    monkeypatch.setattr(node.desk.calls, "call", slow)
    first = [asyncio.create_task(names.known()) for _ in range(3)]
    await asyncio.sleep(0)
    answers.set()
    found = [await each for each in first]
    node.clock.move(60)
    answers.clear()
    asker = asyncio.create_task(names.known())
    await asyncio.sleep(0)
    meanwhile = await names.known()
    answers.set()
    found += [meanwhile, await asker]

    assert found == [{actor(node, Role.OPERATOR).account_id: "王磊"}] * 5
    assert asked == 2

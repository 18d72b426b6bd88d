"""The assessment's pages: what each role sees, what may be done there, and what is said when nothing is."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from operations.attendance.events import Side
from operations.findings.life import Step
from operations.findings.records import NewStep
from operations.logbook.records import LogKind, NewEntry
from telemetry.clock import to_us
from telemetry.errors import StoreAway
from telemetry.people import Actor
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.operations.logbook.images import photo
from tests.operations.plant_life import ZONE, PlantLife, at
from tests.web.console import browser, text_of, tripped

NOVEMBER = "/assessment?month=2026-11"


@pytest.fixture
def life(node: Node) -> PlantLife:
    return PlantLife(node.desk.ledger)


@pytest.fixture
def late(life: PlantLife, node: Node) -> tuple[UUID, UUID]:
    """An operator of the demo's account, late on the 3rd; the person and the roster entry."""
    person = life.person("101", "王磊", account_id=actor(node, Role.OPERATOR).account_id)
    return person, life.worked(person, "2026-11-03", came="08:12")


def actor(node: Node, role: Role) -> Actor:
    (found,) = [account for account in node.accounts.list() if account.role is role]
    return Actor(found.id, found.name)


async def seen_by(
    console: ASGIApp, accounts: Accounts, role: Role, path: str = NOVEMBER, language: str = "en"
) -> httpx.Response:
    async with browser(console, await signed_in(accounts, role), language) as client:
        return await client.get(path)


def steps(page: str) -> list[str]:
    return re.findall(r'data-take="(\w+)"', page)


async def test_a_plant_without_people_says_what_to_do(console: ASGIApp, accounts: Accounts) -> None:
    answer = await seen_by(console, accounts, Role.DEPARTMENT)

    assert answer.status_code == 200
    assert "Nobody is on the staff yet" in text_of(answer.text)
    assert re.search(r'href="/assessment"[^>]* aria-current="page"', answer.text)


async def test_the_department_decides_and_the_manager_sees(
    console: ASGIApp, accounts: Accounts, late: tuple[UUID, UUID]
) -> None:
    department = (await seen_by(console, accounts, Role.DEPARTMENT)).text
    manager = (await seen_by(console, accounts, Role.MANAGER)).text

    assert steps(department) == ["confirm", "refuse", "exclude"]
    assert steps(manager) == []
    assert "late by 12 min" in text_of(manager)
    assert "late or early: 10 yuan each time" in text_of(manager)
    assert "signed in 11-03 08:12:00" in text_of(manager)
    assert "data-finding" in manager


async def test_somebody_sees_the_own_month_and_nobody_elses(
    node: Node, console: ASGIApp, accounts: Accounts, life: PlantLife, late: tuple[UUID, UUID]
) -> None:
    other = life.person("102", "李静")
    findings = node.assessments.findings
    slip = await findings.decide(f"late:{late[1]}", NewStep(Step.CONFIRM), actor(node, Role.DEPARTMENT))
    await findings.follow(slip.id, NewStep(Step.NOTIFY), actor(node, Role.DEPARTMENT))

    own = await seen_by(console, accounts, Role.OPERATOR)
    others = await seen_by(console, accounts, Role.OPERATOR, f"{NOVEMBER}&person={other}")
    crew = await seen_by(console, accounts, Role.OPERATOR, f"{NOVEMBER}&crew={life.crew}")
    nobody = await seen_by(console, accounts, Role.LABORATORY)

    said = text_of(own.text)
    assert "王磊 101" in said
    assert "Proposed deduction 10 yuan" in said
    assert "wage or minimum wage not entered" in said
    assert steps(own.text) == ["sign", "ask_review"]
    assert "Whole plant" not in said
    assert (others.status_code, crew.status_code) == (404, 404)
    assert "This account belongs to nobody on the staff" in text_of(nobody.text)


async def test_the_manager_settles_what_nobody_signed_and_nobody_settles_the_own(
    node: Node, console: ASGIApp, accounts: Accounts, life: PlantLife
) -> None:
    operator = life.person("101", "王磊")
    manager = life.person("001", "张厂长", account_id=actor(node, Role.MANAGER).account_id)
    entry = life.turn(operator, "2026-11-03")
    life.signed(operator, entry, "2026-11-03T08:00", None)
    own = life.turn(manager, "2026-11-04")
    life.signed(manager, own, None, "2026-11-04T16:00")

    async with browser(console, await signed_in(accounts, Role.MANAGER)) as client:
        before = await client.get(NOVEMBER)
        body = {"entry": str(entry), "settles": "sign_out", "at": "2026-11-03T15:40:00+08:00"}
        answer = await client.post("/api/v1/attendance/settlements", json=body | {"reason": "忘记签退"})
        after = await client.get(f"{NOVEMBER}&person={operator}")
    department = await seen_by(console, accounts, Role.DEPARTMENT)

    assert re.findall(r'data-settle="(\S+)" data-side="(\w+)" data-due="(\S+)"', before.text) == [
        (str(entry), "sign_out", "2026-11-03T16:00")
    ]
    assert answer.status_code == 201
    assert "left early by 20 min" in text_of(after.text)
    assert "data-settle=" not in after.text + department.text


async def test_a_line_whose_turn_was_settled_since_waits_to_be_voided_with_a_tap(
    node: Node, console: ASGIApp, accounts: Accounts, life: PlantLife
) -> None:
    operator = life.person("101", "王磊")
    entry = life.turn(operator, "2026-11-03")
    findings = node.assessments.findings
    slip = await findings.decide(f"absence:{entry}", NewStep(Step.CONFIRM), actor(node, Role.DEPARTMENT))
    before = (await seen_by(console, accounts, Role.DEPARTMENT)).text
    for side, when in ((Side.SIGN_IN, "2026-11-03T08:00"), (Side.SIGN_OUT, "2026-11-03T16:00")):
        settling = node.desk.attendance.settle
        await settling(entry, side, to_us(at(when)), "手机损坏", actor(node, Role.MANAGER))

    department = (await seen_by(console, accounts, Role.DEPARTMENT)).text
    manager = (await seen_by(console, accounts, Role.MANAGER)).text
    [reason] = re.findall(r'data-take="void"[^>]*data-reason="([^"]+)"', department)
    async with browser(console, await signed_in(accounts, Role.DEPARTMENT)) as client:
        taken = await client.post(f"/api/v1/findings/{slip.id}/steps", json={"step": "void", "note": reason})

    assert re.findall(r'data-take="keep"[^>]*data-note', department), "or it stands, for a reason"
    assert 'data-take="keep"' not in before + manager
    assert "data-reason" not in before
    waiting = text_of(department).partition("Waiting for a decision")[2].partition("People")[0]
    assert "+ 200 yuan confirmed, not told yet record changed" in waiting
    assert "confirmed, not told yet record changed" in text_of(manager)
    assert "data-reason" not in manager
    assert (taken.status_code, taken.json()["state"], taken.json()["changed"]) == (201, "voided", False)


async def test_what_an_absence_counts_instead_of_leads_to_it(
    node: Node, console: ASGIApp, accounts: Accounts, life: PlantLife
) -> None:
    operator = life.person("101", "王磊")
    entry = life.worked(operator, "2026-11-03", came="08:12")
    findings, department = node.assessments.findings, actor(node, Role.DEPARTMENT)
    late = await findings.decide(f"late:{entry}", NewStep(Step.CONFIRM), department)
    life.settled(entry, "sign_out", "2026-11-03T14:00")
    absence = await findings.decide(f"absence:{entry}", NewStep(Step.CONFIRM), department)
    before = (await seen_by(console, accounts, Role.MANAGER)).text
    await findings.follow(absence.id, NewStep(Step.NOTIFY), department)

    pages = [
        (await seen_by(console, accounts, Role.MANAGER, path)).text
        for path in (NOVEMBER, f"{NOVEMBER}&person={operator}", f"{NOVEMBER}&crew={life.crew}")
    ]

    assert "#slip-" not in before
    for page in pages:
        assert re.findall(r'href="#(slip-[^"]+)"', page) == [f"slip-{absence.id}"]
        assert sorted(re.findall(r' id="(slip-[^"]+)"', page)) == sorted(
            f"slip-{one.id}" for one in (late, absence)
        )
        assert "counts instead open the absence" in text_of(page)


async def test_who_was_signed_out_for_hours_is_told_on_the_line_of_the_turn(
    console: ASGIApp, accounts: Accounts, life: PlantLife
) -> None:
    operator = life.person("101", "王磊")
    entry = life.worked(operator, "2026-11-03", left="10:00")
    life.signed(operator, entry, "2026-11-03T15:50", "2026-11-03T16:00")
    sheet = f"{NOVEMBER}&person={operator}"

    page = (await seen_by(console, accounts, Role.MANAGER, sheet)).text
    async with browser(console, await signed_in(accounts, Role.MANAGER)) as client:
        told = await client.get(f"/api/v1/assessment/people/{operator}", params={"month": "2026-11"})

    assert "08:00 16:00 worked signed out at 10:00, in again at 15:50" in text_of(page)
    assert [turn["away"] for turn in told.json()["turns_judged"]] == [
        [{"signed_out": "2026-11-03T10:00:00+08:00", "signed_in_again": "2026-11-03T15:50:00+08:00"}]
    ]


async def test_the_department_enters_wages_on_the_persons_sheet(
    node: Node, console: ASGIApp, accounts: Accounts, late: tuple[UUID, UUID]
) -> None:
    sheet = f"{NOVEMBER}&person={late[0]}"
    async with browser(console, await signed_in(accounts, Role.DEPARTMENT)) as client:
        before = (await client.get(sheet)).text
        body = {"person": str(late[0]), "valid_from": "2026-11-01", "month_yuan": 4350, "day_yuan": None}
        answer = await client.post("/api/v1/wages", json=body)
        after = (await client.get(sheet)).text
    manager = (await seen_by(console, accounts, Role.MANAGER, sheet)).text

    assert f'data-wage="{late[0]}"' in before
    assert "In force" not in text_of(before)
    assert answer.status_code == 204
    assert "In force: a day’s wage of 200 yuan" in text_of(after)
    assert "data-wage" not in manager


async def test_a_finding_opens_its_rule_its_evidence_and_its_history(
    node: Node, console: ASGIApp, accounts: Accounts, late: tuple[UUID, UUID]
) -> None:
    findings = node.assessments.findings
    slip = await findings.decide(f"late:{late[1]}", NewStep(Step.CONFIRM), actor(node, Role.DEPARTMENT))
    await findings.follow(slip.id, NewStep(Step.NOTIFY), actor(node, Role.DEPARTMENT))
    refused = NewStep(Step.REFUSE_TO_SIGN, witness="李静<b>")
    await findings.follow(slip.id, refused, actor(node, Role.MANAGER))

    page = (await seen_by(console, accounts, Role.DEPARTMENT, f"{NOVEMBER}&person={late[0]}")).text

    said = text_of(page)
    assert "proposed it the node, from what was signed" in said
    assert "told the person department" in said
    assert "refused to sign manager witness 李静&lt;b&gt;" in said
    assert steps(page) == ["void", "exclude"]
    assert re.search(r"day shift 08:00–16:00 .* 08:12 16:00", said)


async def test_every_piece_of_evidence_opens(
    node: Node, console: ASGIApp, accounts: Accounts, life: PlantLife
) -> None:
    department = actor(node, Role.DEPARTMENT)
    person = life.person("101", "王磊")
    away = life.turn(person, "2026-11-03")
    early = life.turn(person, "2026-11-04")
    life.signed(person, early, "2026-11-04T08:00", None)
    settling = node.desk.attendance.settle
    left_us = to_us(at("2026-11-04T15:30"))
    await settling(early, Side.SIGN_OUT, left_us, "门卫登记15:30离厂", actor(node, Role.MANAGER))
    slip = await node.assessments.findings.decide(f"absence:{away}", NewStep(Step.CONFIRM), department)
    life.worked(person, "2026-11-05")
    entry_id, writer = uuid4(), actor(node, Role.OPERATOR)
    at_us = to_us(at("2026-11-05T10:00"))
    await node.logbook.write(NewEntry(entry_id, LogKind.ROUTINE, "计量渠有青苔", at_us=at_us), writer)
    entry = await node.logbook.add_photo(entry_id, photo(), writer)
    alarm = await tripped(node)
    sha = entry.photos[0].sha256
    told = {"alarms": [str(alarm)], "log_entries": [str(entry.id)], "photos": [sha]}
    body = {"kind": "duty_item", "item": "flume", "time": "2026-11-05T10:30:00+08:00", "what": "计量渠未清洗"}
    async with browser(console, await signed_in(accounts, Role.DEPARTMENT)) as client:
        sent = {**body, "persons": [str(person)]}
        unknown = [
            (await client.post("/api/v1/findings", json=sent | {"evidence": {name: [other]}})).json()["code"]
            for name, other in (("alarms", str(uuid4())), ("log_entries", str(uuid4())), ("photos", "0" * 64))
        ]
        made = await client.post("/api/v1/findings", json=sent | {"evidence": told})
        life.approve_leave(away)
        page = (await client.get(f"{NOVEMBER}&person={person}")).text

    said = text_of(page)
    assert unknown == ["evidence_unknown"] * 3
    assert made.status_code == 201
    assert f'href="/alarms/{alarm}"' in page
    assert f'<a href="/log/{entry.id}">11-05 10:00 routine 计量渠有青苔</a>' in page
    assert f'src="/api/v1/logbook/photos/{sha}.jpg?small=true"' in page
    assert "settled by the plant manager went 11-04 15:30 门卫登记15:30离厂 manager" in said
    assert "approved afterwards personal leave 11-03 08:00–16:00 家中有事 asked for" in said
    assert "void" in said
    assert str(slip.id) in page


async def test_the_form_offers_what_the_log_and_the_alarms_say_of_the_time(
    node: Node, console: ASGIApp, accounts: Accounts, life: PlantLife
) -> None:
    writer = actor(node, Role.OPERATOR)
    written = {}
    for clock in ("05:00", "09:00", "12:00"):
        entry_id = written[clock] = uuid4()
        at_us = to_us(at(f"2026-11-05T{clock}"))
        await node.logbook.write(NewEntry(entry_id, LogKind.ROUTINE, f"{clock}巡检", at_us=at_us), writer)
    alarm = await tripped(node)
    raised_us = (await node.alarms.occurrence(alarm))[0].at_us
    now = datetime.fromtimestamp(raised_us / 1e6, ZONE)

    around = "/assessment/around?at="
    log = (await seen_by(console, accounts, Role.MANAGER, f"{around}2026-11-05T10:30")).text
    alarms = (await seen_by(console, accounts, Role.MANAGER, f"{around}{now:%Y-%m-%dT%H:%M}")).text
    refused = [
        (await seen_by(console, accounts, Role.OPERATOR, f"{around}2026-11-05T10:30")).status_code,
        (await seen_by(console, accounts, Role.MANAGER, f"{around}2026-13-05T10:30")).status_code,
    ]

    assert re.findall(r'name="log_entries" value="(\S+)"', log) == [
        str(written["09:00"]), str(written["12:00"]),
    ]  # fmt: skip
    assert "No alarm was raised around this time." in text_of(log)
    assert re.findall(r'name="alarms" value="(\S+)"', alarms) == [str(alarm)]
    assert refused == [403, 422]


async def test_a_crews_page_has_the_answers_to_its_alarms(
    node: Node, console: ASGIApp, accounts: Accounts, life: PlantLife
) -> None:
    person = life.person("101", "王磊", account_id=actor(node, Role.OPERATOR).account_id)
    life.turn(person, "2026-11-21", "08:00")
    alarm = await tripped(node)
    node.clock.move(90)
    await node.alarms.acknowledge(alarm, actor(node, Role.OPERATOR), "切换到备用")

    crew = await seen_by(console, accounts, Role.MANAGER, f"{NOVEMBER}&crew={life.crew}")
    own = await seen_by(console, accounts, Role.OPERATOR)

    for said in (text_of(crew.text), text_of(own.text)):
        assert "1 min 30 s 王磊 切换到备用" in said
    assert f'href="/alarms/{alarm}"' in crew.text
    assert "王磊" in text_of(crew.text)


async def test_the_pages_speak_chinese(console: ASGIApp, accounts: Accounts, late: tuple[UUID, UUID]) -> None:
    said = text_of((await seen_by(console, accounts, Role.DEPARTMENT, language="zh-CN")).text)

    assert "2026年11月" in said
    assert "迟到 12 分钟" in said
    assert "绩效扣减建议" in said
    assert "罚款10元/次" in said
    assert "日常管理制度（2025-04-01起）" in said


async def test_a_month_before_the_rules_is_not_judged_and_says_so(
    console: ASGIApp, accounts: Accounts, life: PlantLife
) -> None:
    person = life.person("101", "王磊")
    life.turn(person, "2025-03-03")

    page = await seen_by(console, accounts, Role.DEPARTMENT, "/assessment?month=2025-03")

    assert "No rules hold in this month" in text_of(page.text)
    assert steps(page.text) == []


async def test_a_store_that_is_away_is_said_as_on_every_page(
    node: Node, console: ASGIApp, accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: Any) -> None:
        raise StoreAway("the people's store does not answer")

    monkeypatch.setattr(type(node.assessments), "month", away)

    answer = await seen_by(console, accounts, Role.DEPARTMENT)

    assert answer.status_code == 503


@pytest.mark.parametrize("path", ["/assessment?month=2026-13", "/assessment?month=x", "/assessment?person=x"])
async def test_what_was_mistyped_is_said(console: ASGIApp, accounts: Accounts, path: str) -> None:
    assert (await seen_by(console, accounts, Role.DEPARTMENT, path)).status_code == 422


async def test_strangers_are_led_to_the_sign_in(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/assessment")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=/assessment")


async def test_a_category_of_staff_is_called_the_same_on_every_page(
    console: ASGIApp, accounts: Accounts, life: PlantLife
) -> None:
    life.person("201", "赵敏", category="laboratory")

    pages = [
        text_of((await seen_by(console, accounts, Role.MANAGER, path, language="zh-CN")).text)
        for path in (NOVEMBER, "/staff")
    ]

    assert ["化验员" in said for said in pages] == [True, True]

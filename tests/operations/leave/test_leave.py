"""Leave, swaps and covers: nothing before the last step, and then by further rows."""

import asyncio
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import URL

from alarms.notify.notices import Notice
from config.rule_sets import shipped_rule_sets
from operations.attendance.turns import judged_turns
from operations.calls import StoreCalls
from operations.desk import desk_of
from operations.leave.requests import LeaveRequest
from operations.leave.rules import LeaveKind, RequestKind, State, Step
from operations.leave.service import NewRequest
from operations.ledger import Ledger
from operations.notices import Notices
from operations.staff.people import Category
from operations.staff.records import UNLINK, NewStaff
from storage.engine import open_engine
from storage.unit_of_work import reading
from telemetry.calendar import Calendar
from telemetry.errors import Conflict, Forbidden, Invalid, RequestError
from telemetry.people import Actor
from tests.operations.crews import FIRST, LAST, People, at

DAY_17 = ("2026-11-17T00:00", "2026-11-18T00:00")
NIGHT_17 = "2026-11-17/night"


@pytest.fixture
async def published(people: People) -> People:
    await people.desk.roster.publish(people.pattern, FIRST, LAST, people.manager)
    people.now("2026-11-10T10:00")
    return people


async def ask_leave(
    people: People, name: str = "王磊", days: tuple[str, str] = DAY_17, substitute: str | None = None
) -> LeaveRequest:
    new = NewRequest(
        RequestKind.LEAVE,
        "家中有事",
        at(days[0]),
        at(days[1]),
        leave_kind=LeaveKind.PERSONAL,
        substitute=people.persons[substitute] if substitute else None,
    )
    return await people.desk.leave.ask(new, people.accounts[name])


async def ask_swap(
    people: People, name: str, key: str, substitute: str, in_return: str | None = None
) -> LeaveRequest:
    entry = await people.entry(name, key)
    taken = await people.entry(substitute, in_return) if in_return else None
    kind = RequestKind.SWAP if in_return else RequestKind.COVER
    new = NewRequest(kind, "换班", entry=entry, in_return=taken, substitute=people.persons[substitute])
    return await people.desk.leave.ask(new, people.accounts[name])


async def decide(people: People, request: UUID, *steps: Step) -> LeaveRequest:
    by = {Step.ENDORSE: people.manager}
    for step in steps:
        done = await people.desk.leave.decide(request, step, "同意", by.get(step, people.department))
    return done


async def agree(people: People, request: LeaveRequest, name: str | None = None) -> LeaveRequest:
    who = people.accounts[name or request.substitute_name or ""]
    return await people.desk.leave.decide(request.id, Step.AGREE, "", who, may_refuse=False)


async def approve(people: People, request: LeaveRequest) -> LeaveRequest:
    if request.next is Step.AGREE:
        await agree(people, request)
    return await decide(people, request.id, Step.ENDORSE, Step.APPROVE)


async def refused(answer: object) -> tuple[str, str]:
    with pytest.raises(RequestError) as told:
        await answer  # type: ignore[misc]
    return told.value.code, str(told.value)


async def test_leave_holds_when_the_department_has_approved_it_and_what_was_known_before_stays(
    published: People,
) -> None:
    people = published
    asked = await ask_leave(people, substitute="陈晨")
    assert (asked.state, asked.next, asked.needs) == (State.ASKED, Step.ENDORSE, ("endorse", "approve"))
    people.clock.move(60)
    endorsed = await decide(people, asked.id, Step.ENDORSE)
    assert (endorsed.state, endorsed.next) == (State.ENDORSED, Step.APPROVE)
    assert await people.who("2026-11-17T03:00") == ["王磊", "李静"]
    before_us = people.clock.now_us()
    people.clock.move(60)
    approved = await decide(people, asked.id, Step.APPROVE)

    assert (approved.state, approved.next) == (State.APPROVED, None)
    assert [(said.step, said.by, said.note) for said in approved.decisions] == [
        (Step.ENDORSE, "manager", "同意"),
        (Step.APPROVE, "department", "同意"),
    ]
    assert await people.who("2026-11-17T03:00") == ["陈晨", "李静"]
    assert await people.who("2026-11-17T03:00", before_us) == ["王磊", "李静"]
    assert await people.who("2026-11-17T03:00", at("2026-10-01")) == []
    on = (await people.desk.duty.on_shift(at("2026-11-17T03:00")))[0]
    assert (on.replaces, on.crew) == (people.persons["王磊"], people.crews["A"])


async def test_leave_without_a_substitute_leaves_a_gap_that_is_named(published: People) -> None:
    await approve(published, await ask_leave(published))
    gaps = await published.desk.roster.gaps(at("2026-11-17"), at("2026-11-18"))
    assert [(gap.shift.key, gap.post.code, gap.has) for gap in gaps.below] == [(NIGHT_17, "control", 0)]


async def test_approved_after_the_fact_it_releases_too(published: People) -> None:
    published.now("2026-11-20T09:00")
    await approve(published, await ask_leave(published))
    assert await published.who("2026-11-17T03:00") == ["李静"]
    assert await published.who("2026-11-17T03:00", at("2026-11-18T00:00")) == ["王磊", "李静"]


async def test_a_clock_that_is_set_back_between_two_steps_changes_nothing(published: People) -> None:
    people = published
    asked = await ask_leave(people, substitute="陈晨")
    await decide(people, asked.id, Step.ENDORSE)
    people.clock.move(-60)
    approved = await decide(people, asked.id, Step.APPROVE)
    people.clock.move(-60)
    again = await people.desk.leave.decide(asked.id, Step.WITHDRAW, "", people.department, may_take_back=True)

    assert (approved.state, approved.next) == (State.APPROVED, None)
    assert (again.state, [said.step for said in again.decisions]) == (
        State.WITHDRAWN,
        [Step.ENDORSE, Step.APPROVE, Step.WITHDRAW],
    )
    assert await people.who("2026-11-17T03:00") == ["王磊", "李静"]


async def test_two_nodes_of_a_plant_approve_a_leave_once(
    published: People, url: URL, calls: StoreCalls
) -> None:
    people = published
    asked = await ask_leave(people, substitute="陈晨")
    await decide(people, asked.id, Step.ENDORSE)
    engine = open_engine(url)
    standby = desk_of(
        Ledger(engine, people.clock, plant="p1", node="n2"),
        calls,
        Calendar(people.zone),
        shipped_rule_sets().leave_steps,
    )

    answers = await asyncio.gather(
        *(
            desk.leave.decide(asked.id, Step.APPROVE, "", people.department)
            for desk in (people.desk, standby)
        ),
        return_exceptions=True,
    )

    approved = [answer for answer in answers if isinstance(answer, LeaveRequest)]
    refusals = [answer.code for answer in answers if isinstance(answer, Conflict)]
    assert ([answer.state for answer in approved], refusals) == ([State.APPROVED], ["request_closed"])
    assert await people.who("2026-11-17T03:00") == ["陈晨", "李静"]
    engine.dispose()


async def test_a_swap_gives_one_turn_and_takes_another(published: People) -> None:
    people = published
    await approve(people, await ask_swap(people, "王磊", NIGHT_17, "陈晨", "2026-11-17/evening"))

    assert await people.who("2026-11-17T03:00") == ["陈晨", "李静"]
    assert await people.who("2026-11-17T17:00") == ["王磊", "杨帆"]


async def test_steps_are_taken_in_order_by_others_and_once(published: People) -> None:
    people, leave = published, published.desk.leave
    asked = await ask_leave(people)
    own, other = people.accounts["王磊"], people.accounts["李静"]

    assert (await refused(leave.decide(asked.id, Step.APPROVE, "", people.department)))[0] == "not_endorsed"
    assert (await refused(leave.decide(asked.id, Step.ENDORSE, "", own)))[0] == "own_request"
    assert (await refused(leave.decide(asked.id, Step.WITHDRAW, "", other)))[0] == "not_own_request"
    assert (await refused(leave.decide(asked.id, Step.REFUSE, " ", people.manager)))[0] == "reason_missing"
    await approve(people, asked)
    assert await refused(leave.decide(asked.id, Step.APPROVE, "", people.department)) == (
        "request_closed",
        "the request is approved already",
    )
    assert (await refused(leave.decide(asked.id, Step.WITHDRAW, "", own)))[0] == "request_closed"


async def test_nobody_decides_on_what_is_their_own_today_whatever_account_they_had_then(
    published: People,
) -> None:
    people, leave, staff = published, published.desk.leave, published.desk.staff
    person = people.persons["王磊"]
    asked = await ask_leave(people)
    people.now("2026-11-23T09:00")
    await staff.change(person, NewStaff(account="manager"), people.department)

    for step in (Step.ENDORSE, Step.APPROVE, Step.REFUSE):
        assert (await refused(leave.decide(asked.id, step, "同意", people.manager)))[0] == "own_request"
    # Unlinked for the moment of it, it is theirs as before.
    await staff.change(person, NewStaff(account=UNLINK), people.department)
    for own in (people.manager, people.accounts["王磊"]):
        assert (await refused(leave.decide(asked.id, Step.ENDORSE, "同意", own)))[0] == "own_request"
    # Another's account since: nobody speaks for the person with it.
    other = people.persons["陈晨"]
    await staff.change(other, NewStaff(account="op0"), people.department)
    account = people.accounts["王磊"]
    assert (await leave.decide(asked.id, Step.ENDORSE, "同意", account)).state is State.ENDORSED


async def test_what_was_refused_or_withdrawn_changes_nothing(published: People) -> None:
    people = published
    asked = await ask_leave(people)
    assert (await decide(people, asked.id, Step.REFUSE)).state is State.REFUSED
    again = await ask_leave(people)
    own = people.accounts["王磊"]
    assert (await people.desk.leave.decide(again.id, Step.WITHDRAW, "", own)).state is State.WITHDRAWN
    assert await people.who("2026-11-17T03:00") == ["王磊", "李静"]


async def test_the_department_takes_back_what_it_approved_for_turns_that_lie_ahead(published: People) -> None:
    people = published
    asked = await ask_leave(people, days=("2026-11-16T00:00", "2026-11-18T00:00"), substitute="陈晨")
    await approve(people, asked)
    people.now("2026-11-16T12:00")

    done = await people.desk.leave.decide(
        asked.id, Step.WITHDRAW, "提前返岗", people.department, may_take_back=True
    )

    assert done.state is State.WITHDRAWN
    assert await people.who("2026-11-17T03:00") == ["王磊", "李静"]
    before = at("2026-11-16T11:00")
    assert await people.who("2026-11-17T03:00", before) == ["陈晨", "李静"]


@pytest.mark.parametrize("when", ["asked", "approved"])
async def test_a_substitute_on_leave_or_on_another_turn_is_refused(published: People, when: str) -> None:
    """Both when it is asked for and when it is approved: the roster may have moved on meanwhile."""
    people = published
    # 2026-11-17: night A, day D, evening C; B is off.
    early = await ask_swap(people, "王磊", NIGHT_17, "张伟") if when == "approved" else None
    await approve(people, await ask_leave(people, "张伟"))
    answer = approve(people, early) if early else ask_swap(people, "王磊", NIGHT_17, "张伟")
    code, said = await refused(answer)
    assert (code, said) == ("on_leave", "张伟 (102) has approved leave then")

    code, said = await refused(ask_swap(people, "王磊", NIGHT_17, "李静"))
    assert code == "turns_overlap"
    assert said.startswith(
        "李静 (101) would be on two turns at once: 夜班 Night of 2026-11-17, 00:00 to 08:00"
    )
    assert await people.who("2026-11-17T03:00") == ["王磊", "李静"]


async def test_two_swaps_of_one_turn_and_two_leaves_of_one_time_are_one_too_many(published: People) -> None:
    await ask_swap(published, "王磊", NIGHT_17, "张伟")
    assert (await refused(ask_swap(published, "王磊", NIGHT_17, "刘洋")))[0] == "already_asked"
    await approve(published, await ask_leave(published, "李静"))
    assert (await refused(ask_leave(published, "李静")))[0] == "already_asked"


async def test_leave_is_of_whole_turns_and_says_which(published: People) -> None:
    code, said = await refused(ask_leave(published, days=("2026-11-17T04:00", "2026-11-18T00:00")))
    assert code == "leave_cuts_turn"
    assert "take all of 夜班 Night of 2026-11-17, 00:00 to 08:00, or none of it" in said


async def test_nobody_stands_in_for_oneself(published: People) -> None:
    entry = await published.entry("王磊", NIGHT_17)
    new = NewRequest(RequestKind.COVER, "x", entry=entry, substitute=published.persons["王磊"])
    with pytest.raises(Invalid) as told:
        await published.desk.leave.ask(new, published.accounts["王磊"])
    assert told.value.code == "own_substitute"


async def test_others_turns_cannot_be_given_away(published: People) -> None:
    entry = await published.entry("李静", NIGHT_17)
    new = NewRequest(RequestKind.COVER, "x", entry=entry, substitute=published.persons["张伟"])
    with pytest.raises(Forbidden):
        await published.desk.leave.ask(new, published.accounts["王磊"])


async def test_an_account_that_is_nobodys_asks_for_nothing(published: People) -> None:
    new = NewRequest(RequestKind.LEAVE, "x", at(DAY_17[0]), at(DAY_17[1]), leave_kind=LeaveKind.SICK)
    code, said = await refused(published.desk.leave.ask(new, Actor(UUID(int=9), "nobody")))
    assert (code, "links it" in said) == ("not_on_staff", True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": RequestKind.LEAVE},
        {"kind": RequestKind.COVER, "from_us": 1, "to_us": 2},
        {"kind": RequestKind.LEAVE, "from_us": 2, "to_us": 1, "leave_kind": LeaveKind.SICK},
        {"kind": RequestKind.SWAP, "entry": UUID(int=1)},
    ],
)
async def test_a_request_that_lacks_something_says_so(published: People, wrong: dict[str, object]) -> None:
    with pytest.raises((Invalid, Conflict)) as told:
        await published.desk.leave.ask(NewRequest(reason="x", **wrong), published.accounts["王磊"])  # type: ignore[arg-type]
    assert told.value.code in ("request_incomplete", "bad_days", "time_too_old")


async def test_publishing_again_keeps_a_swap_and_leaves_out_who_is_on_leave(published: People) -> None:
    people = published
    await approve(people, await ask_swap(people, "王磊", NIGHT_17, "张伟"))
    await approve(people, await ask_leave(people, "陈晨", ("2026-11-25T00:00", "2026-12-10T00:00")))
    places = await people.desk.staff.places()
    left = next(one for one in places.memberships if one.person == people.persons["黄勇"])
    await people.desk.staff.end(left.membership, LAST.replace(day=12), people.manager)

    await people.desk.roster.publish(people.pattern, FIRST, LAST, people.manager)
    december = await people.desk.roster.publish(
        people.pattern, LAST.replace(month=12, day=1), LAST.replace(month=12), people.manager
    )

    assert await people.who("2026-11-17T03:00") == ["张伟", "李静"]
    names = [on.name for on in await people.desk.duty.between(at("2026-11-25"), at("2026-12-10"))]
    assert "陈晨" not in names
    assert {slot.person for slot in december.on_leave} == {people.persons["陈晨"]}
    assert all(slot.start_us < at("2026-12-10") for slot in december.on_leave)


async def test_a_swap_waits_for_the_colleagues_word_before_anybody_elses(published: People) -> None:
    people, leave = published, published.desk.leave
    asked = await ask_swap(people, "王磊", NIGHT_17, "张伟")
    assert (asked.state, asked.next, asked.needs) == (
        State.ASKED,
        Step.AGREE,
        ("agree", "endorse", "approve"),
    )
    assert await refused(leave.decide(asked.id, Step.ENDORSE, "", people.manager)) == (
        "not_agreed",
        "the colleague who is to take the turn agrees first",
    )
    for name, code in (("王磊", "own_request"), ("李静", "not_asked_to_agree")):
        assert (await refused(agree(people, asked, name)))[0] == code
    by_manager = leave.decide(asked.id, Step.AGREE, "电话同意", people.manager, speaks_for=True)
    assert (await refused(by_manager))[0] == "not_asked_to_agree", "who has an account agrees from it"

    agreed = await agree(people, asked)

    assert (agreed.state, agreed.next) == (State.ASKED, Step.ENDORSE)
    assert [(said.step, said.by) for said in agreed.decisions] == [(Step.AGREE, "张伟")]
    assert (await refused(agree(people, asked)))[0] == "no_agreement"
    assert await people.who("2026-11-17T03:00") == ["王磊", "李静"]
    await approve(people, agreed)
    assert await people.who("2026-11-17T03:00") == ["张伟", "李静"]


async def test_a_colleague_who_does_not_agree_refuses_and_later_only_who_decides(published: People) -> None:
    people, leave = published, published.desk.leave
    first = await ask_swap(people, "王磊", NIGHT_17, "张伟")
    other = leave.decide(first.id, Step.REFUSE, "不行", people.accounts["李静"], may_refuse=False)
    assert (await refused(other))[0] == "not_permitted"
    own = people.accounts["张伟"]
    closed = await leave.decide(first.id, Step.REFUSE, "那天有事", own, may_refuse=False)
    assert (closed.state, closed.next) == (State.REFUSED, None)

    second = await agree(people, await ask_swap(people, "王磊", NIGHT_17, "张伟"))
    late = leave.decide(second.id, Step.REFUSE, "反悔", own, may_refuse=False)
    assert (await refused(late))[0] == "not_permitted"
    assert (await decide(people, second.id, Step.REFUSE)).state is State.REFUSED


async def test_for_a_colleague_without_an_account_the_manager_agrees_and_says_how_it_is_known(
    published: People,
) -> None:
    people, leave = published, published.desk.leave
    member = await people.desk.staff.add(NewStaff("300", "孙丽", Category.OPERATOR), people.manager)
    people.persons["孙丽"] = member.person
    asked = await ask_swap(people, "王磊", NIGHT_17, "孙丽")
    nobody = leave.decide(asked.id, Step.AGREE, "x", people.accounts["李静"])
    assert (await refused(nobody))[0] == "not_asked_to_agree"
    silent = leave.decide(asked.id, Step.AGREE, " ", people.manager, speaks_for=True)
    assert (await refused(silent))[0] == "reason_missing"
    agreed = await leave.decide(asked.id, Step.AGREE, "电话同意", people.manager, speaks_for=True)
    assert (agreed.next, agreed.decisions[0].note) == (Step.ENDORSE, "电话同意")


async def test_the_colleague_is_told_that_somebody_asks_and_nothing_of_the_reason(published: People) -> None:
    people = published
    asked = await ask_swap(people, "王磊", NIGHT_17, "张伟")
    await ask_leave(people, "李静")
    told: dict[UUID, Notice] = {}

    class Outgoing:
        async def notice(self, notice: Notice) -> bool:
            return told.setdefault(notice.about, notice) is notice

    class NoTurns:
        async def standing(self) -> None:
            return None

    notices = Notices("p1", NoTurns(), people.desk.leave, Outgoing(), people.clock, people.zone)
    await notices.look()

    (notice,) = told.values()
    assert (notice.about, notice.person) == (asked.id, people.persons["张伟"])
    assert (notice.title.zh, notice.page) == ("王磊 请你替班", "/roster?month=2026-11")
    assert notice.body.zh == "请你上 11-17 00:00–08:00 的班。请在值班表页同意或拒绝"
    told.clear()
    await agree(people, asked)
    await notices.look()
    assert told == {}


async def test_a_turn_says_what_released_it_and_what_was_taken_back(published: People) -> None:
    people = published
    swap = await ask_swap(people, "王磊", NIGHT_17, "张伟")
    await approve(people, swap)
    back = await ask_leave(people, "李静")
    await approve(people, back)
    await people.desk.leave.decide(back.id, Step.WITHDRAW, "", people.department, may_take_back=True)
    await approve(people, await ask_leave(people, "陈晨"))

    with reading(people.desk.ledger.engine) as connection:
        day = date(2026, 11, 17)
        found = judged_turns(
            connection, "p1", shipped_rule_sets(), people.zone, day, day, people.clock.now_us()
        )
    told = sorted(
        (turn.on.name, turn.on.shift.name.en, turn.released_by.value if turn.released_by else "")
        for turn in found
        if turn.on.name in ("王磊", "张伟", "李静", "陈晨")
    )
    assert told == [
        ("张伟", "Night", ""),
        ("李静", "Night", ""),
        ("李静", "Night", "taken_back"),
        ("王磊", "Night", "cover"),
        ("陈晨", "Evening", "leave"),
    ]

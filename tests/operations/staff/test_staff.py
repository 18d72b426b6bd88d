"""People as records: versions by day and by when they were known, never deleted."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import delete

from operations.access import Role
from operations.accounts import Accounts
from operations.records import record_text
from operations.staff.people import Category, Contact, actor_names
from operations.staff.records import NewPost, NewStaff
from storage.unit_of_work import reading, writing
from telemetry.errors import RequestError
from telemetry.plant import Name
from tests.operations.crews import FIRST, LAST, People, at


async def refused(answer: object) -> tuple[str, str]:
    with pytest.raises(RequestError) as told:
        await answer  # type: ignore[misc]
    return told.value.code, str(told.value)


async def test_what_holds_of_somebody_depends_on_the_day_and_on_when_it_was_known(people: People) -> None:
    staff, person = people.desk.staff, people.persons["王磊"]
    people.now("2026-11-05T09:00")
    known_us = people.clock.now_us() - 1
    await staff.change(person, NewStaff(category=Category.ENGINEER), people.manager, date(2026, 12, 1))
    await staff.change(person, NewStaff(name="王小磊"), people.manager)

    async def told(day: date, known: int | None = None) -> tuple[str, str]:
        found = await (staff.list(day) if known is None else staff.list(day, known_us=known))
        (member,) = [one for one in found if one.person == person]
        return member.name, member.category

    assert await told(date(2026, 11, 4)) == ("王磊", "operator")
    assert await told(date(2026, 11, 5)) == ("王小磊", "operator")
    assert await told(date(2026, 12, 1)) == ("王磊", "engineer")
    assert await told(date(2026, 12, 1), known_us) == ("王磊", "operator")


async def test_what_was_said_last_holds_though_the_clock_was_set_back(people: People) -> None:
    staff, person, by = people.desk.staff, people.persons["王磊"], people.manager
    people.now("2026-11-05T09:00")
    for name in ("王大磊", "王小磊"):
        await staff.change(person, NewStaff(name=name), by)
        await staff.set_crew("A", Name(name, name), by, crew=people.crews["A"])
        people.clock.move(-60)

    (member,) = [one for one in await staff.list() if one.person == person]
    assert member.name == "王小磊"
    assert (await staff.places()).crews[people.crews["A"]].name.zh == "王小磊"


async def test_contacts_and_the_rest_stay_where_nothing_is_said_of_them(people: People) -> None:
    staff, person = people.desk.staff, people.persons["王磊"]
    contacts = (Contact("wecom", "wecombot://secret"),)
    await staff.change(person, NewStaff(contacts=contacts, qualifications=["high_voltage"]), people.manager)
    changed = await staff.change(person, NewStaff(number="999"), people.manager)

    assert (changed.contacts, changed.qualifications, changed.account) == (contacts, ("high_voltage",), "op0")
    assert len(await staff.history(person)) == 3


async def test_a_number_and_an_account_are_one_persons(people: People) -> None:
    staff = people.desk.staff
    assert await refused(staff.add(NewStaff("100", "新人", Category.OPERATOR), people.manager)) == (
        "number_taken",
        "number 100 is 王磊's",
    )
    linked = NewStaff("300", "新人", Category.OPERATOR, account="OP0")
    code, said = await refused(staff.add(linked, people.manager))
    assert (code, said) == (
        "account_linked",
        "the account is linked to 王磊 (100) already; unlink it there first",
    )
    await staff.change(people.persons["王磊"], NewStaff(account=""), people.manager)
    assert (await staff.add(linked, people.manager)).account == "op0"
    missing = NewStaff("301", "x", Category.OPERATOR, account="nobody")
    assert (await refused(staff.add(missing, people.manager)))[0] == "no_such_account"


async def test_nobody_signs_as_somebody_else_by_moving_their_own_account(people: People) -> None:
    staff, wang, li = people.desk.staff, people.persons["王磊"], people.persons["陈晨"]
    boss = await staff.add(NewStaff("900", "厂长", Category.MANAGER, account="manager"), people.manager)
    await staff.change(wang, NewStaff(account=""), people.manager)

    for person in (wang, li):
        moved = staff.change(person, NewStaff(account="manager"), people.manager)
        assert (await refused(moved))[0] in ("own_account", "account_linked")
    unlinked = await refused(staff.change(boss.person, NewStaff(account=""), people.manager))
    by_another = await staff.change(boss.person, NewStaff(account=""), people.department)
    taken = await refused(staff.change(wang, NewStaff(account="manager"), people.manager))

    assert (boss.account, unlinked[0], by_another.account, taken[0]) == (
        "manager", "own_account", None, "own_account",
    )  # fmt: skip


async def test_an_account_that_judges_is_nobodys_on_the_staff(people: People) -> None:
    # Linked for an hour, the department could not judge that person any more.
    linked = people.desk.staff.change(people.persons["王磊"], NewStaff(account="department"), people.manager)
    assert (await refused(linked))[0] == "account_signs_nothing"


async def test_nobody_takes_their_own_account_off_by_leaving(people: People) -> None:
    staff = people.desk.staff
    boss = await staff.add(NewStaff("900", "厂长", Category.MANAGER, account="manager"), people.manager)

    assert (await refused(staff.deactivate(boss.person, people.manager)))[0] == "own_account"
    assert (await staff.deactivate(boss.person, people.department))[0].active is False


async def test_an_account_that_will_be_somebodys_is_not_free(people: People, accounts: Accounts) -> None:
    staff = people.desk.staff
    accounts.add("later", Role.OPERATOR, "a long password", "test")
    await staff.change(people.persons["王磊"], NewStaff(account="later"), people.manager, date(2026, 12, 1))
    new = NewStaff("300", "新人", Category.OPERATOR, account="later")
    assert (await refused(staff.add(new, people.manager)))[0] == "account_linked"


async def test_who_leaves_stays_on_record_signs_nothing_and_frees_the_turns_ahead(people: People) -> None:
    await people.desk.roster.publish(people.pattern, FIRST, LAST, people.manager)
    people.now("2026-11-17T03:00")
    staff, person, account = people.desk.staff, people.persons["王磊"], people.accounts["王磊"].account_id
    assert (await staff.person_of(account)) is not None

    left, freed = await staff.deactivate(person, people.manager)

    assert (left.active, freed) == (False, 11)
    assert await staff.person_of(account) is None
    assert await people.who("2026-11-01T03:00") == ["王磊", "李静"]
    assert await people.who("2026-11-17T03:00") == ["王磊", "李静"]
    assert await people.who("2026-11-19T09:00") == ["李静"]
    assert person in {one.person for one in await staff.list()}
    assert (await refused(staff.deactivate(person, people.manager)))[0] == "person_inactive"
    await people.desk.roster.publish(people.pattern, date(2026, 12, 1), date(2026, 12, 31), people.manager)
    december = await people.desk.duty.between(at("2026-12-01"), at("2027-01-01"))
    assert "王磊" not in {on.name for on in december}
    linked = NewStaff("300", "新人", Category.OPERATOR, account="op0")
    assert (await staff.add(linked, people.manager)).account == "op0"
    back = await staff.reactivate(person, people.manager)
    assert (back.active, back.account) == (True, None)


async def test_what_was_entered_for_later_brings_nobody_back(people: People) -> None:
    staff, person = people.desk.staff, people.persons["王磊"]
    await staff.change(person, NewStaff(category=Category.ENGINEER), people.manager, date(2026, 12, 1))
    await staff.deactivate(person, people.manager, date(2026, 11, 15))

    active = {}
    for day in (date(2026, 11, 15), date(2026, 11, 16), date(2026, 12, 2)):
        (member,) = [one for one in await staff.list(day) if one.person == person]
        active[day.isoformat()] = member.active
    assert active == {"2026-11-15": True, "2026-11-16": False, "2026-12-02": False}


async def test_a_post_that_needs_a_qualification_takes_nobody_without(people: People) -> None:
    staff = people.desk.staff
    lab = await staff.set_post(NewPost("lab", Name("化验", "Laboratory"), 0, "chemist"), people.manager)
    join = staff.join
    crew, person = people.crews["B"], people.persons["王磊"]
    code, said = await refused(join(person, crew, lab, people.manager, FIRST))
    assert (code, "Laboratory needs the qualification 'chemist', which 王磊 has not" in said) == (
        "not_qualified",
        True,
    )
    await staff.change(person, NewStaff(qualifications=["chemist"]), people.manager)
    await join(person, crew, lab, people.manager, FIRST)
    assert (await refused(join(person, crew, lab, people.manager, LAST)))[0] == "member_already"


async def test_a_qualification_is_one_in_the_words_of_the_plant(people: People) -> None:
    staff, person = people.desk.staff, people.persons["王磊"]
    lab = await staff.set_post(NewPost("lab", Name("化验", "Laboratory"), 0, " 化验员证 "), people.manager)
    changed = await staff.change(person, NewStaff(qualifications=["化验员证", "电工证 "]), people.manager)
    await staff.join(person, people.crews["B"], lab, people.manager, FIRST)

    assert changed.qualifications == ("化验员证", "电工证")
    for wrong in ("电工证、化验员证", "a,b", " ", "\u200b", "证" * 33):
        several = staff.change(person, NewStaff(qualifications=[wrong]), people.manager)
        assert (await refused(several))[0] == "bad_qualification", wrong
        if wrong.strip():
            post = staff.set_post(NewPost("p2", Name("岗", "Post"), 0, wrong), people.manager)
            assert (await refused(post))[0] == "bad_qualification", wrong


async def test_codes_of_crews_and_posts_are_taken_once(people: People) -> None:
    staff = people.desk.staff
    assert (await refused(staff.set_crew("A", Name("甲", "A"), people.manager)))[0] == "code_taken"
    unknown = staff.set_crew("X", Name("甲", "A"), people.manager, crew=UUID(int=5))
    assert (await refused(unknown))[0] == "crew_not_found"
    assert (await refused(staff.set_post(NewPost("field", Name("x", "x")), people.manager)))[
        0
    ] == "code_taken"


async def test_of_somebody_whose_words_were_deleted_the_number_remains(people: People) -> None:
    await people.desk.roster.publish(people.pattern, FIRST, LAST, people.manager)
    with reading(people.desk.ledger.engine):
        versions = await people.desk.staff.history(people.persons["王磊"])
    with writing(people.desk.ledger.engine) as connection:
        connection.execute(delete(record_text).where(record_text.c.record == versions[0].record))

    assert await people.who("2026-11-17T03:00") == ["100", "李静"]
    assert people.desk.ledger.verify() == people.desk.ledger.head()


async def test_every_change_is_told_with_who_when_and_what_was_before(people: People) -> None:
    person = people.persons["王磊"]
    contacts = (Contact("wecom", "wecombot://secret"),)
    await people.desk.staff.change(person, NewStaff(number="999", contacts=contacts), people.manager)

    newest, *others = await people.desk.audit.lines(kind="staff", limit=3)

    assert (newest.kind, newest.actor, newest.at_us) == ("staff", "manager", people.clock.now_us())
    assert newest.before is not None
    assert newest.after is not None
    assert (newest.before["number"], newest.after["number"]) == ("100", "999")
    assert (newest.before["name"], newest.after["contact"]) == ("王磊", "•••")
    assert [line.before for line in others] == [None, None]
    assert "secret" not in str(newest)


async def test_an_account_is_called_as_the_one_person_whose_it_was_and_otherwise_by_its_own_name(
    people: People, accounts: Accounts
) -> None:
    staff, by = people.desk.staff, people.manager
    nobodys = accounts.add("wall", Role.OPERATOR, "a long password", "test")
    accounts.add("shared", Role.OPERATOR, "a long password", "test")
    for name in ("王磊", "李静"):
        await staff.change(people.persons[name], NewStaff(account=""), by)
        await staff.change(people.persons[name], NewStaff(account="shared"), by)
        await staff.change(people.persons[name], NewStaff(account=""), by)
    await staff.change(people.persons["张伟"], NewStaff(name="张大伟"), by)
    ids = {account.name: account.id for account in accounts.list()}

    with reading(people.desk.ledger.engine) as connection:
        found = actor_names(connection, "p1", [ids["op0"], ids["op2"], ids["shared"], nobodys, None])
        none = actor_names(connection, "p1", [])

    assert found == {ids["op0"]: "王磊", ids["op2"]: "张大伟", ids["shared"]: "shared", nobodys: "wall"}
    assert none == {}
    assert (await staff.names_of_accounts())[ids["op3"]] == "刘洋"
    assert not {ids["shared"], nobodys} & set(await staff.names_of_accounts())

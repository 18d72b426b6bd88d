"""Entries with the moment they are of, their amendments, and what a failure leaves."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from operations.access import Role
from operations.accounts import Accounts
from operations.calls import StoreCalls
from operations.logbook.records import Asked, Author, LogEntry, LogKind, LogNotWritten, NewEntry
from operations.logbook.writing import MOST_ADDED
from operations.staff.people import Category
from operations.staff.records import NewStaff
from operations.staff.service import StaffService
from telemetry.clock import US_PER_S
from telemetry.errors import Conflict, Invalid, NotFound, RequestError, StoreAway, StoreError
from telemetry.people import Actor
from telemetry.quality import Quality
from tests.operations.logbook.conftest import CREW, HOUR_US, LI, WANG, Site
from tests.operations.logbook.images import photo

SV30 = "LAB_SV30_1"


def new(text: str = "1#好氧池泡沫增多", **more: Any) -> NewEntry:
    asked: dict[str, Any] = {"id": uuid4(), "kind": LogKind.EVENT, "text": text}
    return NewEntry(**asked | more)


async def texts(site: Site, words: str = "", **asked: Any) -> list[str]:
    return [entry.text for entry in await site.logbook.page(Asked(words=words, **asked), 50)]


async def test_an_entry_carries_who_wrote_it_who_was_on_shift_and_what_its_unit_said(site: Site) -> None:
    site.read("AE_DO1", 1.8)
    site.read("AE_MLSS1", 3800.0, quality=Quality.COMM_FAILURE)
    asked = new(unit="aerobic")

    entry = await site.logbook.write(asked, LI)

    assert entry.by is not None
    assert (entry.id, entry.text, entry.by.name, entry.by.account_id) == (
        asked.id,
        asked.text,
        "li",
        LI.account_id,
    )
    assert entry.at_us == entry.recorded_us == site.clock.now_us()
    turn = site.clock.now_us() // (8 * HOUR_US)
    assert (entry.person, entry.turn, entry.on_shift) == (
        UUID(int=50),
        f"turn/{turn}",
        (UUID(int=1000 + turn),),
    )
    said = {reading.tag: (reading.value, reading.quality) for reading in entry.readings}
    assert said == {"AE_DO1": (1.8, 192), "AE_MLSS1": (3800.0, 24)}
    assert await site.logbook.get(asked.id) == entry
    assert (await site.logbook.on_shift_of([entry]))[entry.id][0].name == "李静"
    assert site.ledger.verify().records == 1


async def test_a_machine_that_is_named_brings_its_own_readings_and_its_unit(site: Site) -> None:
    site.read("BL_B201B_ST", 3)
    site.read("PS_LIT101", 4.2)

    entry = await site.logbook.write(new(equipment=("BL_B201B",)), LI)

    assert entry.unit == "blowers"
    assert [reading.tag for reading in entry.readings] == ["BL_B201B_ST"]


async def test_a_machine_brings_the_readings_of_the_unit_it_works_for(site: Site) -> None:
    site.read("BL_B201B_ST", 3)
    site.read("AE_DO1", 0.9)
    site.read("AE_NH31", 1.4)
    site.read("BL_PIT201", 52.0)

    entry = await site.logbook.write(new(equipment=("BL_B201B",)), LI)

    assert [reading.tag for reading in entry.readings] == ["BL_B201B_ST", "AE_DO1", "AE_NH31", "BL_PIT201"]


async def test_what_happened_before_has_the_readings_of_then(site: Site) -> None:
    site.read("AE_DO1", 1.1, seconds=-7205)
    site.read("AE_DO1", 2.9)

    entry = await site.logbook.write(new(unit="aerobic", at_us=site.clock.now_us() - 2 * HOUR_US), WANG)

    assert [(reading.tag, reading.value, reading.stale) for reading in entry.readings] == [
        ("AE_DO1", 1.1, False)
    ]
    assert entry.recorded_us - entry.at_us == 2 * HOUR_US
    assert entry.person is None


@pytest.mark.parametrize("reason", ["away", "empty"])
async def test_an_entry_is_written_though_nobody_can_say_who_is_on_shift(site: Site, reason: str) -> None:
    setattr(site.roster, reason, True)

    entry = await site.logbook.write(new(), LI)

    assert (entry.turn, entry.on_shift) == (None, ())


async def test_an_entry_sent_twice_stands_once_and_nobody_elses_id_is_taken(site: Site) -> None:
    asked = new()
    first = await site.logbook.write(asked, LI)

    assert await site.logbook.write(asked, LI) == first
    with pytest.raises(Conflict, match="something else was written"):
        await site.logbook.write(asked, WANG)
    with pytest.raises(Conflict, match="under this id before: amend it"):
        await site.logbook.write(new("别的", id=asked.id), LI)
    await site.logbook.amend(asked.id, "改过", "笔误", LI)
    assert (await site.logbook.write(asked, LI)).text == "改过"
    assert len(await texts(site)) == 1


async def test_values_become_readings_and_the_entry_names_them(site: Site) -> None:
    at_us = site.clock.now_us() - 60 * US_PER_S

    entry = await site.logbook.write(
        new("", kind=LogKind.SAMPLING, at_us=at_us, values=((SV30, 28.5), ("LAB_MLSS_1", 3800.0))), LI
    )

    made = {found.tag: found for found in await site.entries.listed(None, None, 9)}
    assert [(one.tag, one.value, one.entry) for one in entry.entered] == [
        (SV30, 28.5, made[SV30].id),
        ("LAB_MLSS_1", 3800.0, made["LAB_MLSS_1"].id),
    ]
    assert {(one.actor, one.from_us) for one in made.values()} == {(LI, at_us)}
    held = await site.history.samples(SV30, at_us, at_us + 1, 9)
    assert list(held.values) == [28.5]
    assert await texts(site, "SV30") == [""]


async def test_sent_again_with_another_value_it_is_refused_and_nothing_is_lost_unsaid(site: Site) -> None:
    at_us = site.clock.now_us() - 60 * US_PER_S
    asked = new("测定", kind=LogKind.SAMPLING, at_us=at_us, values=((SV30, 21.3),))
    first = await site.logbook.write(asked, LI)

    again = await site.logbook.write(asked, LI)
    for other in (
        replace(asked, values=((SV30, 37.0),)),
        replace(asked, values=()),
        replace(asked, kind=LogKind.EVENT),
        replace(asked, at_us=at_us + US_PER_S),
    ):
        with pytest.raises(Conflict) as refused:
            await site.logbook.write(other, LI)
        assert refused.value.code == "log_written_otherwise"

    assert again == first
    assert [one.value for one in await site.entries.listed(None, None, 9)] == [21.3]


async def test_two_that_come_at_once_under_one_id_are_not_both_told_that_they_are_written(site: Site) -> None:
    asked = new("1#鼓风机异响")

    first, second, other = await asyncio.gather(
        site.logbook.write(asked, LI),
        site.logbook.write(asked, LI),
        site.logbook.write(replace(asked, text="2#鼓风机异响"), LI),
        return_exceptions=True,
    )
    told = [one.text for one in (first, second, other) if not isinstance(one, BaseException)]
    codes = [one.code for one in (first, second, other) if isinstance(one, Conflict)]

    assert len(set(told)) == 1
    assert (len(told) + len(codes), set(codes)) == (3, {"log_written_otherwise"})


async def test_what_is_sent_again_about_something_else_is_refused(site: Site) -> None:
    asked = new("异响")
    await site.logbook.write(asked, LI)

    with pytest.raises(Conflict) as refused:
        await site.logbook.write(replace(asked, tags=("BL_B201A_ST",)), LI)

    assert refused.value.code == "log_written_otherwise"


async def test_where_the_people_fail_after_the_readings_were_stored_it_says_so_and_the_rest_follows(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = new("沉降性变差", at_us=site.clock.now_us(), values=((SV30, 41.0),))

    def away(*_: object) -> None:
        raise StoreAway("gone")

    with monkeypatch.context() as patched:
        patched.setattr("operations.logbook.writing.LogbookWriter.entry", away)
        with pytest.raises(
            LogNotWritten, match="readings of LAB_SV30_1 are stored, the log entry is not"
        ) as refused:
            await site.logbook.write(asked, LI)
        with pytest.raises(StoreAway):
            await site.logbook.write(new(), LI)
    stored = await site.entries.listed(None, None, 9)
    site.clock.move(90)
    entry = await site.logbook.write(asked, LI)

    assert (refused.value.status, refused.value.code) == (503, "log_not_written")
    assert [one.value for one in stored] == [41.0]
    assert await site.entries.listed(None, None, 9) == stored
    assert (entry.text, [one.entry for one in entry.entered]) == ("沉降性变差", [stored[0].id])
    assert entry.at_us == asked.at_us


async def test_while_the_people_are_away_nothing_at_all_is_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise StoreAway("gone")

    monkeypatch.setattr("operations.logbook.queries.row_of", away)
    with pytest.raises(StoreAway):
        await site.logbook.write(new(at_us=site.clock.now_us(), values=((SV30, 30.0),)), LI)
    assert await site.entries.listed(None, None, 9) == []


async def test_of_several_values_one_that_is_wrong_keeps_all_from_being_stored(site: Site) -> None:
    now_us = site.clock.now_us()
    await site.entries.enter("LAB_MLSS_1", now_us, 3000.0, WANG)

    for values, code in (
        ((("LAB_SV30_2", 30.0), (SV30, 300.0)), "value_out_of_range"),
        ((("LAB_SV30_2", 30.0), ("LAB_MLSS_1", 3900.0)), "reading_exists"),
        ((("LAB_SV30_2", 30.0), ("AE_DO1", 2.0)), "measured_value"),
        ((("LAB_SV30_2", 30.0), ("LAB_SV30_2", 31.0)), "value_twice"),
    ):
        with pytest.raises(RequestError) as refused:
            await site.logbook.write(new(at_us=now_us, values=values), LI)
        assert refused.value.code == code
    assert [one.tag for one in await site.entries.listed(None, None, 9)] == ["LAB_MLSS_1"]
    assert await texts(site) == []


@pytest.mark.parametrize(
    ("wrong", "error", "code"),
    [
        ({"text": " \u200b "}, Invalid, "text_missing"),
        ({"text": "长" * 2001}, Invalid, "comment_too_long"),
        ({"tags": ("NOPE",)}, NotFound, "point_not_found"),
        ({"equipment": ("NOPE",)}, NotFound, "equipment_not_found"),
        ({"unit": "nope"}, NotFound, "unit_not_found"),
        ({"at_us": 1 << 60}, Invalid, "time_ahead"),
        ({"at_us": 0}, Invalid, "time_too_old"),
        ({"kind": LogKind.ALARM}, Invalid, "made_by_node"),
        ({"values": ((SV30, 30.0),)}, Invalid, "time_missing"),
        ({"tags": tuple(str(n) for n in range(21))}, Invalid, "too_many_subjects"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    site: Site, wrong: dict[str, Any], error: type[RequestError], code: str
) -> None:
    with pytest.raises(error) as refused:
        await site.logbook.write(new(**wrong), LI)
    assert refused.value.code == code


async def test_an_amendment_stands_beside_the_former_words_with_who_and_why(site: Site) -> None:
    entry = await site.logbook.write(new("停2#泵"), LI)
    site.clock.move(60)
    await site.logbook.amend(entry.id, "停3#泵", "写错泵号", WANG)
    amended = await site.logbook.amend(entry.id, "停3#泵检修", "补全", LI)

    assert (amended.text, amended.recorded_us) == ("停3#泵检修", entry.recorded_us)
    assert [(one.former, one.text, one.reason, one.by.name) for one in amended.amendments] == [
        ("停2#泵", "停3#泵", "写错泵号", "wang"),
        ("停3#泵", "停3#泵检修", "补全", "li"),
    ]
    assert await texts(site, "2#泵") == ["停3#泵检修"], "what was said before is found too"
    assert site.ledger.verify().records == 3


async def test_an_amendment_without_sense_is_refused(site: Site) -> None:
    entry = await site.logbook.write(new("一切正常"), LI)

    for id_, text, reason, code in (
        (entry.id, "一切正常", "x", "same_text"),
        (entry.id, "另", " ", "reason_missing"),
        (entry.id, " ", "x", "text_missing"),
        (uuid4(), "另", "x", "log_entry_not_found"),
    ):
        with pytest.raises(RequestError) as refused:
            await site.logbook.amend(id_, text, reason, LI)
        assert refused.value.code == code


async def test_what_came_later_is_added_once_and_not_to_an_amendment(site: Site) -> None:
    entry = await site.logbook.write(new("2#鼓风机异响"), LI)
    later = uuid4()
    site.clock.move(600)
    await site.logbook.follow_up(entry.id, later, "已切换至3#", WANG)
    added = await site.logbook.follow_up(entry.id, later, "已切换至3#", WANG)

    assert [(one.text, one.by and one.by.name, one.at_us) for one in added.follow_ups] == [
        ("已切换至3#", "wang", site.clock.now_us())
    ]
    with pytest.raises(NotFound):
        await site.logbook.follow_up(later, uuid4(), "x", LI)
    with pytest.raises(Conflict):
        await site.logbook.follow_up(entry.id, entry.id, "x", WANG)
    assert await texts(site, "切换") == ["2#鼓风机异响"]


async def test_an_entry_takes_so_much_and_no_more(site: Site) -> None:
    entry = await site.logbook.write(new(), LI)
    for number in range(MOST_ADDED):
        site.logbook._writer.follow_up(entry.id, uuid4(), site.clock.now_us(), str(number), LI)

    with pytest.raises(Conflict, match="write another"):
        await site.logbook.follow_up(entry.id, uuid4(), "x", LI)


async def test_a_search_finds_two_characters_in_words_names_and_authors(site: Site) -> None:
    await site.logbook.write(new("二沉池出水浑浊"), LI)
    await site.logbook.write(new("巡视正常", equipment=("BL_B201B",)), LI)
    await site.logbook.write(new("２＃泵 100%负荷, A_B"), WANG)

    assert await texts(site, "浑浊") == ["二沉池出水浑浊"]
    assert await texts(site, "二沉 浑") == ["二沉池出水浑浊"]
    assert await texts(site, "二沉 正常") == []
    assert await texts(site, "鼓风") == ["巡视正常"]
    assert await texts(site, "BLOWER") == ["巡视正常"]
    assert await texts(site, "2#泵") == ["２＃泵 100%负荷, A_B"]
    assert await texts(site, "100%") == ["２＃泵 100%负荷, A_B"]
    assert await texts(site, "10%") == await texts(site, "A%B") == await texts(site, "AxB") == []
    assert await texts(site, "wang") == ["２＃泵 100%负荷, A_B"]
    assert await texts(site, "' OR 1=1 --") == []
    assert len(await texts(site, "  ")) == 3


async def test_a_search_finds_authors_by_the_persons_name_that_is_shown(
    site: Site, accounts: Accounts, calls: StoreCalls
) -> None:
    op0 = Actor(accounts.add("op0", Role.OPERATOR, "a long password", "test"), "op0")
    staff = StaffService(site.ledger, calls, site.folder.calendar)
    await staff.add(NewStaff("101", "王磊 Ray", Category.OPERATOR, account="op0"), LI)
    await site.logbook.write(new("巡视正常"), op0)
    followed = await site.logbook.write(new("浮渣多"), LI)
    await site.logbook.follow_up(followed.id, uuid4(), "已清", op0)
    await site.logbook.write(new("计量渠有青苔"), LI)

    [entry] = await site.logbook.page(Asked(words="巡视 ｒａｙ"), 50)

    assert (entry.text, entry.by) == ("巡视正常", Author(op0.account_id, "王磊 Ray"))
    assert await texts(site, "王磊") == ["浮渣多", "巡视正常"]
    assert await texts(site, "op0") == ["浮渣多", "巡视正常"], "what it was written by stays searched"
    assert await texts(site, "王磊 青苔") == []


async def test_filters_choose_and_pages_follow_each_other(site: Site) -> None:
    written: list[LogEntry] = []
    for number in range(5):
        written.append(await site.logbook.write(new(f"第{number}条", tags=("AE_DO1",)), LI))
        site.clock.move(0 if number == 2 else 60)
    late = new("补记", at_us=written[0].at_us - HOUR_US, kind=LogKind.VISITOR, unit="effluent")
    await site.logbook.write(late, WANG)

    every = await texts(site)
    first = await site.logbook.page(Asked(), 3)
    rest = await site.logbook.page(Asked(before=(first[-1].at_us, first[-1].seq)), 9)
    assert every == ["第4条", "第3条", "第2条", "第1条", "第0条", "补记"]
    assert [entry.text for entry in (*first, *rest)] == every
    assert await texts(site, kind=LogKind.VISITOR) == await texts(site, unit="effluent") == ["补记"]
    assert len(await texts(site, tag="AE_DO1")) == 5
    assert await texts(site, tag="AE_DO") == await texts(site, equipment="BL_B201B") == []
    assert len(await texts(site, crew=CREW)) == 6
    assert len(await texts(site, person=UUID(int=50))) == 5
    assert await texts(site, from_us=written[4].at_us) == ["第4条"]
    assert await texts(site, to_us=written[0].at_us) == ["补记"]
    listed = await site.logbook.listed(written[0].at_us, written[4].at_us)
    assert [entry.text for entry in listed] == ["第0条", "第1条", "第2条", "第3条"]


async def test_photos_belong_to_their_entry_once_and_six_at_most(site: Site) -> None:
    entry = await site.logbook.write(new(), LI)
    for size in range(100, 106):
        entry = await site.logbook.add_photo(entry.id, photo((size, 100)), WANG)
    again = await site.logbook.add_photo(entry.id, photo((105, 100)), WANG)

    assert again == entry
    assert [(one.width, one.by.name) for one in entry.photos] == [(size, "wang") for size in range(100, 106)]
    with pytest.raises(Conflict, match="at most 6 photos"):
        await site.logbook.add_photo(entry.id, photo((107, 100)), LI)
    with pytest.raises(NotFound):
        await site.logbook.add_photo(uuid4(), photo(), LI)
    with pytest.raises(Invalid):
        await site.logbook.add_photo(entry.id, b"no photo", LI)
    assert await site.logbook.photos.read(entry.photos[0].sha256)
    assert site.ledger.verify().records == 7


async def test_two_who_send_the_same_at_once_write_it_once(site: Site) -> None:
    asked = new()

    both = await asyncio.gather(site.logbook.write(asked, LI), site.logbook.write(asked, LI))

    assert both[0] == both[1]
    assert len(await texts(site)) == 1


async def test_what_was_written_cannot_be_changed(site: Site) -> None:
    from sqlalchemy import delete, update

    from operations.logbook.tables import log_entry, log_photo
    from storage.unit_of_work import writing

    await site.logbook.write(new(), LI)
    for statement in (update(log_entry).values(kind="x"), delete(log_entry), delete(log_photo)):
        if statement.table is log_photo and site.ledger.engine.dialect.name == "sqlite":
            continue  # SQLite's triggers are of rows, and there is none
        with pytest.raises(StoreError, match="append-only"), writing(site.ledger.engine) as connection:
            connection.execute(statement)

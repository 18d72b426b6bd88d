import httpx
import pytest

from tests.api.node import Node
from tests.web.console import text_of, tripped
from web.pages import journal


async def test_the_journal_tells_what_happened_and_who_answered(
    node: Node, operator: httpx.AsyncClient
) -> None:
    alarm_id = await tripped(node)
    await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "1"})

    text = text_of((await operator.get("/alarms/journal")).text)

    assert "08:00:00 acknowledged H high priority Blower 2 fault BL_B201B_ST operator Going to look" in text
    assert "raised" in text


async def test_an_empty_journal_says_what_to_do(operator: httpx.AsyncClient) -> None:
    text = text_of((await operator.get("/alarms/journal", params={"tag": "AE_DO1"})).text)

    assert "Nothing in this period Choose a longer period or another point." in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"tag": "BL_B201B_ST"}, True),
        ({"tag": "AE_DO1"}, False),
        ({"days": "1"}, True),
        ({"from": "2026-11-21", "to": "2026-11-21"}, True),
        ({"from": "2026-11-01", "to": "2026-11-20"}, False),
        ({"from": "2026-11-22"}, False),
    ],
)
async def test_the_journal_is_narrowed_by_point_and_by_days_of_the_plant(
    node: Node, operator: httpx.AsyncClient, query: dict[str, str], found: bool
) -> None:
    await tripped(node)

    text = text_of((await operator.get("/alarms/journal", params=query)).text)

    assert ("Blower 2 fault" in text) is found


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"tag": "NONE"}, "There is no such point"),
        ({"from": "2026-11-21", "to": "2026-11-01"}, "The period ends before it begins."),
    ],
)
async def test_a_filter_that_makes_no_sense_is_said_beside_the_filters(
    operator: httpx.AsyncClient, query: dict[str, str], said: str
) -> None:
    answer = await operator.get("/alarms/journal", params=query)

    assert answer.status_code == 200
    assert said in text_of(answer.text)


@pytest.mark.parametrize("query", [{"to": "9999-12-31"}, {"from": "0001-01-01"}, {"from": "2200-01-01"}])
async def test_a_day_off_the_calendar_is_none(
    node: Node, operator: httpx.AsyncClient, query: dict[str, str]
) -> None:
    await tripped(node)

    answer = await operator.get("/alarms/journal", params=query)

    assert answer.status_code == 200
    assert "Blower 2 fault" in text_of(answer.text)


async def test_a_place_beyond_any_record_is_refused(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/alarms/journal", params={"before": 1 << 63})

    assert answer.status_code == 422
    assert "That did not work" in text_of(answer.text)


async def test_older_records_come_page_by_page(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PAGE", 1)
    alarm_id = await tripped(node)
    await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "0"})

    first = (await operator.get("/alarms/journal", params={"tag": "BL_B201B_ST"})).text
    address = first.split('class="secondary" href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    rows = (await operator.get(f"{address}&rows=1", headers={"HX-Request": "true"})).text

    assert ("acknowledged" in text_of(first), "▲" in first) == (True, False)
    assert "raised" in text_of(rows)
    assert "<html" not in rows
    assert "Show older ones" not in rows

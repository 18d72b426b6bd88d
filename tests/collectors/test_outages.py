from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

import collectors.outages as outages
from collectors.outages import KEPT_US, Outage, OutageQuery, OutageStore
from storage.engine import open_engine, sqlite_url
from storage.ids import uuid7
from storage.migrate import migrate
from storage.schema import StoreKind

NOW_US = KEPT_US + 1_000_000


def lost(channel: str, began_us: int, ended_us: int | None, missed: int | None = None) -> Outage:
    return Outage(uuid7(began_us), channel, began_us, ended_us, "no answer within 3 s", missed)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[OutageStore]:
    engine = open_engine(sqlite_url(tmp_path / "node.sqlite"))
    migrate(engine, StoreKind.NODE)
    yield OutageStore(engine)
    engine.dispose()


def pages(store: OutageStore, asked: OutageQuery, limit: int) -> list[list[Outage]]:
    found: list[list[Outage]] = []
    before: tuple[int, UUID] | None = None
    while page := store.page(asked, before, limit):
        found.append(page)
        before = (page[-1].began_us, page[-1].id)
    return found


def test_an_outage_is_kept_when_it_begins_and_again_when_it_ends(store: OutageStore) -> None:
    begun = lost("PLC1", NOW_US, None)
    ended = Outage(begun.id, "PLC1", NOW_US, NOW_US + 5, begun.cause, 12)

    store.keep([begun], NOW_US)
    open_then = store.still_open()
    store.keep([ended], NOW_US)

    assert open_then == [begun]
    assert store.still_open() == []
    assert store.page(OutageQuery(), None, 10) == [ended]


def test_outages_of_some_channels_and_a_time_are_those_that_touch_it(store: OutageStore) -> None:
    before = lost("PLC1", NOW_US - 90, NOW_US - 50)
    across = lost("PLC1", NOW_US - 60, NOW_US - 30)
    other = lost("PLC2", NOW_US - 45, NOW_US - 40)
    lasting = lost("PLC1", NOW_US - 35, None)
    after = lost("PLC1", NOW_US - 20, NOW_US - 10)
    store.keep([before, across, other, lasting, after], NOW_US)

    asked = OutageQuery(["PLC1"], NOW_US - 50, NOW_US - 20)

    assert store.page(asked, None, 10) == [lasting, across]


def test_pages_hold_each_outage_once_also_those_that_began_together(store: OutageStore) -> None:
    every = [lost(f"MQTT.LS{number}", NOW_US, NOW_US + number) for number in range(5)]
    store.keep(every, NOW_US)

    found = pages(store, OutageQuery(), 2)

    assert [len(page) for page in found] == [2, 2, 1]
    assert sorted(one.channel for page in found for one in page) == [one.channel for one in every]


def test_what_is_older_than_a_year_goes_unless_it_lasts(store: OutageStore) -> None:
    old, lasting, young = lost("PLC1", 5, 6), lost("PLC2", 5, None), lost("PLC1", NOW_US, NOW_US)

    store.keep([old, lasting, young], NOW_US)

    assert store.page(OutageQuery(), None, 10) == [young, lasting]


def test_of_too_many_the_oldest_go(store: OutageStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "MOST_KEPT", 3)
    every = [lost("PLC1", NOW_US + number, NOW_US + number) for number in range(6)]

    for one in every:
        store.keep([one], NOW_US)

    assert store.page(OutageQuery(), None, 10) == [every[5], every[4], every[3]]

"""`/api/v1/connections` and `/api/v1/outages`."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from collectors.figures import ChannelFigures, Quarantined
from collectors.outages import Outage
from storage.ids import uuid7
from telemetry.clock import US_PER_S
from telemetry.errors import StoreError
from telemetry.protocols import LinkState
from tests.api.node import Node, connection

DAY_S = 86_400

PLC1 = {
    "id": "PLC1",
    "kind": "modbus",
    "address": "192.168.10.11:502/1",
    "state": "up",
    "since": "2026-11-21T08:00:00+08:00",
    "latency_s": 0.012,
    "requests": 40,
    "failures": 2,
    "samples": 900,
    "schedule_kept": 900 / 907,
    "set_aside": {"missed": 7},
    "silent_topics": 0,
    "last_error": None,
    "quarantined": [],
}


def keep(node: Node, channel: str, ago_s: int, lasted_s: int | None, missed: int | None = None) -> Outage:
    """Keep an outage that began some seconds ago."""
    now_us = node.clock.now_us()
    began_us = now_us - ago_s * US_PER_S
    ended_us = None if lasted_s is None else began_us + lasted_s * US_PER_S
    kept = Outage(uuid7(began_us), channel, began_us, ended_us, "no answer within 3 s", missed)
    node.outages.keep([kept], now_us)
    return kept


async def test_each_connection_is_shown_with_its_figures(node: Node, client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/connections")

    assert answer.json() == {"items": [PLC1], "next": None}


async def test_a_connection_names_what_it_refuses_its_channels_and_its_outages(
    node: Node, client: httpx.AsyncClient
) -> None:
    now_us = node.clock.now_us()
    refused = Quarantined(
        "AE_DO1", "illegal data address (exception 2)", now_us - 60 * US_PER_S, now_us + 240 * US_PER_S
    )
    station = ChannelFigures("PLC1.A", LinkState.DOWN, now_us - 60 * US_PER_S, "silent for 3 intervals")
    node.connections[:] = [
        replace(
            connection(now_us),
            quarantined=(refused,),
            channels=(station, ChannelFigures("PLC1.B", LinkState.CONNECTING, 0, "")),
            attributes={"serial_number": "A1-2207"},
        )
    ]
    keep(node, "PLC2", 60, 10)
    keep(node, "PLC1", 31 * DAY_S, 10)
    kept = [keep(node, "PLC1", 7200, 90, 252), keep(node, "PLC1.A", 60, None)]

    answer = await client.get("/api/v1/connections/PLC1")

    quarantined = {
        "tag": "AE_DO1",
        "reason": "illegal data address (exception 2)",
        "since": "2026-11-21T07:59:00+08:00",
        "next_try": "2026-11-21T08:04:00+08:00",
    }
    assert answer.json() == {
        **PLC1,
        "quarantined": [quarantined],
        "attributes": {"serial_number": "A1-2207"},
        "channels": [
            {
                "name": "PLC1.A",
                "state": "down",
                "since": "2026-11-21T07:59:00+08:00",
                "cause": "silent for 3 intervals",
            },
            {"name": "PLC1.B", "state": "connecting", "since": None, "cause": ""},
        ],
        "outages": [
            {
                "id": str(kept[1].id),
                "channel": "PLC1.A",
                "began": "2026-11-21T07:59:00+08:00",
                "ended": None,
                "duration_s": None,
                "cause": "no answer within 3 s",
                "missed": None,
            },
            {
                "id": str(kept[0].id),
                "channel": "PLC1",
                "began": "2026-11-21T06:00:00+08:00",
                "ended": "2026-11-21T06:01:30+08:00",
                "duration_s": 90.0,
                "cause": "no answer within 3 s",
                "missed": 252,
            },
        ],
    }


async def test_a_connection_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/connections/PLC9")

    assert (answer.status_code, answer.json()["code"]) == (404, "connection_not_found")
    assert answer.json()["detail"] == "there is no connection PLC9; there are PLC1"


async def every(client: httpx.AsyncClient, **asked: Any) -> list[tuple[str, str]]:
    """All pages of what is asked for: channel and beginning."""
    found, cursor = [], None
    while True:
        page = (
            await client.get("/api/v1/outages", params=asked | ({"cursor": cursor} if cursor else {}))
        ).json()
        found += [(item["channel"], item["began"][11:16]) for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found


async def test_outages_are_read_page_by_page_those_that_began_last_first(
    node: Node, client: httpx.AsyncClient
) -> None:
    for hours in range(1, 6):
        keep(node, "PLC1" if hours % 2 else "PLC2", hours * 3600, 60)

    assert await every(client, limit=2) == [
        ("PLC1", "07:00"), ("PLC2", "06:00"), ("PLC1", "05:00"), ("PLC2", "04:00"), ("PLC1", "03:00"),
    ]  # fmt: skip
    assert await every(client, limit=1, channel="PLC2") == [("PLC2", "06:00"), ("PLC2", "04:00")]
    window = {"from": "2026-11-21T04:00:30+08:00", "to": "2026-11-21T06:00:00+08:00"}
    assert await every(client, limit=1, **window) == [("PLC1", "05:00"), ("PLC2", "04:00")]


@pytest.mark.parametrize(
    ("asked", "status", "code", "said"),
    [
        ({"channel": "PLC"}, 404, "channel_not_found", "perhaps PLC"),
        ({"channel": "nowhere"}, 404, "channel_not_found", "/api/v1/connections lists all"),
        (
            {"from": "2026-11-21T08:00:00Z", "to": "2026-11-21T08:00:00Z"},
            422,
            "invalid_request",
            "before `to`",
        ),
        ({"cursor": "WyJvdXRhZ2VzIiwgWzEsIDJdXQ"}, 422, "invalid_request", "not a cursor of this list"),
        ({"cursor": "WyJvdXRhZ2VzIiwgW11d"}, 422, "invalid_request", "not a cursor of this list"),
        ({"cursor": "WyJvdXRhZ2VzIiwgNV0"}, 422, "invalid_request", "not a cursor of this list"),
        (
            {"cursor": "WyJvdXRhZ2VzIiwgW1siYSJdLCAiYiJdXQ"},
            422,
            "invalid_request",
            "not a cursor of this list",
        ),
        ({"limit": "0"}, 422, "invalid_request", "greater than or equal to 1"),
    ],
)
async def test_what_makes_no_sense_is_said(
    client: httpx.AsyncClient, asked: dict[str, str], status: int, code: str, said: str
) -> None:
    answer = await client.get("/api/v1/outages", params=asked)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert said in answer.json()["detail"]


async def test_outages_that_cannot_be_read_are_said_to_be_so(
    node: Node, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> list[Outage]:
        raise StoreError("node.sqlite: not read")

    monkeypatch.setattr(node.outages, "page", fails)

    answers = [await client.get(path) for path in ("/api/v1/outages", "/api/v1/connections/PLC1")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (503, "store_unavailable"),
        (503, "store_unavailable"),
    ]

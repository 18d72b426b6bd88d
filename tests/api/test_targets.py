"""`/api/v1/targets` and what is said of targets elsewhere."""

import httpx

from history.targets import DeadLetter, TargetState
from tests.api.node import Node, influx


def letter(id_: int) -> DeadLetter:
    return DeadLetter(id_, "AE_DO1", 1_780_000_000_000_000, "a,b=c value=1 1", "field type conflict", 0)


async def test_a_target_is_shown_with_how_far_it_is(node: Node, client: httpx.AsyncClient) -> None:
    node.targets["influxdb"] = influx(
        state=TargetState.BEHIND, lag_s=12.5, queued_rows=300, lost_rows=2, last_error="HTTP 503: busy"
    )

    answer = await client.get("/api/v1/targets")

    assert answer.json() == {
        "items": [
            {
                "name": "influxdb",
                "state": "behind",
                "since": "2026-11-21T08:00:00+08:00",
                "lag_s": 12.5,
                "queued": 300,
                "lost": 2,
                "sent": 1200,
                "last_error": "HTTP 503: busy",
            }
        ],
        "next": None,
    }


async def test_dead_letters_are_read_page_by_page_the_newest_first(
    node: Node, client: httpx.AsyncClient
) -> None:
    node.targets["influxdb"] = influx(lost_rows=5)
    node.targets["influxdb"].letters = [letter(id_) for id_ in range(1, 6)]
    path, found, cursor = "/api/v1/targets/influxdb/dead-letters", [], None
    for _ in range(3):
        page = (await client.get(path, params={"limit": 2} | ({"cursor": cursor} if cursor else {}))).json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next"]

    assert (found, cursor) == ([5, 4, 3, 2, 1], None)
    first = (await client.get(path, params={"limit": 1})).json()["items"][0]
    assert first == {
        "id": 5,
        "at": "1970-01-01T08:00:00+08:00",
        "tag": "AE_DO1",
        "time": "2026-05-29T04:26:40+08:00",
        "line": "a,b=c value=1 1",
        "reason": "field type conflict",
    }


async def test_a_target_that_is_not_there_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/targets/influxdb/dead-letters")

    assert (answer.status_code, answer.json()["code"]) == (404, "target_not_found")


async def test_a_target_that_is_away_is_no_ill_health_and_stands_in_the_metrics(
    node: Node, client: httpx.AsyncClient
) -> None:
    node.targets["influxdb"] = influx(state=TargetState.DOWN, lag_s=60.0, queued_rows=720, lost_rows=3)

    ready, metrics = await client.get("/health/ready"), (await client.get("/metrics")).text

    assert ready.status_code == 200
    for line in (
        'outfall_target_up{target="influxdb"} 0.0',
        'outfall_target_lag_seconds{target="influxdb"} 60.0',
        'outfall_target_queued_rows{target="influxdb"} 720.0',
        'outfall_target_sent_rows_total{target="influxdb"} 1200.0',
        'outfall_target_lost_rows_total{target="influxdb"} 3.0',
    ):
        assert line in metrics

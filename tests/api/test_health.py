"""Health and metrics: what they say, and to whom."""

import re

import httpx
import pytest

from api.services import Health
from operations.access import PERMISSIONS, Permission, Role
from operations.accounts import Accounts
from telemetry.quality import Quality
from tests.api.conftest import SignedIn, client_for, signed_in
from tests.api.node import Node, until


@pytest.fixture
def stranger(node: Node) -> httpx.AsyncClient:
    return client_for(node.app, address="198.51.100.7")


async def test_a_node_that_works_is_live_and_ready(stranger: httpx.AsyncClient) -> None:
    live, ready = await stranger.get("/health/live"), await stranger.get("/health/ready")

    assert (live.status_code, live.json()) == (200, {"status": "live"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_a_node_that_is_not_ready_says_why_to_whom_it_knows(
    node: Node, stranger: httpx.AsyncClient, operator: SignedIn
) -> None:
    node.health = Health(store="/var/lib/outfall: no space left", collectors="PLC1 does not answer")

    told = await stranger.get("/health/ready", headers=operator.bearer)
    untold = await stranger.get("/health/ready")

    assert (told.status_code, told.json()["code"]) == (503, "not_ready")
    assert told.json()["errors"] == [
        {"where": "store", "what": "/var/lib/outfall: no space left"},
        {"where": "collectors", "what": "PLC1 does not answer"},
    ]
    assert [error["what"] for error in untold.json()["errors"]] == ["not ready", "not ready"]
    assert "/var" not in untold.text
    assert (await stranger.get("/health/live")).status_code == 200


async def test_what_stands_still_beside_leaves_a_node_ready_but_degraded(
    node: Node, stranger: httpx.AsyncClient, operator: SignedIn
) -> None:
    node.health = Health(
        people="db: connection refused", figures="readings.duckdb: damaged", housekeeping="no space left"
    )

    told = await stranger.get("/health/ready", headers=operator.bearer)
    untold = await stranger.get("/health/ready")

    assert (told.status_code, told.json()) == (
        200,
        {
            "status": "degraded",
            "errors": [
                {"where": "people", "what": "db: connection refused"},
                {"where": "figures", "what": "readings.duckdb: damaged"},
                {"where": "housekeeping", "what": "no space left"},
            ],
        },
    )
    assert untold.status_code == 200
    assert {error["what"] for error in untold.json()["errors"]} == {"degraded"}


@pytest.mark.parametrize("role", Role)
async def test_only_who_may_diagnose_learns_where_accounts_are(
    node: Node, stranger: httpx.AsyncClient, accounts: Accounts, role: Role
) -> None:
    away = "postgresql+psycopg://outfall@db.example.org/people: connection refused"
    node.health = Health(people=away)

    told = await stranger.get("/health/ready", headers=(await signed_in(accounts, role)).bearer)

    expected = away if Permission.DIAGNOSE in PERMISSIONS[role] else "degraded"
    assert told.json()["errors"] == [{"where": "people", "what": expected}]


async def test_this_machine_is_no_reason_to_be_told_why(node: Node) -> None:
    node.health = Health(people="postgresql+psycopg://outfall@db.example.org/people: connection refused")

    # As what a proxy of this machine passes on, whoever asked.
    here = await client_for(node.app, address="127.0.0.1").get("/health/ready")

    assert here.json()["errors"] == [{"where": "people", "what": "degraded"}]


async def test_metrics_are_for_this_machine_and_for_who_is_signed_in(
    node: Node, stranger: httpx.AsyncClient, operator: SignedIn
) -> None:
    here = client_for(node.app, address="127.0.0.1")

    assert (await here.get("/metrics")).status_code == 200
    assert (await client_for(node.app, address="::1").get("/metrics")).status_code == 200
    assert (await stranger.get("/metrics", headers=operator.bearer)).status_code == 200
    assert (await stranger.get("/metrics")).status_code == 401
    # A proxy of this machine passes strangers on.
    assert (await here.get("/metrics", headers={"X-Forwarded-For": "198.51.100.7"})).status_code == 401
    assert (await here.get("/metrics", headers={"Host": "evil.example"})).status_code == 421


async def test_metrics_show_every_figure(node: Node) -> None:
    node.read(("AE_DO1", -30, 2.0), ("AE_DO2", -2, 2.0))
    node.read(("BL_B201A_ST", 0, 0.0), quality=Quality.COMM_FAILURE)
    node.writer.failing = "disk full"
    node.upkeep.people_away, node.upkeep.figures_failing = "refused", "damaged"
    node.upkeep.judging_failing, node.upkeep.judging_behind_us = "damaged", 3_600_000_000
    node.upkeep.figures_behind_us, node.upkeep.compacted_us = 7_200_000_000, 1_795_219_200_000_000

    answer = await client_for(node.app).get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain")
    figures = dict(re.findall(r"^(outfall_\S+) (\S+)$", answer.text, re.MULTILINE))
    expected = {
        "outfall_committed_rows_total": "3.0",
        "outfall_committed_batch": "2.0",
        "outfall_queued_rows": "3.0",
        "outfall_lost_rows_total": "0.0",
        "outfall_store_failing": "1.0",
        "outfall_commit_seconds": "0.004",
        "outfall_people_store_up": "0.0",
        "outfall_figures_failing": "1.0",
        "outfall_figures_behind_seconds": "7200.0",
        "outfall_judging_failing": "1.0",
        "outfall_judging_behind_seconds": "3600.0",
        "outfall_housekeeping_failing": "0.0",
        "outfall_last_compaction_timestamp_seconds": "1.7952192e+09",
        "outfall_newest_reading_age_seconds": "0.0",
        "outfall_points": "273.0",
        "outfall_stale_points": "1.0",
        'outfall_active_alarms{priority="high",state="unacknowledged"}': "0.0",
        'outfall_connection_up{connection="PLC1"}': "1.0",
        'outfall_connection_latency_seconds{connection="PLC1"}': "0.012",
        'outfall_connection_schedule_kept_ratio{connection="PLC1"}': str(900 / 907),
        'outfall_connection_quarantined_points{connection="PLC1"}': "0.0",
        'outfall_connection_silent_topics{connection="PLC1"}': "0.0",
        'outfall_connection_requests_total{connection="PLC1"}': "40.0",
        'outfall_connection_failures_total{connection="PLC1"}': "2.0",
        'outfall_connection_samples_total{connection="PLC1"}': "900.0",
        'outfall_connection_set_aside_total{connection="PLC1",reason="missed"}': "7.0",
        "outfall_stream_clients": "0.0",
        'outfall_sign_ins_total{outcome="refused"}': "0.0",
        "outfall_loop_lag_seconds": "0.003",
        'outfall_task_restarts_total{task="links"}': "1.0",
        'outfall_build_info{version="0.1.0"}': "1.0",
    }
    assert expected.items() <= figures.items()
    assert "outfall_unevaluated_batches" in figures
    assert "process_resident_memory_bytes" in answer.text
    assert "process_cpu_seconds_total" in answer.text


async def test_batches_are_evaluated_and_none_is_left(node: Node) -> None:
    node.read(("AE_DO1", 0, 2.0))

    await until(lambda: node.alarms.evaluated_through == node.history.last_number)
    answer = await client_for(node.app).get("/metrics")

    assert "outfall_unevaluated_batches 0.0" in answer.text

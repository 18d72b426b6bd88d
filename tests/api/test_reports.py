"""Reports over HTTP: made by those who may, kept as they were, refused when they were changed."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import client_for, signed_in
from tests.api.node import Node

STORES = "both"
HOUR_S = 3600.0


@asynccontextmanager
async def seen_by(node: Node, accounts: Accounts, role: Role) -> AsyncIterator[httpx.AsyncClient]:
    who = await signed_in(accounts, role)
    async with client_for(node.app) as client:
        client.headers.update(who.bearer)
        yield client


@pytest.fixture
def running(node: Node) -> Node:
    """A node with an hour of flow and effluent, in the month in course."""
    for minute in range(60):
        at = minute * 60.0 - 2 * HOUR_S
        node.read(
            ("INF_FQ101", at, 1000.0 + minute * 14),
            ("EFF_FQ401", at, 500.0 + minute * 13.5),
            ("EFF_FIT401", at, 810.0),
            ("INF_FIT101", at, 840.0),
            ("PW_KWH_TOT", at, 10.0 + minute * 4),
        )
    return node


async def test_a_report_is_made_listed_and_given_out_as_it_was_made(
    running: Node, accounts: Accounts
) -> None:
    async with seen_by(running, accounts, Role.ENGINEER) as client:
        made = await client.post("/api/v1/reports", json={"month": "2026-11"})

        assert made.status_code == 201, made.text
        about = made.json()
        assert (about["month"], about["provisional"], about["by"]) == ("2026-11", True, "engineer")
        (listed,) = (await client.get("/api/v1/reports")).json()["items"]
        assert listed == about
        files = {file["name"]: file for file in about["files"]}
        for kind, name in (("pdf", "report.en.pdf"), ("xlsx", "report.en.xlsx"), ("json", "report.json")):
            got = await client.get(f"/api/v1/reports/{about['id']}/{kind}", params={"language": "en"})
            assert hashlib.sha256(got.content).hexdigest() == files[name]["sha256"]
        truth = (await client.get(f"/api/v1/reports/{about['id']}/json")).json()
        assert truth["key_figures"]["influent_m3"] == pytest.approx(59 * 14)
        assert truth["made"]["inputs_sha256"] == about["inputs_sha256"]
        assert [item["tag"] for item in truth["compliance"]["items"]][:2] == ["EFF_AIT_COD", "EFF_AIT_NH3"]
        assert truth["alarms"]["missing"]["zh"]
        assert truth["staff"]["crews"] == []


async def test_the_page_it_shows_may_do_nothing_but_be_read(running: Node, accounts: Accounts) -> None:
    async with seen_by(running, accounts, Role.MANAGER) as client:
        report = (await client.post("/api/v1/reports", json={"month": "2026-11"})).json()["id"]

        page = await client.get(f"/api/v1/reports/{report}/html", params={"language": "zh"})

    policies = page.headers.get_list("content-security-policy")
    assert len(policies) == 1
    assert "script" not in policies[0]
    assert "default-src 'none'; style-src 'sha256-" in policies[0]
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert "污水处理厂运行月报" in page.text


async def test_a_file_that_was_changed_since_is_refused(running: Node, accounts: Accounts) -> None:
    async with seen_by(running, accounts, Role.DEPARTMENT) as client:
        report = (await client.post("/api/v1/reports", json={"month": "2026-11"})).json()["id"]
        files = [
            await client.get(f"/api/v1/reports/{report}/{kind}", params={"download": "true"})
            for kind in ("json", "pdf")
        ]
        path = running.reports.path(report, "json", "zh")
        path.write_bytes(path.read_bytes().replace(b'"influent_m3":826', b'"influent_m3":926'))

        refused = await client.get(f"/api/v1/reports/{report}/json")

    saved = [file.headers["content-disposition"].rpartition(report)[2] for file in files]
    assert saved == [".json", ".zh.pdf"]
    assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")


async def test_a_month_that_has_not_begun_or_is_none_is_refused(node: Node, accounts: Accounts) -> None:
    async with seen_by(node, accounts, Role.ENGINEER) as client:
        ahead = await client.post("/api/v1/reports", json={"month": "2026-12"})
        wrong = await client.post("/api/v1/reports", json={"month": "2026-13"})
        none = await client.get("/api/v1/reports/2026-10-000000000000/pdf")
        astray = await client.get("/api/v1/reports/..%2F..%2Fnode/pdf")

    assert (ahead.status_code, ahead.json()["code"]) == (422, "month_ahead")
    assert wrong.status_code == 422
    assert (none.status_code, none.json()["code"]) == (404, "report_not_found")
    assert astray.status_code == 404


async def test_an_operator_reads_reports_and_makes_none(node: Node, accounts: Accounts) -> None:
    async with seen_by(node, accounts, Role.OPERATOR) as client:
        listed = await client.get("/api/v1/reports")
        refused = await client.post("/api/v1/reports", json={"month": "2026-11"})

    assert listed.json() == {"items": [], "next": None}
    assert refused.status_code == 403

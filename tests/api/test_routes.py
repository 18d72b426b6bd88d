"""Every route, every role: who may use it, what it says to others, and what its document says."""

from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts

from api.routes import GuardedRoute, stated
from operations.access import PERMISSIONS, Permission, Role
from operations.accounts import Accounts
from tests.api.conftest import SignedIn, client_for, signed_in
from tests.api.node import Node

# What each route is expected to ask for; a route that is missing here fails the test below.
EXPECTED: dict[tuple[str, str], Permission | None] = {
    ("GET", "/api/v1/points"): Permission.VIEW,
    ("GET", "/api/v1/points/{tag}"): Permission.VIEW,
    ("POST", "/api/v1/points/{tag}/test-read"): Permission.DIAGNOSE,
    ("GET", "/api/v1/figures"): Permission.VIEW,
    ("GET", "/api/v1/figures/changes"): Permission.VIEW,
    ("GET", "/api/v1/readings"): Permission.VIEW,
    ("GET", "/api/v1/readings/latest"): Permission.VIEW,
    ("GET", "/api/v1/entries"): Permission.VIEW,
    ("POST", "/api/v1/entries"): Permission.ENTER_READINGS,
    ("POST", "/api/v1/entries/corrections"): Permission.ENTER_READINGS,
    ("POST", "/api/v1/marks"): Permission.MARK_READINGS,
    ("POST", "/api/v1/marks/{mark_id}/withdraw"): Permission.MARK_READINGS,
    ("GET", "/api/v1/reports"): Permission.VIEW,
    ("POST", "/api/v1/reports"): Permission.MAKE_REPORT,
    ("GET", "/api/v1/reports/{report_id}/{kind}"): Permission.VIEW,
    ("GET", "/api/v1/compliance/days"): Permission.VIEW,
    ("GET", "/api/v1/compliance/days/{day}/{tag}"): Permission.VIEW,
    ("GET", "/api/v1/compliance/months"): Permission.VIEW,
    ("GET", "/api/v1/analysers/uptime"): Permission.VIEW,
    ("GET", "/api/v1/analysers/{tag}/hours"): Permission.VIEW,
    ("GET", "/api/v1/handovers"): Permission.VIEW,
    ("GET", "/api/v1/handovers/current"): Permission.VIEW,
    ("POST", "/api/v1/handovers"): Permission.WRITE_LOG,
    ("GET", "/api/v1/handovers/{handover_id}"): Permission.VIEW,
    ("POST", "/api/v1/handovers/{handover_id}/signatures"): Permission.WRITE_LOG,
    ("POST", "/api/v1/handovers/{handover_id}/addenda"): Permission.WRITE_LOG,
    ("GET", "/api/v1/logbook"): Permission.VIEW,
    ("POST", "/api/v1/logbook"): Permission.WRITE_LOG,
    ("GET", "/api/v1/logbook/{entry_id}"): Permission.VIEW,
    ("POST", "/api/v1/logbook/{entry_id}/amendments"): Permission.WRITE_LOG,
    ("POST", "/api/v1/logbook/{entry_id}/follow-ups"): Permission.WRITE_LOG,
    ("POST", "/api/v1/logbook/{entry_id}/photos"): Permission.WRITE_LOG,
    ("GET", "/api/v1/logbook/photos/{sha256}.jpg"): Permission.VIEW,
    ("GET", "/api/v1/stream"): Permission.VIEW,
    ("GET", "/api/v1/alarms"): Permission.VIEW,
    ("GET", "/api/v1/alarms/journal"): Permission.VIEW,
    ("POST", "/api/v1/alarms/{alarm_id}/acknowledge"): Permission.ACKNOWLEDGE,
    ("GET", "/api/v1/attendance/proposals"): Permission.SEE_ASSESSMENT,
    ("POST", "/api/v1/attendance/proposals/decisions"): Permission.CONFIRM_FINDING,
    ("GET", "/api/v1/findings"): Permission.VIEW,
    ("POST", "/api/v1/findings"): Permission.PROPOSE_FINDING,
    ("GET", "/api/v1/findings/candidates"): Permission.PROPOSE_FINDING,
    ("GET", "/api/v1/findings/{finding_id}"): Permission.VIEW,
    ("POST", "/api/v1/findings/{finding_id}/steps"): Permission.VIEW,
    ("POST", "/api/v1/wages"): Permission.CONFIRM_FINDING,
    ("GET", "/api/v1/assessment"): Permission.SEE_ASSESSMENT,
    ("GET", "/api/v1/assessment/own"): Permission.VIEW,
    ("GET", "/api/v1/assessment/people/{person}"): Permission.VIEW,
    ("GET", "/api/v1/assessment/crews/{crew}"): Permission.SEE_ASSESSMENT,
    ("GET", "/api/v1/rule-sets"): Permission.VIEW,
    ("GET", "/api/v1/pushes"): Permission.DIAGNOSE,
    ("POST", "/api/v1/pushes/test"): Permission.VIEW,
    ("GET", "/api/v1/pushes/test/{test_id}"): Permission.VIEW,
    ("GET", "/api/v1/connections"): Permission.DIAGNOSE,
    ("GET", "/api/v1/connections/{connection_id}"): Permission.DIAGNOSE,
    ("GET", "/api/v1/outages"): Permission.DIAGNOSE,
    ("GET", "/api/v1/targets"): Permission.DIAGNOSE,
    ("GET", "/api/v1/targets/{name}/dead-letters"): Permission.DIAGNOSE,
    ("GET", "/api/v1/staff"): Permission.VIEW,
    ("POST", "/api/v1/staff"): Permission.MANAGE_STAFF,
    ("GET", "/api/v1/staff/{person}/versions"): Permission.MANAGE_STAFF,
    ("POST", "/api/v1/staff/{person}/versions"): Permission.MANAGE_STAFF,
    ("POST", "/api/v1/staff/{person}/deactivate"): Permission.MANAGE_STAFF,
    ("POST", "/api/v1/staff/{person}/reactivate"): Permission.MANAGE_STAFF,
    ("GET", "/api/v1/crews"): Permission.VIEW,
    ("POST", "/api/v1/crews"): Permission.MANAGE_STAFF,
    ("POST", "/api/v1/crews/{crew}/versions"): Permission.MANAGE_STAFF,
    ("POST", "/api/v1/crews/members"): Permission.MANAGE_STAFF,
    ("POST", "/api/v1/crews/members/{membership}/end"): Permission.MANAGE_STAFF,
    ("GET", "/api/v1/posts"): Permission.VIEW,
    ("POST", "/api/v1/posts"): Permission.MANAGE_STAFF,
    ("POST", "/api/v1/posts/{post}/versions"): Permission.MANAGE_STAFF,
    ("GET", "/api/v1/patterns"): Permission.VIEW,
    ("POST", "/api/v1/patterns"): Permission.PUBLISH_ROSTER,
    ("POST", "/api/v1/roster/publications"): Permission.PUBLISH_ROSTER,
    ("POST", "/api/v1/roster/covers"): Permission.PUBLISH_ROSTER,
    ("GET", "/api/v1/roster"): Permission.VIEW,
    ("GET", "/api/v1/roster/on-shift"): Permission.VIEW,
    ("GET", "/api/v1/roster/gaps"): Permission.VIEW,
    ("GET", "/api/v1/shifts"): Permission.VIEW,
    ("GET", "/api/v1/leave-requests"): Permission.VIEW,
    ("POST", "/api/v1/leave-requests"): Permission.ATTEND,
    ("POST", "/api/v1/leave-requests/{request_id}/decisions"): Permission.VIEW,
    ("GET", "/api/v1/attendance"): Permission.VIEW,
    ("POST", "/api/v1/attendance/sign-in"): Permission.ATTEND,
    ("POST", "/api/v1/attendance/sign-out"): Permission.ATTEND,
    ("POST", "/api/v1/attendance/settlements"): Permission.PUBLISH_ROSTER,
    ("GET", "/api/v1/audit"): Permission.AUDIT,
    ("POST", "/api/v1/auth/token"): None,
    ("DELETE", "/api/v1/auth/token"): Permission.VIEW,
    ("GET", "/api/v1/me"): Permission.VIEW,
    ("GET", "/health/live"): None,
    ("GET", "/health/ready"): None,
    ("GET", "/metrics"): None,
    ("GET", "/openapi.json"): Permission.VIEW,
    ("GET", "/docs"): None,
    ("GET", "/docs/static/{name:path}"): None,
}
# Open to everybody by their route, and yet not: they look for themselves.
LOOK_FOR_THEMSELVES = {("GET", "/metrics"), ("GET", "/docs")}
FILLED = {
    "day": "2026-11-20",
    "tag": "EFF_AIT_COD",
    "alarm_id": "019a0000-0000-7000-8000-000000000000",
    "mark_id": "019a0000-0000-7000-8000-000000000001",
    "post": "019a0000-0000-7000-8000-000000000005",
    "membership": "019a0000-0000-7000-8000-000000000006",
    "request_id": "019a0000-0000-7000-8000-000000000007",
    "report_id": "2026-10-000000000000",
    "kind": "pdf",
    "handover_id": "019a0000-0000-7000-8000-000000000002",
    "name:path": "docs.js",
    "finding_id": "019a0000-0000-7000-8000-000000000002",
    "person": "019a0000-0000-7000-8000-000000000003",
    "crew": "019a0000-0000-7000-8000-000000000004",
    "entry_id": "019a0000-0000-7000-8000-000000000002",
    "sha256": "0" * 64,
}


def routes(node: Node) -> dict[tuple[str, str], GuardedRoute]:
    found: dict[tuple[str, str], GuardedRoute] = {}
    for context in iter_route_contexts(node.routes):
        route = context.original_route
        assert isinstance(route, GuardedRoute), route
        found |= {(method, route.path): route for method in route.methods or ()}
    return found


def filled(path: str) -> str:
    for name, value in FILLED.items():
        path = path.replace(f"{{{name}}}", value)
    return path


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_every_route_asks_for_what_is_expected_of_it(node: Node) -> None:
    assert {place: route.permission for place, route in routes(node).items()} == EXPECTED


def test_a_route_that_does_not_state_its_permission_cannot_be_made() -> None:
    router = APIRouter(route_class=GuardedRoute)

    with pytest.raises(TypeError, match="states who may use it"):
        router.get("/api/v1/new")(lambda: None)
    router.get("/api/v1/new", **stated(Permission.VIEW))(lambda: None)

    assert [type(route) for route in router.routes] == [GuardedRoute]


async def test_a_stranger_is_told_to_sign_in_whatever_he_sends(node: Node) -> None:
    client = client_for(node.app, address="192.0.2.1")
    asked = [place for place, permission in EXPECTED.items() if permission or place in LOOK_FOR_THEMSELVES]

    for method, path in asked:
        answer = await client.request(method, filled(path), content=b"{broken")

        assert code(answer) == (401, "not_signed_in"), (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_gets_what_it_may_and_nothing_else(node: Node, accounts: Accounts, role: Role) -> None:
    headers = (await signed_in(accounts, role)).bearer
    client = client_for(node.app, address="192.0.2.1")

    for (method, path), permission in EXPECTED.items():
        if (method, path) == ("DELETE", "/api/v1/auth/token"):
            continue
        method = "HEAD" if path == "/api/v1/stream" else method
        answer = await client.request(method, filled(path), headers=headers, json={})
        allowed = permission is None or permission in PERMISSIONS[role]

        assert (answer.status_code == 403) is not allowed, (role, method, path, answer.text)
        assert answer.status_code != 500


async def test_acknowledging_is_for_those_who_answer_for_the_plant(node: Node, accounts: Accounts) -> None:
    path = filled("/api/v1/alarms/{alarm_id}/acknowledge")
    answers = {}
    for role in Role:
        headers = (await signed_in(accounts, role)).bearer
        answers[role] = code(await client_for(node.app).post(path, headers=headers, json={"comment": "x"}))

    refused = {Role.LABORATORY, Role.CONTRACTOR, Role.DEPARTMENT, Role.ADMIN}
    assert answers == {
        role: (403, "not_permitted") if role in refused else (404, "alarm_not_found") for role in Role
    }


async def test_a_parameter_nobody_knows_is_named_with_the_one_that_was_meant(
    node: Node, accounts: Accounts
) -> None:
    bearers = {role: (await signed_in(accounts, role)).bearer for role in Role}
    engineer = bearers[Role.ENGINEER]
    able = {permission: bearers[role] for role in Role for permission in PERMISSIONS[role]}
    client = client_for(node.app, address="192.0.2.1")
    for (method, path), permission in EXPECTED.items():
        if permission is None or path == "/openapi.json":
            continue
        headers = able[permission]
        answer = await client.request(method, filled(path), params={"limt": "1"}, json={}, headers=headers)

        assert code(answer) == (422, "invalid_request"), (method, path)
        [error] = answer.json()["errors"]
        assert error["where"] == "query.limt"
        assert error["what"].startswith(("unknown; ", "this takes no parameters"))
    answer = await client.get("/api/v1/points", params={"limt": "1"}, headers=engineer)
    assert answer.json()["errors"] == [{"where": "query.limt", "what": "unknown; perhaps limit"}]


async def test_a_parameter_given_twice_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/points?limit=1&limit=2")

    assert answer.json()["errors"] == [{"where": "query.limit", "what": "given more than once"}]


async def test_the_document_describes_every_route_with_its_problems(
    node: Node, client: httpx.AsyncClient
) -> None:
    document = (await client.get("/openapi.json")).json()

    described = {
        (method.upper(), path): operation
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }
    assert set(described) == {place for place, route in routes(node).items() if route.include_in_schema}
    for place, operation in described.items():
        problems = {status for status in operation["responses"] if int(status) >= 400}
        needs = {"401", "403", "422", "500"} if EXPECTED[place] is not None else {"422", "500"}
        assert needs <= problems, place
        for status in problems:
            [(kind, content)] = operation["responses"][status]["content"].items()
            assert kind == "application/problem+json", place
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}, place
        assert (operation["security"] == []) is (EXPECTED[place] is None)
        assert operation["summary"]
        assert operation["description"]
    _all_references_lead_somewhere(document, document)
    assert document["components"]["securitySchemes"]["bearer"]["flows"]["password"]["tokenUrl"] == (
        "/api/v1/auth/token"
    )


def _all_references_lead_somewhere(document: dict[str, Any], part: Any) -> None:
    if isinstance(part, list):
        for item in part:
            _all_references_lead_somewhere(document, item)
    if not isinstance(part, dict):
        return
    if isinstance(reference := part.get("$ref"), str):
        found: Any = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    for item in part.values():
        _all_references_lead_somewhere(document, item)


async def test_the_docs_come_from_files_of_our_own_without_a_word_of_script(
    node: Node, operator: SignedIn
) -> None:
    browser = client_for(node.app, address="192.0.2.1")
    page = await browser.get("/docs", headers=operator.cookie | {"Accept": "text/html"})
    sent_away = await browser.get("/docs", headers={"Accept": "text/html"})

    assert page.status_code == 200
    assert "http" not in page.text
    assert "style=" not in page.text
    assert page.text.count("<script src=") == page.text.count("<script") == 2
    assert operator.csrf["X-CSRF-Token"] in page.text
    assert (sent_away.status_code, sent_away.headers["location"]) == (303, "/sign-in?next=/docs")
    for name in ("swagger-ui/swagger-ui-bundle.js", "swagger-ui/swagger-ui.css", "docs.js", "docs.css"):
        assert f"/docs/static/{name}" in page.text
        file = await browser.get(f"/docs/static/{name}")
        assert file.status_code == 200
        assert file.headers["cache-control"] == "public, max-age=3600"


@pytest.mark.parametrize(
    "name",
    ["../build.py", "%2e%2e/build.py", "swagger-ui/LICENSE", "swagger-ui/../../build.py", "x" * 300, ""],
)
async def test_no_other_file_is_served(node: Node, name: str) -> None:
    answer = await client_for(node.app).get(f"/docs/static/{name}")

    assert answer.status_code in (404, 422)


async def test_allow_names_every_method_of_a_path(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/auth/token")

    assert code(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "DELETE, POST"

"""What no store can be asked for is refused by every route: 422, never a fault or a store's error."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, get_args

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.fields import FieldInfo

from api import (
    alarms,
    attendance,
    audit,
    entries,
    figures,
    findings,
    handovers,
    leave,
    logbook,
    outages,
    pushes,
    readings,
    reports,
    targets,
)
from api.paging import cursor_to
from operations.access import Role
from operations.accounts import Accounts
from tests.api.conftest import client_for, signed_in
from tests.api.node import Node, influx

LISTS = {
    "/api/v1/alarms": alarms._ACTIVE,
    "/api/v1/alarms/journal": alarms._JOURNAL,
    "/api/v1/attendance": attendance._LIST,
    "/api/v1/attendance/proposals": findings._PROPOSALS,
    "/api/v1/audit": audit._LIST,
    "/api/v1/entries": entries._LIST,
    "/api/v1/figures/changes": figures._CHANGES,
    "/api/v1/findings": findings._LIST,
    "/api/v1/handovers": handovers._LIST,
    "/api/v1/leave-requests": leave._LIST,
    "/api/v1/logbook": logbook._LIST,
    "/api/v1/outages": outages._LIST,
    "/api/v1/points": "points",
    "/api/v1/pushes": pushes._LIST,
    "/api/v1/readings": readings._LIST,
    "/api/v1/reports": reports._LIST,
    "/api/v1/targets/{name}/dead-letters": targets._LETTERS,
}
"""The name of each list that goes on behind a cursor."""
POSITIONS: tuple[Any, ...] = (
    1 << 63,
    (1 << 64) - 1,
    -1,
    [1 << 63, 0],
    [1 << 63, "0" * 32],
    [0, 0, 1 << 63, ""],
)
DAYS = ("9999-12-31", "0001-01-01", "2200-01-01", "1970-01-01")
TIMES = ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00+08:00")
MONTHS = ("9999-12", "0001-01", "2026-13", "2026-00")
GIVEN = {"tag": "EFF_AIT_COD", "month": "2026-11", "kind": "json", "every": "1h", "width": "hour"}
NUL = "\x00"


def routes(node: Node) -> list[APIRoute]:
    found = (context.original_route for context in iter_route_contexts(node.routes))
    return [route for route in found if isinstance(route, APIRoute)]


def kind_of(info: FieldInfo) -> set[Any]:
    return {info.annotation, *get_args(info.annotation)}


def is_a(info: FieldInfo, kind: type) -> bool:
    return kind in kind_of(info) or any(kind in get_args(part) for part in kind_of(info))


def filled(route: APIRoute, **changed: str) -> str:
    path = route.path
    for field in route.dependant.path_params:
        value = "2026-11-20" if is_a(field.field_info, date) else "019a0000-0000-7000-8000-000000000000"
        value = GIVEN.get(field.alias, "influxdb" if field.alias == "name" else value)
        path = path.replace(f"{{{field.alias}}}", changed.get(field.alias, value))
    return path


def valid(route: APIRoute) -> dict[str, str]:
    found = {}
    for field in route.dependant.query_params:
        late = field.alias == "to"
        if is_a(field.field_info, date) and field.alias in ("from", "to"):
            found[field.alias] = "2026-11-21" if late else "2026-11-20"
        elif is_a(field.field_info, datetime) and field.alias in ("from", "to"):
            found[field.alias] = f"2026-11-21T0{7 if late else 6}:00:00+08:00"
        elif field.alias in GIVEN and field.field_info.is_required():
            found[field.alias] = GIVEN[field.alias]
    return found


def extremes(route: APIRoute) -> Iterator[tuple[str, dict[str, str], bool]]:
    """Yield (path, parameters, whether it must be refused) for each parameter and each wild value."""
    base = valid(route)
    for field in route.dependant.path_params:
        yield filled(route, **{field.alias: "a%00b"}), base, True
        if is_a(field.field_info, date):
            for day in DAYS:
                yield filled(route, **{field.alias: day}), base, True
    for field in route.dependant.query_params:
        yield filled(route), base | {field.alias: f"a{NUL}b"}, True
        wild: tuple[str, ...] = ()
        if field.alias == "cursor":
            wild = tuple(cursor_to(LISTS[route.path], position) for position in POSITIONS)
        elif field.alias == "month":
            wild = MONTHS
        elif is_a(field.field_info, datetime):
            wild = TIMES
        elif is_a(field.field_info, date):
            wild = DAYS
        elif is_a(field.field_info, int):
            wild = (str(1 << 63), str(-(1 << 63)))
        for value in wild:
            yield filled(route), base | {field.alias: value}, True
        for value in (*DAYS[:2], str(1 << 63)):
            yield filled(route), base | {field.alias: value}, False


@pytest.mark.timeout(120)
async def test_no_parameter_of_a_route_comes_to_a_store_that_cannot_take_it(
    node: Node, accounts: Accounts
) -> None:
    node.targets["influxdb"] = influx()
    wrong: list[str] = []
    asked = 0
    clients: list[httpx.AsyncClient] = []
    for role in (Role.DEPARTMENT, Role.ENGINEER):
        clients.append(client_for(node.app))
        clients[-1].headers.update((await signed_in(accounts, role)).bearer)
    for route in routes(node):
        if not route.path.startswith("/api/v1/"):
            continue
        for path, params, refused in extremes(route):
            if route.path == "/api/v1/stream" and not refused:
                continue
            for client in clients:
                method = min(route.methods or ("GET",))
                answer = await client.request(method, path, params=params, json={})
                asked += 1
                if answer.status_code != 403:
                    break
            well = answer.status_code in (403, 422) if refused else answer.status_code < 500
            if not well:
                wrong.append(f"{answer.status_code} {method} {path} {params}: {answer.text[:120]}")

    assert wrong == []
    assert asked > 300


def test_every_list_with_a_cursor_is_asked(node: Node) -> None:
    found = {
        route.path
        for route in routes(node)
        if any(field.alias == "cursor" for field in route.dependant.query_params)
    }
    assert found == set(LISTS)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
async def test_days_in_bodies_have_to_be_of_this_age(node: Node, accounts: Accounts, day: str) -> None:
    client = client_for(node.app)
    client.headers.update((await signed_in(accounts, Role.MANAGER)).bearer)
    some = "019a0000-0000-7000-8000-000000000000"
    new = {"number": "1", "name": "王磊", "category": "operator"}
    bodies: list[tuple[str, dict[str, Any], str]] = [
        ("staff", new | {"valid_from": day}, "valid_from"),
        (f"staff/{some}/versions", {"valid_from": day}, "valid_from"),
        (f"staff/{some}/deactivate", {"last_day": day}, "last_day"),
        (f"staff/{some}/reactivate", {"valid_from": day}, "valid_from"),
        ("crews/members", {"person": some, "crew": some, "post": some, "valid_from": day}, "valid_from"),
        (f"crews/members/{some}/end", {"valid_to": day}, "valid_to"),
        ("roster/publications", {"pattern": some, "from_day": day, "to_day": day}, "from_day"),
        (
            "patterns",
            {"code": "x", "name": {}, "shifts": [], "cycle": [], "crews": [], "anchor": day},
            "anchor",
        ),
    ]
    for path, body, field in bodies:
        answer = await client.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == 422, path
        assert f"body.{field}" in [error["where"] for error in answer.json()["errors"]], path


@pytest.mark.parametrize("wild", ["\\u0000", "\\u0007", "\\u001b[31m", "\\u007f", "\\ud800"])
async def test_control_characters_in_a_body_are_refused_by_the_name_of_their_field(
    node: Node, accounts: Accounts, wild: str
) -> None:
    client = client_for(node.app)
    client.headers.update((await signed_in(accounts, Role.MANAGER)).bearer)
    client.headers["Content-Type"] = "application/json"
    asked = [
        ("staff", f'{{"number": "1", "name": "王{wild}磊", "category": "operator"}}', "body.name"),
        ("logbook", f'{{"kind": "event", "text": "a{wild}", "tags": ["b"]}}', "body.text"),
        ("logbook", f'{{"kind": "event", "text": "a", "tags": ["b", "{wild}"]}}', "body.tags.1"),
        ("findings", f'{{"evidence": {{"photos": ["{wild}"]}}}}', "body.evidence.photos.0"),
        ("crews", f'{{"a{wild}": 1}}', "body"),
        ("auth/token", f'{{"name": "manager{wild}", "password": "demo"}}', "body.name"),
    ]

    for path, body, where in asked:
        answer = await client.post(f"/api/v1/{path}", content=body)

        assert answer.status_code == 422, path
        told = {"where": where, "what": "has control characters in it"}
        assert (answer.json()["code"], answer.json()["errors"]) == ("invalid_request", [told]), path


async def test_new_lines_and_tabs_are_no_control_characters_in_what_people_write(
    node: Node, accounts: Accounts
) -> None:
    client = client_for(node.app)
    client.headers.update((await signed_in(accounts, Role.OPERATOR)).bearer)

    answer = await client.post("/api/v1/logbook", json={"kind": "event", "text": "一\n二\t三\r\n四"})

    assert (answer.status_code, answer.json()["text"]) == (201, "一\n二\t三\n四")

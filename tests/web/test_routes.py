"""Every page of the console, every role, and nobody: what each is answered.

Who may see what is written here as the how-to on accounts and screens.md say it, not as permissions do.
"""

from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import quote
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.types import ASGIApp

from operations.access import Principal, Role
from operations.accounts import Accounts
from operations.handover.service import Begin
from operations.logbook.records import LogKind, NewEntry
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.web.console import browser, services_of, tripped
from tests.web.staffed import actor, person, rostered
from tests.web.test_strangers import routes_of
from web.build import web_router
from web.navigation import tabs_for

EVERYBODY: Final = frozenset(Role)
ANSWERING: Final = frozenset({Role.OPERATOR, Role.ENGINEER, Role.MAINTENANCE, Role.MANAGER})
"""Who answers for the plant at this moment, and acknowledges."""
DIAGNOSING: Final = EVERYBODY - {Role.LABORATORY, Role.CONTRACTOR}
"""Addresses and errors of the network are no business of those who only see its values."""
KEEPING: Final = frozenset({Role.MANAGER, Role.DEPARTMENT})
"""Who keeps the staff, and sees every assessment."""
FINDING: Final = KEEPING | {Role.ENGINEER}
"""Who enters findings."""
PUBLISHING: Final = frozenset({Role.MANAGER})

UNKNOWN: Final = "019a0000-0000-7000-8000-000000000000"
SPAN: Final = "p=EFF_AIT_COD&from=1795000000000&to=1795003600000"


@dataclass(frozen=True)
class Asked:
    """What is asked of a route, by whom with what answer; strangers are led to the sign-in."""

    path: str
    may: frozenset[Role] = EVERYBODY
    well: int = 200
    refused: int = 403
    stranger: int | None = None
    form: dict[str, str] = field(default_factory=dict)

    def answer_to(self, role: Role | None) -> int:
        """Return the status for a role, for a stranger as None."""
        if role is None:
            return 303 if self.stranger is None else self.stranger
        return self.well if role in self.may else self.refused


ROUTES: Final[dict[tuple[str, str], tuple[Asked, ...]]] = {
    ("GET", "/"): (Asked("/", well=303),),
    ("GET", "/sign-in"): (Asked("/sign-in", well=303, stranger=200),),
    ("POST", "/sign-in"): (
        Asked("/sign-in", frozenset(), stranger=403, form={"name": "nobody", "password": "wrong"}),
    ),
    ("POST", "/sign-out"): (Asked("/sign-out", well=303),),
    ("GET", "/wall"): (Asked("/wall"),),
    ("GET", "/wall/judged"): (Asked("/wall/judged"),),
    ("GET", "/wall/shift"): (Asked("/wall/shift"),),
    ("GET", "/wall/alarms"): (Asked("/wall/alarms"),),
    ("GET", "/my-shift"): (Asked("/my-shift"),),
    ("GET", "/trends"): (Asked("/trends"),),
    ("GET", "/trends/limits"): (Asked(f"/trends/limits?{SPAN}"),),
    ("GET", "/trends.csv"): (Asked(f"/trends.csv?{SPAN}"),),
    ("GET", "/alarms"): (Asked("/alarms"),),
    ("GET", "/alarms/list"): (Asked("/alarms/list"),),
    ("GET", "/alarms/first/detail"): (Asked("/alarms/first/detail"),),
    ("GET", "/alarms/journal"): (Asked("/alarms/journal"),),
    ("GET", "/alarms/{alarm_id}"): (
        Asked("/alarms/{alarm}"),
        Asked(f"/alarms/{UNKNOWN}", well=404),
    ),
    ("GET", "/alarms/{alarm_id}/detail"): (Asked("/alarms/{alarm}/detail"),),
    ("POST", "/alarms/{alarm_id}/acknowledge"): (
        Asked("/alarms/{alarm}/acknowledge", ANSWERING, well=303),
        Asked(f"/alarms/{UNKNOWN}/acknowledge", ANSWERING, well=303),
    ),
    ("GET", "/log"): (Asked("/log"), Asked("/log?part=list"), Asked("/log?part=rows")),
    ("GET", "/log/moment"): (Asked("/log/moment?place=unit:aerobic"),),
    ("GET", "/log/{entry_id}"): (Asked("/log/{entry}"), Asked(f"/log/{UNKNOWN}", well=404)),
    ("GET", "/handover"): (Asked("/handover"), Asked("/handover?now=true")),
    ("GET", "/handover/{handover_id}"): (
        Asked("/handover/{handover}"),
        Asked(f"/handover/{UNKNOWN}", well=404),
    ),
    ("GET", "/entries"): (Asked("/entries"), Asked("/entries?mark=EFF_AIT_COD")),
    ("GET", "/entries/list"): (Asked("/entries/list"),),
    ("GET", "/compliance"): (
        Asked("/compliance"),
        Asked("/compliance?day=2026-11-20&tag=EFF_AIT_COD"),
    ),
    ("GET", "/analysers"): (Asked("/analysers"),),
    ("GET", "/roster"): (Asked("/roster"), Asked("/roster?requests=true")),
    ("GET", "/roster/outlook"): (
        Asked(f"/roster/outlook?pattern={UNKNOWN}&from_day=2026-12-01&to_day=2026-12-31", PUBLISHING),
    ),
    ("GET", "/roster/rests"): (
        Asked(f"/roster/rests?entry={UNKNOWN}&in_return={UNKNOWN}&given=2026-11-25&taken=2026-11-26"),
    ),
    ("GET", "/staff"): (Asked("/staff", KEEPING), Asked("/staff?gone=true", KEEPING)),
    ("GET", "/reports"): (Asked("/reports"),),
    ("GET", "/reports/list"): (Asked("/reports/list"),),
    # Everybody's own is theirs; that somebody else has one is not even said.
    ("GET", "/assessment"): (
        Asked("/assessment"),
        Asked("/assessment?person={person}", KEEPING, refused=404),
        Asked("/assessment?crew={crew}", KEEPING, refused=404),
    ),
    ("GET", "/assessment/around"): (Asked("/assessment/around?at=2026-11-21T06:00", FINDING),),
    ("GET", "/connections"): (Asked("/connections", DIAGNOSING),),
    ("GET", "/connections/list"): (Asked("/connections/list", DIAGNOSING),),
    ("GET", "/connections/{name}"): (
        Asked("/connections/PLC1", DIAGNOSING),
        Asked("/connections/PLC9", DIAGNOSING, well=404),
    ),
    ("GET", "/connections/{name}/now"): (Asked("/connections/PLC1/now", DIAGNOSING),),
    ("GET", "/points"): (Asked("/points", DIAGNOSING), Asked("/points?quality=bad", DIAGNOSING)),
    ("GET", "/points/list"): (Asked("/points/list", DIAGNOSING),),
    ("GET", "/points/{tag}"): (Asked("/points/AE_DO1", DIAGNOSING),),
    ("GET", "/points/{tag}/now"): (Asked("/points/AE_DO1/now", DIAGNOSING),),
    ("POST", "/points/{tag}/test-read"): (Asked("/points/AE_DO1/test-read", DIAGNOSING),),
    # Who has a link is taken for its recipient; a word that leads nowhere says nothing to anybody.
    ("GET", "/a/{token}"): (Asked(f"/a/{'A' * 22}", well=404, stranger=404),),
    ("POST", "/a/{token}"): (Asked(f"/a/{'A' * 22}", well=404, stranger=404),),
}


@pytest.fixture
async def asked(node: Node) -> dict[tuple[str, str], tuple[Asked, ...]]:
    """The table, with an alarm, an entry, a handover, a person and a crew that there are."""
    await rostered(node)
    (crew, *_) = (await node.desk.staff.places()).crews
    own = actor(node, Role.OPERATOR)
    entry = await node.logbook.write(NewEntry(uuid4(), LogKind.OPERATION, "清理粗格栅"), own)
    begun = await node.handovers.start(Begin(), own, manages=False)
    known = {
        "alarm": await tripped(node),
        "entry": entry.id,
        "handover": begun.id,
        # Of no account, so nobody's own.
        "person": await person(node, "陈晨"),
        "crew": crew,
    }
    return {
        route: tuple(replace(one, path=one.path.format_map(known)) for one in every)
        for route, every in ROUTES.items()
    }


async def answers(
    client: httpx.AsyncClient, table: dict[tuple[str, str], tuple[Asked, ...]], role: Role | None
) -> list[tuple[str, str, int]]:
    """Ask for everything in the table; the sign-out at the end, since nobody is in after it."""
    found = []
    for (method, _), every in sorted(table.items(), key=lambda route: route[0][1] == "/sign-out"):
        for one in every:
            answer = await client.request(method, one.path, data=one.form or None)
            found.append((method, one.path, answer.status_code))
            if role is None and one.stranger is None and method == "GET" and one.path != "/":
                assert answer.headers["location"] == f"/sign-in?next={quote(one.path, safe='/')}"
    return found


def expected(
    table: dict[tuple[str, str], tuple[Asked, ...]], role: Role | None
) -> list[tuple[str, str, int]]:
    return [
        (method, one.path, one.answer_to(role))
        for (method, _), every in sorted(table.items(), key=lambda route: route[0][1] == "/sign-out")
        for one in every
    ]


async def test_every_route_of_the_console_stands_in_the_table(node: Node) -> None:
    routes = routes_of(node)

    assert {(method, route.path) for route in routes for method in route.methods or ()} == set(ROUTES)
    assert len(routes) == len(web_router(services_of(node)).routes)


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_is_answered_as_the_rights_say(
    console: ASGIApp,
    accounts: Accounts,
    asked: dict[tuple[str, str], tuple[Asked, ...]],
    role: Role,
) -> None:
    async with browser(console, await signed_in(accounts, role)) as client:
        found = await answers(client, asked, role)

    assert found == expected(asked, role)


@pytest.mark.parametrize("role", list(Role))
def test_no_tab_leads_where_its_role_may_not_go(role: Role) -> None:
    refused = {path for (_, path), every in ROUTES.items() if every[0].answer_to(role) == every[0].refused}

    tabs = {tab.path for tab in tabs_for(Principal(UUID(int=1), "somebody", role))}

    assert tabs & refused == set()
    assert tabs <= {path for _, path in ROUTES}


async def test_a_stranger_is_led_to_the_sign_in(
    stranger: httpx.AsyncClient, asked: dict[tuple[str, str], tuple[Asked, ...]]
) -> None:
    found = await answers(stranger, asked, None)

    assert found == expected(asked, None)


@pytest.mark.parametrize("role", list(Role))
async def test_nobody_does_anything_from_another_site_or_without_the_pages_word(
    console: ASGIApp,
    accounts: Accounts,
    asked: dict[tuple[str, str], tuple[Asked, ...]],
    role: Role,
) -> None:
    who = await signed_in(accounts, role)
    posts = [one for (method, _), every in asked.items() if method == "POST" for one in every]
    found = {}
    async with browser(console) as client:
        for one in posts:
            without = await client.post(one.path, headers=who.cookie, data=one.form or None)
            foreign = who.cookie | who.csrf | {"Origin": "https://elsewhere.example"}
            elsewhere = await client.post(one.path, headers=foreign, data=one.form or None)
            found[one.path] = (without.status_code, elsewhere.status_code)
        still_in = await client.get("/wall", headers=who.cookie)

    # A link in a push says itself who opens it: no session is looked at, so no word of one is missed.
    links = {one.path: (404, 403) for one in posts if one.path.startswith("/a/")}
    assert found == {one.path: (403, 403) for one in posts} | links
    assert still_in.status_code == 200

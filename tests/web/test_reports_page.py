"""The reports page: what was made, month by month, and the form for those who make reports."""

from dataclasses import replace

import httpx
import pytest
from starlette.types import ASGIApp

from operations.access import Role
from operations.accounts import Accounts
from reports.archive import About, FileOf, report_id
from tests.api.conftest import signed_in
from tests.api.node import Node
from tests.web.console import browser, text_of

FILES = {
    "report.json": FileOf("5f" * 32, 130_000),
    **{
        f"report.{language}.{kind}": FileOf("00" * 32, 54_000)
        for language in ("zh", "en")
        for kind in ("pdf", "xlsx", "html")
    },
}  # fmt: skip
OCTOBER = About(
    id=report_id("2026-10", "5f" * 32), plant="fangcheng1", month="2026-10", made_us=1_793_491_500_000_000,
    through_us=1_793_462_400_000_000, provisional=False, by="王磊", by_id=None, version="0.1.0",
    inputs_sha256="ab" * 32, ledger_head=None, journal_head=None, lacking="", files=FILES,
)  # fmt: skip


def keep(node: Node, *abouts: About) -> None:
    archive = node.reports._archive
    for about in abouts:
        with archive.partial() as folder:
            archive.keep(folder, about)


async def page_of(console: ASGIApp, accounts: Accounts, role: Role, language: str = "en") -> str:
    async with browser(console, await signed_in(accounts, role), language) as client:
        answer = await client.get("/reports")
    assert answer.status_code == 200
    return answer.text


async def test_nothing_made_yet_says_so_and_what_to_do(console: ASGIApp, accounts: Accounts) -> None:
    page = await page_of(console, accounts, Role.ENGINEER)

    assert "No report was made yet." in text_of(page)
    assert "data-make" in page
    assert page.index('value="2026-10"') < page.index('value="2026-11"') < page.index('value="2026-09"')


async def test_a_month_shows_its_newest_report_and_those_before_it(
    node: Node, console: ASGIApp, accounts: Accounts
) -> None:
    earlier = replace(OCTOBER, id=report_id("2026-10", "11" * 32), made_us=OCTOBER.made_us - 10**9)
    course = replace(
        OCTOBER, id=report_id("2026-11", "22" * 32), month="2026-11", provisional=True, lacking="𠮷"
    )
    keep(node, OCTOBER, earlier, course)

    page = await page_of(console, accounts, Role.OPERATOR)

    said = text_of(page)
    assert said.index("Nov 2026") < said.index("Oct 2026") < said.index("1 earlier report")
    assert "provisional, up to" in said
    assert "The font lacks: 𠮷" in said
    assert f'href="/api/v1/reports/{OCTOBER.id}/pdf?language=en" target="_blank"' in page
    assert f'href="/api/v1/reports/{OCTOBER.id}/xlsx?language=en&amp;download=true" download' in page
    assert "data-make" not in page


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.MANAGER, Role.DEPARTMENT])
async def test_those_who_make_reports_have_the_form(console: ASGIApp, accounts: Accounts, role: Role) -> None:
    assert "data-make" in await page_of(console, accounts, role)


async def test_the_list_alone_comes_anew(
    node: Node, console: ASGIApp, accounts: Accounts, operator: httpx.AsyncClient
) -> None:
    keep(node, OCTOBER)

    answer = await operator.get("/reports/list")

    assert answer.text.lstrip().startswith("<section")
    assert OCTOBER.id in answer.text


async def test_the_page_says_why_a_report_was_not_made(console: ASGIApp, accounts: Accounts) -> None:
    page = await page_of(console, accounts, Role.ENGINEER)

    for said in (
        "Free space on it",
        "could not be put together in time",
        "other reports",
        "one of them will do",
    ):
        assert said.lower() in page.lower()

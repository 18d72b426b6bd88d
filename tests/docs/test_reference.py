import re
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from alarms.settings import RuleKind
from alarms.states import AlarmEvent, AlarmState
from tests.docs import alarm_tables, command_tables, settings_tables
from tests.docs.generate import REFERENCE, blocks, generated, names_in
from tests.docs.pages import ROOT

PAGES = sorted(REFERENCE.glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_reference_page_says_what_the_code_says(page: Path) -> None:
    written = page.read_text("utf-8")

    assert written == generated(written), "the code has changed: run `make docs`"


def test_everything_the_code_can_tell_stands_on_a_page() -> None:
    written = {name for page in PAGES for name in names_in(page.read_text("utf-8"))}

    assert written == set(blocks())


def test_every_argument_of_every_command_is_explained() -> None:
    unexplained = [
        f"{name} {shown}"
        for name, _, parser in command_tables.commands()
        for shown, meaning in command_tables.arguments(parser)
        if not meaning
    ]

    assert unexplained == []


def test_every_environment_variable_of_the_product_is_documented() -> None:
    page = (REFERENCE / "command-line.md").read_text("utf-8")
    packages = ("app", "api", "web", "config", "operations", "reports", "storage", "telemetry")
    sources = [file.read_text("utf-8") for name in packages for file in ROOT.joinpath(name).rglob("*.py")]
    named = {word for text in sources for word in _variables(text)}

    assert named
    assert [name for name in sorted(named) if f"`{name}`" not in page] == []


def test_every_route_of_the_api_is_named() -> None:
    page = (REFERENCE / "api.md").read_text("utf-8")
    sources = [file.read_text("utf-8") for file in ROOT.joinpath("api").glob("*.py")]
    routes = {
        f"{method.upper()} {re.sub(r'{[a-z0-9_]+}', '{id}', path)}"
        for text in sources
        for method, path in re.findall(r'@router\.(get|post|delete|put|patch)\(\s*"(/[^"]+)"', text)
    }

    assert len(routes) >= 12
    assert [route for route in sorted(routes) if f"`{route}`" not in page and "/static/" not in route] == []


def test_every_state_and_event_of_an_alarm_is_explained() -> None:
    assert set(alarm_tables.STATES) == set(AlarmState)
    assert set(alarm_tables.EVENTS) == set(AlarmEvent)


def test_every_kind_of_alarm_is_on_the_page() -> None:
    page = (REFERENCE / "alarms.md").read_text("utf-8")
    named = {kind: f".{kind}`" in page or f"| {kind} |" in page for kind in RuleKind}

    assert [kind for kind, found in named.items() if not found] == []


def test_a_key_nobody_described_is_refused() -> None:
    class Silent(BaseModel):
        speaks: int = Field(description="it does")
        silent: int

    with pytest.raises(ValueError, match=r"Silent\.silent has no description"):
        settings_tables.settings_table(Silent)


def _variables(source: str) -> set[str]:
    return set(re.findall(r"""environ(?:\.get\(|\[)["']([A-Z_]+)["']""", source))

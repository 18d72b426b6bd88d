"""What the pages tell people to type."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import _parser
from tests.docs.pages import ROOT, fences, pages

OPTIONAL = re.compile(r"…|[A-Z]{3,}|\[")


def shell_lines(page: Path) -> Iterator[str]:
    """Yield the command lines of a page's blocks without a language, comments removed."""
    for fence in fences(page):
        if fence.language in {"", "sh", "bash"}:
            yield from (line.partition("  #")[0].strip() for line in fence.text.splitlines() if line.strip())


def lines_beginning(word: str) -> list[tuple[str, str]]:
    return [
        (str(page.relative_to(ROOT)), line)
        for page in pages()
        for line in shell_lines(page)
        if re.match(rf"(\.venv/bin/)?{word}\b", line) and not OPTIONAL.search(line)
    ]


@pytest.mark.parametrize(("page", "line"), lines_beginning("outfall"))
def test_a_command_line_of_a_page_is_one_that_outfall_takes(page: str, line: str) -> None:
    words = shlex.split(line)[1:]

    options = _parser().parse_args(words)

    assert callable(options.run)


@pytest.mark.parametrize(("page", "line"), lines_beginning("make"))
def test_a_make_line_of_a_page_names_a_target_and_its_variables(page: str, line: str) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    words = line.split("  ")[0].split()[1:]

    for word in words:
        name, _, value = word.partition("=")
        kept = rf"^{name} \?= " if value else rf"^{name}:.*## "
        assert re.search(kept, makefile, re.MULTILINE), f"{page}: {word}"


def test_every_target_that_the_makefile_explains_is_declared_phony() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    targets = re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE)

    assert set(targets) - set(" ".join(phony).split()) == set()

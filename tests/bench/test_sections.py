import math

import pytest

from bench.__main__ import SECTIONS, measure

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


@pytest.mark.parametrize("name", SECTIONS)
def test_a_section_measures_what_it_says(name: str) -> None:
    section = measure(name, tiny=True)

    assert section.name == name
    assert section.figures
    assert [figure.what for figure in section.figures if not math.isfinite(figure.ours)] == []
    assert all(figure.beside is None or figure.instead for figure in section.figures)
    assert section.text().count("\n| ") == len(section.figures) + 2

import re

from hypothesis import given
from hypothesis import strategies as st

from dashboards.names import shown, uid

VARIABLE = re.compile(r"\$(\w+)|\[\[([\s\S]+?)\]\]|\$\{(\w+)")


@given(st.text(max_size=80))
def test_a_shown_name_is_one_line_without_variables(name: str) -> None:
    said = shown(name)

    assert VARIABLE.search(said) is None
    assert "\n" not in said


def test_an_ordinary_name_is_shown_as_it_is() -> None:
    assert shown("方诚一厂 · 1#泵 (50 %) $ 5") == "方诚一厂 · 1#泵 (50 %) $ 5"


@given(st.text(max_size=80), st.text(max_size=80))
def test_two_plants_never_share_a_uid(one: str, two: str) -> None:
    made = uid(one, "wall")

    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", made)
    assert (made == uid(two, "wall")) == (one == two)


def test_a_plants_uid_is_readable() -> None:
    assert uid("fangcheng1", "aeration") == "outfall-fangcheng1-aeration"

import pytest

from web.guard import local_path


@pytest.mark.parametrize("target", ["/trends?p=AE_DO1&range=8h", "/alarms/0193", "/wall"])
def test_after_signing_in_people_come_where_they_wanted_to(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target",
    [
        None,
        "",
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "/\t/elsewhere.example",
        "/wall\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "wall",
        "/sign-in?next=/wall",
    ],
)
def test_nobody_is_led_to_another_site(target: str | None) -> None:
    assert local_path(target) == "/wall"

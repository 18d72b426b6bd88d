import re

import httpx
import pytest

PAGES = ["/", "/wall", "/trends?p=AE_DO1", "/alarms", "/alarms/journal"]


@pytest.mark.parametrize("page", PAGES[1:])
async def test_a_stranger_is_led_to_the_sign_in_page_and_back(stranger: httpx.AsyncClient, page: str) -> None:
    answer = await stranger.get(page)

    assert answer.status_code == 303
    assert httpx.URL(answer.headers["location"]).path == "/sign-in"
    assert httpx.URL(answer.headers["location"]).params["next"] == page


async def test_a_script_of_a_stranger_is_told_so_by_the_status_alone(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/wall/alarms", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.content) == (401, b"")


async def test_the_root_leads_to_the_wall(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/")

    assert (answer.status_code, answer.headers["location"]) == (303, "/wall")


@pytest.mark.parametrize(
    ("name", "agent", "first"),
    [
        ("operator", "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "/my-shift"),
        ("operator", "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36", "/wall"),
        ("manager", "Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "/wall"),
    ],
)
async def test_an_operator_begins_with_the_turn_in_hand_on_the_phone(
    stranger: httpx.AsyncClient, name: str, agent: str, first: str
) -> None:
    form, phone = {"name": name, "password": "demo"}, {"user-agent": agent}

    signed_in = await stranger.post("/sign-in", data=form, headers=phone)
    root = await stranger.get("/", headers=phone)
    asked = await stranger.post("/sign-in", data={**form, "next": "/alarms"}, headers=phone)

    assert [one.headers["location"] for one in (signed_in, root, asked)] == [first, first, "/alarms"]


async def test_signing_in_opens_a_session_and_goes_on(stranger: httpx.AsyncClient) -> None:
    form = {"name": "operator", "password": "demo", "next": "/trends?p=AE_DO1"}

    answer = await stranger.post("/sign-in", data=form)

    assert (answer.status_code, answer.headers["location"]) == (303, "/trends?p=AE_DO1")
    cookie = answer.headers["set-cookie"]
    assert re.match(r"outfall_session=\S{30,}; expires=.+; HttpOnly; Path=/; SameSite=lax$", cookie)
    assert (await stranger.get("/wall")).status_code == 200


@pytest.mark.parametrize(("name", "password"), [("operator", "wrong"), ("nobody", "demo"), ("", "")])
async def test_what_was_wrong_is_said_kindly_and_without_telling_which(
    stranger: httpx.AsyncClient, name: str, password: str
) -> None:
    answer = await stranger.post("/sign-in", data={"name": name, "password": password, "next": "/alarms"})

    assert answer.status_code == 403
    assert "The name or the password is not right." in answer.text
    assert f'name="name" value="{name}"' in answer.text
    assert 'name="next" value="/alarms"' in answer.text
    assert "set-cookie" not in answer.headers


async def test_who_fails_too_often_is_told_how_long_to_wait(stranger: httpx.AsyncClient) -> None:
    form = {"name": "operator", "password": "wrong"}
    answers = [await stranger.post("/sign-in", data=form) for _ in range(20)]

    refused = next(answer for answer in answers if answer.status_code == 429)

    assert int(refused.headers["retry-after"]) >= 1
    assert "Too many failed attempts" in refused.text
    assert f'data-wait="{refused.headers["retry-after"]}"' in refused.text


async def test_nobody_is_led_elsewhere_after_signing_in(stranger: httpx.AsyncClient) -> None:
    form = {"name": "operator", "password": "demo", "next": "//elsewhere.example/"}

    answer = await stranger.post("/sign-in", data=form)

    assert answer.headers["location"] == "/wall"


async def test_who_is_signed_in_needs_no_form(operator: httpx.AsyncClient) -> None:
    answer = await operator.get("/sign-in", params={"next": "/alarms"})

    assert (answer.status_code, answer.headers["location"]) == (303, "/alarms")


async def test_signing_out_ends_the_session(operator: httpx.AsyncClient) -> None:
    answer = await operator.post("/sign-out")

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert (await operator.get("/wall")).status_code == 303


async def test_a_page_of_another_site_signs_nobody_out(operator: httpx.AsyncClient) -> None:
    del operator.headers["X-CSRF-Token"]

    refused = await operator.post("/sign-out", headers={"Origin": "https://elsewhere.example"})

    assert refused.status_code == 403
    assert "The page is out of date" in refused.text
    assert "Ask the plant manager" not in refused.text
    assert (await operator.get("/wall")).status_code == 200


async def test_the_choice_of_language_and_theme_is_kept(stranger: httpx.AsyncClient) -> None:
    chosen = await stranger.get("/sign-in", params={"lang": "zh_CN", "theme": "dark"})
    kept = await stranger.get("/sign-in")

    for answer in (chosen, kept):
        assert '<html lang="zh-CN" data-theme="dark"' in answer.text
        assert "密码" in answer.text


async def test_a_theme_nobody_knows_is_none(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/sign-in", params={"theme": '"><script>'})

    assert 'data-theme="auto"' in answer.text

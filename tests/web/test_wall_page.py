import re

import httpx

from telemetry.quality import Quality
from tests.api.node import Node
from tests.web.console import text_of, tripped


def shown(html: str, tag: str) -> list[tuple[str, str]]:
    """Return (condition, text) of everywhere a point's value is shown."""
    found = re.findall(rf'data-point="{tag}"[^>]*data-condition="(\w+)"[^>]*>([^<]*)<', html)
    return [(condition, text) for condition, text in found]


async def test_the_wall_is_right_before_any_script_ran(node: Node, operator: httpx.AsyncClient) -> None:
    node.read(("EFF_AIT_COD", 0, 18.44), ("EFF_AIT_NH3", 0, 4.9), ("AE_DO1", 0, 2.13), ("PS_LIT101", 0, 4.0))

    html = (await operator.get("/wall")).text

    assert shown(html, "EFF_AIT_COD") == [("good", "18.4")]
    assert shown(html, "AE_DO1") == [("good", "2.1")]
    assert re.search(r'data-tile="EFF_AIT_NH3" data-verdict="internal"', html)
    assert re.search(r'data-worst="internal">\s*above internal control value', html)
    assert re.search(r'data-level="PS_LIT101"[^>]*height="49.0"', html)


async def test_machines_stand_as_their_status_words_say(node: Node, operator: httpx.AsyncClient) -> None:
    node.read(("BL_B201A_ST", 0, 0b1101), ("BL_B201B_ST", 0, 0b1100), ("BL_B201C_ST", 0, 0b1110))

    html = (await operator.get("/wall")).text

    states = re.findall(r'class="machine is-(\w+)" data-machine="(BL_B201.)"', html)
    assert states == [("on", "BL_B201A"), ("off", "BL_B201B"), ("fault", "BL_B201C")]
    assert 'aria-label="blower 1 running"' in html


async def test_a_value_that_does_not_hold_says_why(node: Node, operator: httpx.AsyncClient) -> None:
    node.read(("EFF_AIT_TP", 0, float("nan")), quality=Quality.COMM_FAILURE)
    node.clock.move(190)

    html = (await operator.get("/wall")).text

    assert shown(html, "EFF_AIT_TP") == [("bad", "––")]
    assert re.search(r'data-reason="EFF_AIT_TP">communication lost 3 min<', html)


async def test_before_the_first_reading_the_wall_claims_nothing(
    operator: httpx.AsyncClient,
) -> None:
    html = (await operator.get("/wall")).text

    assert {condition for condition, _ in shown(html, r"\w+")} == {"waiting"}
    assert 'data-worst="unknown"' in html
    assert "waiting for data" in text_of(html)
    assert "Nobody on the roster now" in text_of(html)


async def test_a_limit_not_entered_says_so_and_not_that_it_is_kept(operator: httpx.AsyncClient) -> None:
    solids = re.search(r'data-tile="EFF_AIT_SS".*?</li>', (await operator.get("/wall")).text, re.DOTALL)

    assert solids is not None
    assert "single sample not entered" in text_of(solids[0])


async def test_an_unanswered_high_alarm_takes_the_top(node: Node, operator: httpx.AsyncClient) -> None:
    alarm_id = await tripped(node)

    html = (await operator.get("/wall")).text

    band = re.search(r'<div id="alarm-band" class="alarm-band">(.*?)</div>', html, re.DOTALL)
    assert band is not None
    assert f'href="/alarms/{alarm_id}"' in band[1]
    assert "Blower 2 fault" in text_of(band[1])
    assert 'data-machine="BL_B201B"' in html
    assert re.search(r'data-machine="BL_B201B"[^>]*data-alarm="high"', html)


async def test_the_alarm_panel_comes_anew_with_its_band(node: Node, operator: httpx.AsyncClient) -> None:
    quiet = (await operator.get("/wall/alarms", headers={"HX-Request": "true"})).text
    await tripped(node)
    loud = (await operator.get("/wall/alarms", headers={"HX-Request": "true"})).text

    assert 'hx-swap-oob="true" hidden>' in quiet
    assert 'hx-swap-oob="true">' in loud
    assert "1 alarm, 1 unacknowledged" in text_of(loud)


async def test_times_and_numbers_of_a_page_are_those_of_the_plant(
    node: Node, operator: httpx.AsyncClient
) -> None:
    html = (await operator.get("/wall")).text

    assert '<time class="clock" data-clock datetime="2026-11-21T08:00:00+08:00">08:00:00</time>' in html
    assert '"timezone":"Asia/Shanghai"' in html


async def test_an_address_cannot_bring_a_script_into_a_page(operator: httpx.AsyncClient) -> None:
    html = (await operator.get("/wall", params={"x": '"><script>alert(1)</script>'})).text

    assert "<script>alert" not in html


async def test_both_languages_say_the_same_things(operator: httpx.AsyncClient) -> None:
    english = (await operator.get("/wall")).text
    chinese = (await operator.get("/wall", headers={"Accept-Language": "zh-CN"})).text

    assert text_of(chinese).startswith("总览 · 方诚一厂")
    assert text_of(english).startswith("Wall · Fangcheng Plant 1")
    tags = [re.findall(r'data-tile="(\w+)"', html) for html in (chinese, english)]
    assert tags[0] == tags[1]

"""The connections page: what it says of devices, brokers and targets, and to whom."""

import re
from dataclasses import replace

import httpx
import pytest
from starlette.types import ASGIApp

from collectors.figures import ChannelFigures, Quarantined
from collectors.outages import Outage
from history.influx.answers import TargetAway, TargetMisconfigured, judged
from history.influx.delivery import NO_POINT
from history.targets import DeadLetter, TargetState, Trouble
from operations.access import Role
from operations.accounts import Accounts
from telemetry.clock import US_PER_S
from telemetry.errors import StoreError
from telemetry.protocols import LinkState
from tests.api.conftest import signed_in
from tests.api.node import Node, connection, influx
from tests.api.test_connections import keep
from tests.web.console import browser, text_of


def letter(id_: int, at_us: int) -> DeadLetter:
    line = "aerobic,plant=fangcheng1,point=AE_DO1,unit=mg/L value=2.1,quality=192i 1"
    return DeadLetter(id_, "AE_DO1", at_us, line, "field type conflict", at_us)


async def test_a_device_that_answers_is_shown_with_its_figures(operator: httpx.AsyncClient) -> None:
    said = text_of((await operator.get("/connections")).text)

    assert "Devices and brokers all connected" in said
    assert "PLC1 Modbus 192.168.10.11:502/1 connected since 08:00" in said
    assert (
        "Schedule kept 99.2 % Answer time 12 ms Requests 40 Failures 2 Readings 900 Not read in time 7"
        in said
    )
    assert "Readings stay in this node" in said


async def test_what_does_not_answer_comes_first_with_the_reason(
    node: Node, operator: httpx.AsyncClient
) -> None:
    error = "no connection to 192.168.10.12: timed out after 3 s"
    lost = replace(
        connection(node.clock.now_us() - 3600 * US_PER_S), name="PLC2", state=LinkState.DOWN, last_error=error
    )
    node.connections.append(lost)

    said = text_of((await operator.get("/connections/list")).text)

    assert "1 of 2 not connected" in said
    assert said.index("PLC2") < said.index("PLC1")
    assert "lost since 07:00 · 1 h 00 min" in said
    assert "why no connection to 192.168.10.12: timed out after 3 s Check power, cable and network" in said


async def test_a_connection_that_answers_and_is_not_well_says_why_and_comes_before_the_others(
    node: Node, operator: httpx.AsyncClient
) -> None:
    now_us = node.clock.now_us()
    refused = [Quarantined(f"AE_DO{n}", "illegal data address", now_us, now_us) for n in range(1, 5)]
    sick = replace(connection(now_us), name="PLC2", quarantined=tuple(refused))
    silent = ChannelFigures("MQTT.LS2", LinkState.DOWN, now_us, "the broker is lost")
    broker = replace(
        connection(now_us), name="MQTT", kind="mqtt", channels=(silent,), silent_topics=1, schedule_kept=None
    )
    node.connections += [sick, broker]

    said = text_of((await operator.get("/connections/list")).text)

    assert "refused by the device: AE_DO1, AE_DO2, AE_DO3 · 1 point more" in said
    assert "Silent topics 1" in said
    assert "lost: MQTT.LS2" in said
    assert said.index("PLC2 ") < said.index("MQTT ") < said.index("PLC1 ")


async def test_one_connection_names_what_it_refuses_its_parts_and_its_outages(
    node: Node, operator: httpx.AsyncClient
) -> None:
    now_us = node.clock.now_us()
    refused = Quarantined("AE_DO1", "illegal data address", now_us - 60 * US_PER_S, now_us + 90 * US_PER_S)
    station = ChannelFigures("PLC1.A", LinkState.DOWN, now_us - 60 * US_PER_S, "no answer within 1 s")
    node.connections[:] = [
        replace(
            connection(now_us), quarantined=(refused,), channels=(station,), attributes={"serial": "A1-2207"}
        )
    ]
    keep(node, "PLC1", 7200, 90, 252)
    keep(node, "PLC1", 6 * 86_400, 3600)
    keep(node, "PLC1.A", 60, None)

    page = (await operator.get("/connections/PLC1")).text

    said = text_of(page)
    address = re.escape("AE_DO1 · FC03")
    assert re.search(rf"{address} \d+ F32 ABCD illegal data address The device has no such register", said)
    assert "since 07:59 next try 08:01:30" in said
    assert "PLC1.A lost since 07:59 no answer within 1 s" in said
    assert "serial A1-2207" in said
    assert "24 h 2 outages, 2 min 30 s in all 7 d 3 outages, 1 h 02 min in all" in said
    assert "07:59:00 1 min 00 s so far PLC1.A no answer within 3 s" in said
    assert "06:00:00 1 min 30 s PLC1 no answer within 3 s 252" in said
    assert "11-15 08:00:00 1 h 00 min PLC1 no answer within 3 s not known" in said
    assert page.count('class="outage"') == 5


async def test_outages_that_cannot_be_read_leave_the_rest_of_a_connection(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> list[Outage]:
        raise StoreError("node.sqlite: not read")

    monkeypatch.setattr(node.outages, "page", fails)

    answer = await operator.get("/connections/PLC1/now")

    assert answer.status_code == 200
    assert "connected" in answer.text
    assert "Outages could not be read" in answer.text


async def test_a_connection_that_is_not_there_is_said_to_be_so(operator: httpx.AsyncClient) -> None:
    assert (await operator.get("/connections/PLC9")).status_code == 404


async def test_what_lines_say_is_said_in_chinese_with_what_to_do(
    node: Node, operator: httpx.AsyncClient
) -> None:
    now_us = node.clock.now_us()
    error = "no connection to 192.168.10.12:502 within 3 s"
    node.connections[:] = [replace(connection(now_us), state=LinkState.DOWN, last_error=error)]

    said = text_of((await operator.get("/connections/list", params={"lang": "zh_CN"})).text)

    assert "3 s 内连接不上 192.168.10.12:502 先查设备电源、网线和网络" in said


async def test_a_target_that_is_away_says_how_far_behind_it_is_and_what_it_refused(
    node: Node, operator: httpx.AsyncClient
) -> None:
    node.targets["influxdb"] = influx(
        state=TargetState.DOWN, lag_s=754.0, queued_rows=90480, lost_rows=12, last_error="HTTP 503: busy"
    )
    node.targets["influxdb"].letters = [letter(id_, node.clock.now_us()) for id_ in range(1, 13)]

    page = (await operator.get("/connections")).text

    said = text_of(page)
    assert "InfluxDB lost since 08:00" in said
    assert "Behind by 12 min 34 s Still to be sent 90,480 Sent 1,200 Refused 12" in said
    assert "why HTTP 503: busy" in said
    assert "Refused, the newest 12 in all" in said
    assert page.count("<code>") == 5
    assert "field type conflict" in said


async def test_what_two_targets_refused_is_in_order_of_time_with_the_name_of_each(
    node: Node, operator: httpx.AsyncClient
) -> None:
    now_us = node.clock.now_us()
    node.targets["influxdb"] = influx(lost_rows=2)
    node.targets["influxdb-figures"] = influx(name="influxdb-figures", lost_rows=2)
    node.targets["influxdb"].letters = [
        replace(letter(1, now_us - 40 * US_PER_S), tag="FIRST"),
        replace(letter(2, now_us - 20 * US_PER_S), tag="THIRD"),
    ]
    node.targets["influxdb-figures"].letters = [
        replace(letter(1, now_us - 30 * US_PER_S), tag="SECOND"),
        replace(letter(2, now_us - 10 * US_PER_S), tag="FOURTH"),
    ]

    said = text_of((await operator.get("/connections")).text)

    places = [said.index(tag) for tag in ("FOURTH", "THIRD", "SECOND", "FIRST")]
    assert places == sorted(places)
    assert "InfluxDB figures FOURTH" in said
    assert "InfluxDB THIRD" in said


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TargetAway(Trouble("no_answer", "Connection refused")), "无应答：Connection refused"),
        (
            TargetMisconfigured(Trouble("certificate", "self-signed certificate")),
            "证书不受信任：请在 ca 中填写签发机构的证书文件（self-signed certificate）",
        ),
        (
            judged(403, "nothing for you", None),
            "用 outfall influx setup 重新生成（HTTP 403，nothing for you）",
        ),
        (judged(418, "a teapot", None), "HTTP 418: a teapot"),
    ],
)
async def test_what_we_say_of_a_target_is_said_in_chinese_and_what_it_says_as_it_says_it(
    node: Node, operator: httpx.AsyncClient, error: TargetAway | TargetMisconfigured, said: str
) -> None:
    node.targets["influxdb"] = influx(
        state=TargetState.DOWN, last_error=str(error), trouble=error.trouble, lost_rows=1
    )
    node.targets["influxdb"].letters = [replace(letter(1, node.clock.now_us()), tag="", reason=NO_POINT)]

    page = text_of((await operator.get("/connections", params={"lang": "zh_CN"})).text)

    assert said in page
    assert "该点位已不在厂站目录中" in page
    assert NO_POINT not in page


async def test_refused_readings_that_cannot_be_read_leave_the_rest(
    node: Node, operator: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> list[DeadLetter]:
        raise StoreError("node.sqlite: not read")

    node.targets["influxdb"] = influx(lost_rows=1)
    monkeypatch.setattr(node.targets["influxdb"], "dead_letters", fails)

    answer = await operator.get("/connections")

    assert answer.status_code == 200
    assert "What was refused could not be read" in answer.text
    assert "InfluxDB" in text_of(answer.text)


async def test_those_who_only_see_values_do_not_see_connections(
    console: ASGIApp, accounts: Accounts, laboratory: httpx.AsyncClient
) -> None:
    async with browser(console, await signed_in(accounts, Role.CONTRACTOR)) as contractor:
        answers = [
            await client.get(path)
            for client in (laboratory, contractor)
            for path in ("/connections", "/connections/PLC1")
        ]
        walls = [await client.get("/wall") for client in (laboratory, contractor)]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert all('href="/connections"' not in wall.text for wall in walls)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (TargetState.UP, "InfluxDB normal"),
        (TargetState.BEHIND, "InfluxDB 1,234 behind"),
        (TargetState.DOWN, "InfluxDB lost"),
        (TargetState.MISCONFIGURED, "InfluxDB settings wrong"),
    ],
)
async def test_the_walls_last_line_says_how_the_target_stands(
    node: Node, operator: httpx.AsyncClient, state: TargetState, said: str
) -> None:
    node.targets["influxdb"] = influx(state=state, queued_rows=1234)

    assert said in text_of((await operator.get("/wall")).text)


async def test_figures_stand_on_the_page_and_not_on_the_wall(node: Node, operator: httpx.AsyncClient) -> None:
    node.targets["influxdb-figures"] = influx(name="influxdb-figures", lag_s=60.0, queued_rows=234)

    page = text_of((await operator.get("/connections")).text)

    assert "InfluxDB figures up to date since" in page
    assert "Behind by 1 min 00 s Still to be sent 234" in page
    assert "InfluxDB" not in (await operator.get("/wall")).text


async def test_the_wall_names_no_target_where_there_is_none(operator: httpx.AsyncClient) -> None:
    assert "InfluxDB" not in (await operator.get("/wall")).text

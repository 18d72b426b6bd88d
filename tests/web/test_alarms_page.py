from uuid import UUID

import httpx
import pytest

from tests.api.node import Node, until
from tests.web.console import raised, text_of, tripped

SCRIPT = {"HX-Request": "true"}


async def test_without_alarms_the_page_says_so_and_when_the_last_one_was(
    node: Node, operator: httpx.AsyncClient
) -> None:
    before = text_of((await operator.get("/alarms")).text)
    alarm_id = await tripped(node)
    await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "0"})
    node.clock.move(60)
    node.read(("BL_B201B_ST", 0, 0b1101))
    node.clock.move(60)
    node.read(("BL_B201B_ST", 0, 0b1101))
    await until(lambda: not node.alarms.active())

    after = text_of((await operator.get("/alarms")).text)

    assert "No alarms None was raised since this node keeps a journal." in before
    assert "No alarms the last: 08:00 Blower 2 fault" in after


async def test_the_first_alarm_stands_beside_the_list(node: Node, operator: httpx.AsyncClient) -> None:
    alarm_id = await tripped(node)
    node.clock.move(185)

    html = (await operator.get("/alarms")).text

    assert f'data-alarm-id="{alarm_id}" aria-current="true"' in html
    text = text_of(html)
    assert "1 alarm, 1 unacknowledged" in text
    assert "Blower 2 fault Blowers · unacknowledged · since 08:00 · 3 min 05 s" in text
    assert "Why do you acknowledge it?" in text
    assert "This alarm before 1 time in 7 days" in text


async def test_a_limit_alarm_brings_figures_and_a_chart(node: Node, operator: httpx.AsyncClient) -> None:
    for _ in range(20):
        node.clock.move(5)
        node.read(("AE_DO1", 0, 0.42))
    alarm_id = await raised(node, "AE_DO1.LL")

    html = (await operator.get(f"/alarms/{alarm_id}")).text

    text = text_of(html)
    assert "Present value 0.42 mg/L" in text
    assert "When raised 0.42 mg/L Alarm limit 0.5 mg/L" in text
    assert '"tag":"AE_DO1"' in html
    assert "/trends?p=AE_DO1&amp;from=" in html


async def test_acknowledging_names_who_and_why(node: Node, operator: httpx.AsyncClient) -> None:
    alarm_id = await tripped(node)

    answer = await operator.post(
        f"/alarms/{alarm_id}/acknowledge", data={"reason": "3", "comment": "blower 3 runs"}, headers=SCRIPT
    )

    assert answer.status_code == 200
    assert "Acknowledged 08:00 by operator Switched to standby；blower 3 runs" in text_of(answer.text)
    alarm = node.alarms.active()[0]
    assert (alarm.acknowledged_by, alarm.comment) == ("operator", "Switched to standby；blower 3 runs")


async def test_acknowledging_works_without_scripts(node: Node, operator: httpx.AsyncClient) -> None:
    alarm_id = await tripped(node)

    answer = await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "0"})

    assert (answer.status_code, answer.headers["location"]) == (303, f"/alarms/{alarm_id}")
    assert node.alarms.active()[0].comment == "Seen, dealing with it"


async def test_who_comes_second_is_told_who_was_first(node: Node, operator: httpx.AsyncClient) -> None:
    alarm_id = await tripped(node)
    await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "0"})

    answer = await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "1"}, headers=SCRIPT)

    text = text_of(answer.text)
    assert "Somebody was faster: it had been acknowledged already." in text
    assert "Acknowledged 08:00 by operator" in text
    assert node.alarms.active()[0].comment == "Seen, dealing with it"


async def test_a_role_that_only_sees_is_told_why(node: Node, laboratory: httpx.AsyncClient) -> None:
    alarm_id = await tripped(node)

    html = (await laboratory.get(f"/alarms/{alarm_id}")).text
    refused = await laboratory.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "0"})

    assert '<form class="acknowledge"' not in html
    assert "Your role (laboratory) sees alarms" in text_of(html)
    assert refused.status_code == 403
    assert node.alarms.active()[0].acknowledged_by is None


@pytest.mark.parametrize("form", [{"reason": "99"}, {"reason": "-1"}, {"reason": "0", "comment": "x" * 401}])
async def test_an_answer_that_makes_no_sense_is_refused(
    node: Node, operator: httpx.AsyncClient, form: dict[str, str]
) -> None:
    alarm_id = await tripped(node)

    answer = await operator.post(f"/alarms/{alarm_id}/acknowledge", data=form)

    assert answer.status_code == 422
    assert "That did not work" in text_of(answer.text)
    assert node.alarms.active()[0].acknowledged_by is None


async def test_a_detail_is_left_alone_while_its_alarm_stands_as_it_did(
    node: Node, operator: httpx.AsyncClient
) -> None:
    alarm_id = await tripped(node)
    address = f"/alarms/{alarm_id}/detail"

    same = await operator.get(address, params={"state": "unacknowledged"}, headers=SCRIPT)
    await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "0"})
    changed = await operator.get(address, params={"state": "unacknowledged"}, headers=SCRIPT)

    assert (same.status_code, same.content) == (204, b"")
    assert "acknowledged" in text_of(changed.text)


async def test_an_empty_page_takes_up_the_first_alarm(node: Node, operator: httpx.AsyncClient) -> None:
    nothing = await operator.get("/alarms/first/detail", headers=SCRIPT)
    await tripped(node)
    first = await operator.get("/alarms/first/detail", headers=SCRIPT)

    assert nothing.status_code == 204
    assert "Blower 2 fault" in text_of(first.text)


async def test_an_alarm_that_is_over_can_still_be_read(node: Node, operator: httpx.AsyncClient) -> None:
    alarm_id = await tripped(node)
    await operator.post(f"/alarms/{alarm_id}/acknowledge", data={"reason": "2"})
    node.clock.move(60)
    node.read(("BL_B201B_ST", 0, 0b1101))
    node.clock.move(60)
    node.read(("BL_B201B_ST", 0, 0b1101))
    await until(lambda: not node.alarms.active())

    answer = await operator.get(f"/alarms/{alarm_id}")

    assert answer.status_code == 200
    assert "Acknowledged 08:00 by operator" in text_of(answer.text)
    assert "Maintenance informed" in text_of(answer.text)
    assert '<form class="acknowledge"' not in answer.text


@pytest.mark.parametrize("alarm_id", ["1c790ca3-f759-443f-b5c5-6e6122d9c7ee", "nonsense", "../wall"])
async def test_an_alarm_nobody_knows_is_not_found(operator: httpx.AsyncClient, alarm_id: str) -> None:
    answer = await operator.get(f"/alarms/{alarm_id.replace('/', '%2F')}")

    assert answer.status_code == 404
    assert "text/html" in answer.headers["content-type"]


async def test_the_list_comes_anew_and_keeps_what_is_chosen(node: Node, operator: httpx.AsyncClient) -> None:
    alarm_id: UUID = await tripped(node)

    here = {**SCRIPT, "HX-Current-URL": f"http://localhost:8080/alarms/{alarm_id}?x=1"}
    html = (await operator.get("/alarms/list", headers=here)).text

    assert f'data-alarm-id="{alarm_id}" aria-current="true"' in html


async def test_an_alarm_of_a_machine_brings_what_that_machine_measures(
    node: Node, operator: httpx.AsyncClient
) -> None:
    alarm_id = await tripped(node)

    html = (await operator.get(f"/alarms/{alarm_id}")).text

    assert '"tag":"BL_B201B_I"' in html
    assert "One hour before and after blower current 2 A" in text_of(html)
    assert "Present value" not in text_of(html)


async def test_the_chart_of_a_past_alarm_has_the_limits_of_its_day(
    node: Node, operator: httpx.AsyncClient
) -> None:
    for _ in range(40):
        node.clock.move(60)
        node.read(("EFF_AIT_NH3", 0, 5.5))
    alarm_id = await raised(node, "EFF_AIT_NH3.H")
    node.clock.move(150 * 86_400)  # into spring, when 3.2 holds again

    html = (await operator.get(f"/alarms/{alarm_id}/detail")).text

    assert '["H",4.8]' in html

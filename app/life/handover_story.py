"""How turns hand over: begun by who led the shift, signed by both, now and then with a word more."""

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from app.life.deeds import DAY_US, MINUTE_US, Act, Deed
from app.life.log_texts import CONTROL, LEADER
from app.life.stage import Stage
from operations.handover.records import Handover
from operations.handover.rules import CHECKS, Role
from operations.handover.service import Begin
from simulator.incidents import INCIDENTS
from simulator.waking import run_in_from
from telemetry.calendar import Calendar
from telemetry.duty import OnShift, Shift
from telemetry.errors import Conflict

_POSTS: Final = (LEADER, CONTROL)
_ALARMED: Final = "现场已在处理，见本班台账，已口头交代。"
_INSTRUCTIONS: Final = (
    "",
    "无特殊情况，按工艺指令运行。",
    "粗格栅栅渣偏多，注意加密清渣。",
    "碳源储罐液位偏低，送货前注意观察。",
    "备用设备已试运转，正常；在线仪试剂够用。",
    "下班注意滤布滤池压差，必要时手动反洗。",
)
_LAST_BLOWER: Final = "BL_B201C"
_ANALYSER: Final = "EFF_ANA_TP"
_AFTER_THE_BOARD: Final = "风机房低压柜检修后首班，每小时看一次母排温度和风机电流，异常先减载再报告。"
_NOTES: Final = {
    (12, "day"): "已到风机房现场核对，三台风机状态与记录一致，同意接班。",
    (6, "evening"): "灭火器缺 1 具已向厂长报告，待补，其余交接清楚。",
}
"""What the incoming turn says besides, by days before the beginning and shift."""
_ADDED: Final = "补充：TP 仪停测已在交接时当面说明，手工样瓶号 3-17、3-18 放化验室冰箱上层。"


def handed_over(shifts: Iterable[Shift], begun_us: int, calendar: Calendar) -> Iterator[Deed]:
    """Yield how the turns that end hand over."""
    today = calendar.day_of(begun_us)
    seam_us = run_in_from(begun_us) + DAY_US
    spans = {one.target: one.span(seam_us, calendar.zone) for one in INCIDENTS}
    board_us, analyser_us = spans[_LAST_BLOWER][1], spans[_ANALYSER][0]
    for shift in shifts:
        chance = random.Random(f"handover {shift.key}")
        place = ((today - calendar.day_of(shift.start_us)).days, shift.key.partition("/")[2])
        words = chance.choice(_INSTRUCTIONS)
        instructions = _AFTER_THE_BOARD if shift.start_us <= board_us < shift.end_us else words
        begins_us = shift.end_us - chance.randrange(180, 480) * (MINUTE_US // 60)
        takes_us = shift.end_us + chance.randrange(120, 540) * (MINUTE_US // 60)
        yield Deed(begins_us, _begin(shift, instructions), reads=True)
        yield Deed(begins_us + 70 * (MINUTE_US // 60), _sign(shift, Role.OUTGOING, ""))
        yield Deed(takes_us, _sign(shift, Role.INCOMING, _NOTES.get(place, "")))
        if shift.start_us <= analyser_us < shift.end_us:
            yield Deed(takes_us + 25 * MINUTE_US, _add(shift, _ADDED))


def _begin(shift: Shift, instructions: str) -> Act:
    async def act(stage: Stage) -> object:
        there = await stage.there(shift.end_us - 1, _POSTS)
        if not there or await stage.handovers.of_turn(shift.key) is not None:
            return None
        begin = Begin(instructions, _ALARMED, dict.fromkeys(CHECKS, True))
        return await stage.handovers.start(begin, stage.actor_of(there[0].person), manages=False)

    return act


def _sign(shift: Shift, role: Role, note: str) -> Act:
    async def act(stage: Stage) -> object:
        held = await stage.handovers.of_turn(shift.key)
        if held is None or role in held.signed:
            return None
        at_us = shift.end_us - 1 if role is Role.OUTGOING else shift.end_us
        there = [on for on in await stage.there(at_us, _POSTS) if not _signed_by(held, on)]
        return await _signed(stage, held, role, there, note) if there else None

    return act


def _signed_by(held: Handover, on: OnShift) -> bool:
    return any(signature.person == on.person for signature in held.signed.values())


async def _signed(stage: Stage, held: Handover, role: Role, there: Sequence[OnShift], note: str) -> Handover:
    by = stage.actor_of(there[0].person)
    try:
        return await stage.handovers.sign(held.id, role, by, manages=False, note=note)
    except Conflict as error:
        if error.code != "alarm_unanswered":
            raise
        return await stage.handovers.sign(held.id, role, by, manages=False, note=note, reason=_ALARMED)


def _add(shift: Shift, text: str) -> Act:
    async def act(stage: Stage) -> object:
        held = await stage.handovers.of_turn(shift.key)
        if held is None or any(addendum.text == text for addendum in held.addenda):
            return None
        there = await stage.there(shift.end_us - 1, _POSTS)
        return await stage.handovers.add(held.id, text, stage.actor_of(there[0].person)) if there else None

    return act

"""What was found and what came of it: on-duty checks, duties undone, and what the node proposes of lateness.

The department goes through it every morning. What the last days before the beginning brought waits
for the visitor, and afterwards whatever is younger than that.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from app.life.deeds import DAY_US, HOUR_US, MINUTE_US, Act, Deed
from app.life.stage import Stage
from operations.attendance.kinds import SlipKind
from operations.findings.life import State, Step
from operations.findings.records import Finding, NewFinding, NewStep
from telemetry.calendar import Calendar
from telemetry.errors import RequestError

_LOOKS_AT_US: Final = 9 * HOUR_US + 40 * MINUTE_US
_LEFT_DAYS: Final = 3
_BACK: Final = timedelta(days=14)
_PROPOSED: Final = timedelta(days=1)
"""How far the morning's look goes back: proposals come with the turns, findings live on."""

# Days before the beginning, time of the day, who found it, whose post, kind, duty, place, what was seen.
_Found = tuple[int, int, str, str, SlipKind, str | None, str, str, str]
FOUND: Final[tuple[_Found, ...]] = (
    (20, 10 * 60 + 20, "manager", "巡检", SlipKind.DUTY_ITEM, "flume", "出水计量渠",
     "计量渠槽壁青苔未清，上周布置的清洗未做，液位计示值受影响。", "flume-1020.jpg"),
    (14, 15 * 60 + 40, "engineer", "巡检", SlipKind.DUTY_ITEM, "screenings", "集水井",
     "集水井浮渣未打捞，覆盖约三分之一水面，台账无清渣记录。", "well-1540.jpg"),
    (11, 2 * 60 + 40, "manager", "巡检", SlipKind.OFF_POST, None, "中控室、巡检路线",
     "夜间查岗：02:40～03:05 巡检不在岗，电话未接，03:05 由厂区外返回，本人承认外出购物。", "check-0240.jpg"),
    (5, 9 * 60 + 50, "engineer", "中控", SlipKind.DUTY_ITEM, "log", "中控室",
     "8 时至 9 时生化段数据未按要求记录，台账漏记一次溶解氧异常处置。", "log-0950.jpg"),
)  # fmt: skip

WAGES: Final = {
    "0101": 4200, "0102": 3800, "0103": 3500, "0201": 4200, "0202": 3750, "0203": 3500, "0301": 4150,
    "0302": 2230, "0303": 2215, "0401": 4200, "0402": 3800, "0403": 3500, "0501": 6500, "0502": 5200,
    "0503": 5000,
}  # fmt: skip
"""Yuan a month; two of them hardly above the minimum wage, since that is what a deduction is checked by."""

_REFUSED: Final = "当天厂前道路积水，班车绕行，情况属实，不予处罚"
_CLOCK: Final = "签到终端时钟快 14 分钟，信息员已核实并校时，有校时记录"
_REVIEW: Final = "当天已提前电话告知班长，由上班同事顶岗到我到岗，申请按迟到以外情形复议"


def findings(begun_us: int, calendar: Calendar) -> Iterator[Deed]:
    """Yield what was found in the past."""
    today = calendar.day_of(begun_us)
    yield Deed(begun_us - 30 * DAY_US, _wages(today))
    for found in FOUND:
        at_us = calendar.start_us(today - timedelta(days=found[0])) + found[1] * MINUTE_US
        yield Deed(at_us + 35 * MINUTE_US, _propose(at_us, found))


def mornings(first: date, last: date, begun_us: int, calendar: Calendar) -> Iterator[Deed]:
    """Yield what the department does on some days."""
    left_from = calendar.day_of(begun_us) - timedelta(days=_LEFT_DAYS)
    day = first
    while day <= last:
        until = day - timedelta(days=1 if day <= left_from else _LEFT_DAYS + 1)
        yield Deed(calendar.start_us(day) + _LOOKS_AT_US, _look_through(until))
        day += timedelta(days=1)


def _wages(today: date) -> Act:
    async def act(stage: Stage) -> object:
        since = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        for number, yuan in WAGES.items():
            await stage.findings.enter_wage(
                stage.persons[number], since, yuan, None, stage.actors["department"]
            )
        return None

    return act


def _propose(at_us: int, found: _Found) -> Act:
    _, _, by, post, kind, item, place, what, photo = found

    async def act(stage: Stage) -> object:
        day = stage.calendar.day_of(at_us)
        around = await stage.findings.listed(day - _BACK, day + timedelta(days=1))
        if any(one.at_us == at_us and one.kind is kind for one in around):
            return None
        named = {one.person for one in around if one.by is not None}
        on_shift = await stage.findings.candidates(at_us)
        there = [on for on in on_shift if on.signed_in_us is not None and on.person not in named]
        there.sort(key=lambda on: (on.post_name.zh != post, on.number))
        if not there:
            return None
        evidence = {"photo": photo, "checked_by": by}
        new = NewFinding(kind, at_us, (there[0].person,), what, place, item, None, evidence)
        return await stage.findings.propose(new, stage.actors[by])

    return act


def _look_through(until: date) -> Act:
    async def act(stage: Stage) -> object:
        begins_us = stage.clock.at_us
        by = stage.actors["department"]
        for turn in await stage.findings.proposals(until - _PROPOSED, until):
            for proposal in turn.judged.proposals:
                stage.clock.at_us += 2 * MINUTE_US
                step = _verdict(turn.on.number, proposal.kind, proposal.minutes)
                await stage.findings.decide(proposal.key, step, by)
        for found in await stage.findings.listed(until - _BACK, until):
            stage.clock.at_us = max(stage.clock.at_us, begins_us) + 5 * MINUTE_US
            await _go_on(stage, found)
        return None

    return act


def _verdict(number: str, kind: SlipKind, minutes: int | None) -> NewStep:
    if (number, kind) == ("0303", SlipKind.LATE) and 15 <= (minutes or 0) < 30:
        return NewStep(Step.REFUSE, _REFUSED)
    if (number, kind) == ("0402", SlipKind.EARLY):
        return NewStep(Step.EXCLUDE, _CLOCK, cause="instrument_fault")
    return NewStep(Step.CONFIRM, "属实")


async def _go_on(stage: Stage, found: Finding) -> None:
    """Do what comes next about a finding, as far as it goes on a day."""
    by = stage.actors["department"]
    state = found.life.state
    try:
        if state is State.PROPOSED:
            found = await stage.findings.follow(found.id, NewStep(Step.CONFIRM, "属实，证据齐全"), by)
        if found.life.state is State.CONFIRMED:
            stage.clock.at_us += 20 * MINUTE_US
            found = await stage.findings.follow(found.id, NewStep(Step.NOTIFY, "当面告知并送达处罚单"), by)
        if found.life.state is State.NOTIFIED:
            await _answer(stage, found)
    except RequestError:
        # The visitor was faster, or the finding is on whom the visitor plays.
        return


async def _answer(stage: Stage, found: Finding) -> None:
    if not stage.plays(found.number) or found.item == "log":
        return
    stage.clock.at_us += 30 * MINUTE_US
    own = stage.actor_of(found.person)
    if (found.number, found.kind) == ("0103", SlipKind.LATE):
        refused = NewStep(Step.REFUSE_TO_SIGN, "本人认为有堵车原因，拒签", "李静")
        await stage.findings.follow(found.id, refused, stage.actors["department"])
    elif (found.number, found.kind) == ("0303", SlipKind.LATE) and (found.minutes or 0) >= 30:
        if Step.ASK_REVIEW not in found.life.done:
            await stage.findings.follow(found.id, NewStep(Step.ASK_REVIEW, _REVIEW), own)
    else:
        await stage.findings.follow(found.id, NewStep(Step.SIGN), own)

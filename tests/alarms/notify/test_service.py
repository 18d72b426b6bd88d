"""From the journal to a real webhook and back: who is told what, when, and what stands in the outbox."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest

from alarms.notify.records import Outcome, Push, PushState, Step
from alarms.notify.settings import PushSettings
from alarms.notify.wording import Story, Wording
from alarms.settings import Priority, RuleKind
from telemetry.clock import to_us
from telemetry.errors import Conflict, TooMany
from telemetry.people import Actor
from telemetry.plant import Bit, Name
from tests.alarms.notify.hooks import Hook, hook
from tests.alarms.notify.node import (
    DO,
    FAULT,
    LI,
    LINK,
    QUICK,
    WANG,
    WANGS_ACCOUNT,
    eventually,
    plant,
    running,
    who,
)
from tests.alarms.stores import ManualClock

WANG_ACTS = Actor(WANGS_ACCOUNT, "op0")
"""At the console: the account has a name of its own."""
LINKED = QUICK.model_copy(update={"public_url": "https://plant.example:8443"})


@pytest.fixture
def wangs() -> Iterator[Hook]:
    with hook() as made:
        yield made


@pytest.fixture
def lis() -> Iterator[Hook]:
    with hook() as made:
        yield made


async def test_who_is_on_duty_is_told_what_where_since_when_and_what_to_do(
    tmp_path: Path, wangs: Hook
) -> None:
    async with running(tmp_path, LINKED) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        node.clock.at_s = 14 * 3600 + 5 * 60
        node.story.raised(FAULT)
        await eventually(lambda: node.told() == [f"raise {FAULT} to 王磊: delivered"])

        [heard] = wangs.heard
        lines = heard.text.splitlines()
        assert heard.title == "【高】1#鼓风机 跳闸"
        assert lines[:2] == ["好氧池，14:05起", "确认备用风机已投入，注意溶解氧"]
        assert lines[2].startswith("查看并确认：https://plant.example:8443/a/")
        [tried] = node.all()
        assert heard.key == str(tried.push.id)
        kept = heard.title, "\n".join(lines[:2])
        assert (tried.push.title, tried.push.body) == kept, "the word in the link is kept nowhere"
        [attempt] = tried.attempts
        assert (attempt.outcome, attempt.error, attempt.target_kind) == (Outcome.DELIVERED, None, "json")


async def test_a_limit_is_told_with_value_and_limit_in_the_persons_language(
    tmp_path: Path, wangs: Hook
) -> None:
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "Wang", wangs.target, language="en")])
        node.story.raised(DO, Priority.CRITICAL)
        await eventually(lambda: wangs.heard)

        assert wangs.heard[0].title == "[CRITICAL] DO 1 high-high alarm"
        assert wangs.heard[0].text == "aerobic tank, since 00:00\nmeasured 8.42 mg/L, limit 8.0 mg/L"


async def test_what_matters_less_than_the_setting_is_not_pushed(tmp_path: Path, wangs: Hook) -> None:
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        node.story.raised(DO, Priority.MEDIUM)
        node.story.raised(FAULT)
        await eventually(lambda: node.told() == [f"raise {FAULT} to 王磊: delivered"])

        assert [heard.title for heard in wangs.heard] == ["【高】1#鼓风机 跳闸"]


async def test_unanswered_it_goes_to_the_second_step_and_answered_it_does_not(
    tmp_path: Path, wangs: Hook, lis: Hook
) -> None:
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)], [who(LI, "李静", lis.target)])
        node.story.raised(FAULT)
        node.story.raised("OTHER.HH")
        await eventually(lambda: len(wangs.heard) == 2)
        node.story.acknowledged("OTHER.HH", WANG_ACTS)
        await eventually(lambda: not any(p.waits for p in node.outbox.waiting() if p.rule == "OTHER.HH"))

        with fast(node.pushes):
            await eventually(lambda: lis.heard)

        assert [heard.title for heard in lis.heard] == ["【高】1#鼓风机 跳闸"]
        assert lis.heard[0].text.startswith("1 分钟无人确认\n好氧池")
        await eventually(lambda: f"second {FAULT} to 李静: delivered" in node.told())
        assert node.outbox.waiting() == []


async def test_the_others_learn_who_answered_and_all_that_it_is_over(
    tmp_path: Path, wangs: Hook, lis: Hook
) -> None:
    settings = QUICK.model_copy(update={"together": timedelta(0)})
    async with running(tmp_path, settings) as node:
        node.on_duty([who(WANG, "王磊", wangs.target), who(LI, "李静", lis.target)])
        node.story.raised(FAULT)
        await eventually(lambda: wangs.heard and lis.heard)
        await eventually(lambda: all(p.push.state is PushState.DELIVERED for p in node.all()))

        node.clock.at_s = 95
        node.story.acknowledged(FAULT, WANG_ACTS, "去现场看")
        await eventually(lambda: len(lis.heard) == 2)
        node.clock.at_s = 600
        node.story.cleared(FAULT)
        await eventually(lambda: len(lis.heard) == 3 and len(wangs.heard) == 2)

        assert (lis.heard[1].title, lis.heard[1].text) == (
            "已确认：1#鼓风机 跳闸",
            "王磊 00:01 已确认：去现场看",
        )
        over = ("已恢复：1#鼓风机 跳闸", "00:10 恢复，历时 10 分钟\n王磊 00:01 已确认")
        assert (lis.heard[2].title, lis.heard[2].text) == over
        assert (wangs.heard[1].title, wangs.heard[1].text) == over


@pytest.mark.parametrize(
    ("actor", "told", "heard"),
    [
        (Actor(WANG, "王磊"), {"李静"}, "王磊 00:00 已确认"),
        (Actor(UUID(int=77), "shared"), {"王磊", "李静"}, "shared 00:00 已确认"),
    ],
    ids=["by a link, without an account", "by an account that is nobody's"],
)
async def test_whoever_answered_is_not_told_so_and_who_is_nobody_is_called_by_the_account(
    tmp_path: Path, wangs: Hook, lis: Hook, actor: Actor, told: set[str], heard: str
) -> None:
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target), who(LI, "李静", lis.target)])
        node.story.raised(FAULT)
        await eventually(lambda: wangs.heard and lis.heard)
        await eventually(lambda: all(p.push.state is PushState.DELIVERED for p in node.all()))

        node.story.acknowledged(FAULT, actor)
        await eventually(lambda: len(lis.heard) == 2)

        assert lis.heard[1].text == heard
        assert {each.push.name for each in node.all() if each.push.step is Step.TAKEN} == told


async def test_what_a_lost_line_explains_joins_its_push_with_its_number(tmp_path: Path, wangs: Hook) -> None:
    settings = QUICK.model_copy(update={"gather": timedelta(seconds=0.5)})
    async with running(tmp_path, settings) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        # The symptom comes first, the cause a moment later.
        node.story.raised("AE_DO1.instrument")
        await eventually(lambda: node.all())
        node.story.raised(LINK)
        node.story.raised("PS_LIT101.instrument")
        await eventually(lambda: wangs.heard)
        await eventually(lambda: f"raise {LINK} to 王磊: delivered" in node.told())

        assert [heard.title for heard in wangs.heard] == ["【高】PLC2 通讯 中断"]
        assert "同一原因的报警另有 2 条" in wangs.heard[0].text
        assert node.told() == [
            "raise AE_DO1.instrument to 王磊: grouped",
            f"raise {LINK} to 王磊: delivered",
            "raise PS_LIT101.instrument to 王磊: grouped",
        ]
        leader = node.all()[1].push.id
        assert [tried.push.under for tried in node.all()] == [leader, None, leader]


async def test_a_flood_is_bounded_and_one_push_sums_up_and_nothing_is_lost(
    tmp_path: Path, wangs: Hook
) -> None:
    settings = QUICK.model_copy(update={"at_most": 3, "gather": timedelta(seconds=0.3)})
    async with running(tmp_path, settings) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        for number in range(20):
            node.story.raised(f"MADE_UP{number}.HH")
        await eventually(lambda: len(wangs.heard) == 4)
        await eventually(lambda: node.outbox.pending(10) == [])

        states = [tried.push.state for tried in node.all() if tried.push.step is Step.RAISE]
        assert states == [PushState.DELIVERED] * 3 + [PushState.SUMMARISED] * 17
        assert [heard.title for heard in wangs.heard if "过多" in heard.title] == [
            "报警过多：另有 17 条未单独推送"
        ]


async def test_a_chattering_alarm_is_pushed_once(tmp_path: Path, wangs: Hook) -> None:
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        node.story.raised(FAULT)
        await eventually(lambda: node.told() == [f"raise {FAULT} to 王磊: delivered"])
        for _ in range(5):
            node.clock.at_s += 2
            node.story.cleared(FAULT)
            node.story.raised(FAULT)
        await eventually(lambda: node.told().count(f"raise {FAULT} to 王磊: grouped") == 5)

        assert node.told().count(f"end {FAULT} to 王磊: obsolete") == 5
        assert node.outbox.pending(10) == []
        assert len(wangs.heard) == 1


async def test_nobody_on_duty_is_told_to_the_targets_that_are_nobodys(tmp_path: Path, lis: Hook) -> None:
    async with running(tmp_path, fallback=(lis.target,)) as node:
        node.story.raised(FAULT)
        await eventually(lambda: lis.heard)

        assert lis.heard[0].text.startswith("值班表上无人值班\n")
        assert node.pushes.failing is None


async def test_nobody_at_all_stands_in_the_outbox_and_makes_the_node_ill(tmp_path: Path) -> None:
    async with running(tmp_path) as node:
        node.story.raised(FAULT)
        await eventually(
            lambda: node.told() == [f"raise {FAULT} to nobody: nobody", f"second {FAULT} to nobody: nobody"]
        )

        assert node.pushes.failing == "nobody is on duty and no other target is set"
        node.on_duty([who(WANG, "王磊", "json://127.0.0.1:1")])
        node.pushes.wake()
        await eventually(lambda: node.pushes.failing is None)


async def test_what_was_raised_before_pushes_were_set_up_is_no_news(tmp_path: Path, wangs: Hook) -> None:
    async with running(tmp_path, settings=None) as node:
        node.story.raised("OTHER.HH")
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        node.story.batch = 10
        node.story.raised(FAULT)
        await eventually(lambda: wangs.heard)

        assert [tried.push.rule for tried in node.all()] == [FAULT]


async def test_what_was_answered_before_it_could_be_sent_is_not_sent_any_more(
    tmp_path: Path, wangs: Hook
) -> None:
    settings = QUICK.model_copy(update={"gather": timedelta(seconds=30)})
    async with running(tmp_path, settings) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        node.story.raised(FAULT)
        await eventually(lambda: node.all())
        node.story.acknowledged(FAULT, WANG_ACTS)
        await eventually(lambda: node.told() == [f"raise {FAULT} to 王磊: obsolete"])

        assert wangs.heard == []


async def test_a_test_push_goes_to_whoever_asks_for_it(tmp_path: Path, wangs: Hook) -> None:
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        await node.pushes.test(WANGS_ACCOUNT)
        await eventually(lambda: wangs.heard)

        assert (wangs.heard[0].title, wangs.heard[0].text) == (
            "测试推送",
            "方诚一厂 00:00 的测试，无需处理",
        )


async def test_test_pushes_are_bounded_by_person_and_those_to_everybodys_targets_together(
    tmp_path: Path, wangs: Hook
) -> None:
    clock = SteppedClock()
    async with running(tmp_path, None, [wangs.target], clock) as node:
        node.pushes.settings = QUICK
        node.on_duty([who(WANG, "王磊", wangs.target)])
        other, third = UUID(int=1), UUID(int=2)

        with pytest.raises(Conflict):
            await node.pushes.test(other)
        await node.pushes.test(WANGS_ACCOUNT)
        with pytest.raises(TooMany) as refused:
            await node.pushes.test(WANGS_ACCOUNT)
        await node.pushes.test(other, fallback=True)
        clock.at_s += 30
        with pytest.raises(TooMany) as of_all:
            await node.pushes.test(third, fallback=True)
        made = 1
        for _ in range(20):
            clock.at_s += 60
            try:
                await node.pushes.test(WANGS_ACCOUNT)
                made += 1
            except TooMany:
                assert made == 10
        clock.at_s += 3600
        await node.pushes.test(WANGS_ACCOUNT)

    assert (refused.value.code, refused.value.retry_after_s) == ("too_many_tests", 60)
    assert of_all.value.retry_after_s == 30
    assert made == 10


def test_braces_in_the_plants_names_are_pushed_as_they_are() -> None:
    braced = plant()
    points = [
        replace(point, bits=(Bit("fault", 2, Name("{1}号泵故障", "{x} {"), None),))
        if point.tag == "BL_B201A_ST"
        else point
        for point in braced.points
    ]
    wording = Wording(replace(braced, points=tuple(points), name=Name("{厂}", "{plant}")))
    push = Push(
        id=UUID(int=1), occurrence=UUID(int=2), step=Step.RAISE, recipient="", rule=FAULT, tag="BL_B201A_ST",
        kind=RuleKind.BIT, priority=Priority.HIGH, person=None, account_id=None, name="", language="zh_CN",
        created_us=0, state=PushState.PENDING,
    )  # fmt: skip

    def said(step: Step, language: str) -> tuple[str, str]:
        return wording.words(Story(replace(push, step=step, language=language), (), 0, None), 0)

    assert said(Step.RAISE, "zh_CN")[0] == "【高】1#鼓风机 {1}号泵故障"
    assert said(Step.RAISE, "en")[0] == "[HIGH] blower 1 {x} {"
    assert said(Step.TEST, "zh_CN")[1].startswith("{厂} ")
    assert said(Step.END, "zh_CN")[0] == "已恢复：1#鼓风机 {1}号泵故障"


class SteppedClock(ManualClock):
    """Nothing of it passes by itself."""

    def monotonic_us(self) -> int:
        return self.now_us()


def fast(pushes: object) -> "Hurry":
    return Hurry(pushes)


class Hurry:
    """Has every deadline be over, as after the wait."""

    def __init__(self, pushes: object) -> None:
        self._deadlines = pushes._deadlines  # type: ignore[attr-defined]

    def __enter__(self) -> None:
        for occurrence in self._deadlines.due_us:
            self._deadlines.due_us[occurrence] = 0

    def __exit__(self, *_: object) -> None:
        pass


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="gather is not below wait"):
        PushSettings(gather=timedelta(minutes=1), wait=timedelta(seconds=30))


@pytest.mark.parametrize(("month", "target"), [(6, "95 %"), (7, "97.5 %")])
def test_a_lost_analyser_names_the_target_of_the_rules_in_force(month: int, target: str) -> None:
    regulated = plant()
    regulated = replace(
        regulated,
        points=tuple(replace(one, regulatory=one.tag == "PS_LIT101") for one in regulated.points),
    )
    wording = Wording(
        regulated, target_on=lambda day: Fraction(975, 1000) if day >= date(2026, 7, 1) else Fraction(95, 100)
    )
    at_us = to_us(datetime(2026, month, 15, tzinfo=UTC))
    push = Push(
        id=UUID(int=1), occurrence=UUID(int=2), step=Step.RAISE, recipient="", rule="PS_LIT101.instrument",
        tag="PS_LIT101", kind=RuleKind.INSTRUMENT, priority=Priority.MEDIUM, person=None, account_id=None,
        name="", language="zh_CN", created_us=at_us, state=PushState.PENDING,
    )  # fmt: skip

    zh, en = (
        wording.words(Story(replace(push, language=language), (), 0, None), at_us)[1].splitlines()[-1]
        for language in ("zh_CN", "en")
    )

    assert f"（{target} 以上）" in zh
    assert f"the month's {target}:" in en
    assert wording.advice(push, "en") == en

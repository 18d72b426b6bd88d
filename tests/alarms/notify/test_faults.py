"""Targets that refuse, fail, hang or drip; a full disk; a clock that jumps; nobody loses a push by it."""

import asyncio
import io
import logging
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from alarms.notify import dispatch
from alarms.notify.records import Outcome, PushState
from storage.unit_of_work import writing
from tests.alarms.notify.hooks import Hook, hook
from tests.alarms.notify.node import FAULT, LI, QUICK, WANG, PushNode, eventually, running, who

HASTY = QUICK.model_copy(update={"timeout": timedelta(seconds=0.3)})


@pytest.fixture
def wangs() -> Iterator[Hook]:
    with hook() as made:
        yield made


@pytest.fixture
def lis() -> Iterator[Hook]:
    with hook() as made:
        yield made


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "_FIRST_AGAIN_S", 0.05)
    monkeypatch.setattr(dispatch, "_STORE_AGAIN_S", 0.05)


@pytest.fixture
def everything() -> Iterator[io.StringIO]:
    """All that gets into the node's log at its most talkative."""
    said = io.StringIO()
    handler, root = logging.StreamHandler(said), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield said
    root.setLevel(before)
    root.removeHandler(handler)


def errors(node: PushNode) -> list[tuple[Outcome | None, str | None]]:
    """Return what the attempts of the first push came to."""
    return [(attempt.outcome, attempt.error) for attempt in node.all()[0].attempts]


async def test_a_target_that_fails_is_tried_again_with_the_same_key(tmp_path: Path, wangs: Hook) -> None:
    wangs.answers = [503, 429, 500]
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        node.story.raised(FAULT)
        await eventually(lambda: node.told() == [f"raise {FAULT} to 王磊: delivered"])

        assert errors(node) == [
            (Outcome.FAILED, "HTTP 503"),
            (Outcome.FAILED, "HTTP 429"),
            (Outcome.FAILED, "HTTP 500"),
            (Outcome.DELIVERED, None),
        ]
        assert wangs.keys == {str(node.all()[0].push.id)}


async def test_a_target_that_refuses_is_asked_once_and_the_second_step_is_told_at_once(
    tmp_path: Path, wangs: Hook, lis: Hook
) -> None:
    wangs.status = 403
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)], [who(LI, "李静", lis.target)])
        node.story.raised(FAULT)
        await eventually(lambda: lis.heard)

        assert errors(node) == [(Outcome.REFUSED, "HTTP 403")]
        assert node.told()[0] == f"raise {FAULT} to 王磊: failed"
        assert len(wangs.heard) == 1


async def test_when_the_second_step_is_not_reached_either_the_fallback_is(
    tmp_path: Path, wangs: Hook, lis: Hook
) -> None:
    wangs.status = 404
    async with running(tmp_path, fallback=(lis.target,)) as node:
        first, second = who(WANG, "王磊", wangs.target), who(LI, "李静", wangs.target)
        node.on_duty([first], [second])
        node.story.raised(FAULT)
        await eventually(lambda: lis.heard)

        assert lis.heard[0].text.startswith("推送未能送达值班人员\n")
        assert node.told()[:2] == [f"raise {FAULT} to 王磊: failed", f"second {FAULT} to 李静: failed"]


async def test_of_two_targets_one_that_takes_it_is_enough(tmp_path: Path, wangs: Hook, lis: Hook) -> None:
    wangs.status = 500
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target, lis.target)])
        node.story.raised(FAULT)
        await eventually(lambda: node.told() == [f"raise {FAULT} to 王磊: delivered"])

        assert sorted(errors(node), key=str) == [(Outcome.DELIVERED, None), (Outcome.FAILED, "HTTP 500")]


async def test_a_target_that_fails_for_ever_is_given_up_after_so_many_tries(
    tmp_path: Path, wangs: Hook
) -> None:
    wangs.status = 502
    async with running(tmp_path, QUICK.model_copy(update={"tries": 3})) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        node.story.raised(FAULT)
        await eventually(lambda: node.all() and node.all()[0].push.state is PushState.FAILED)

        assert errors(node) == [(Outcome.FAILED, "HTTP 502")] * 3


async def test_an_address_that_is_none_is_refused_and_never_shown(
    tmp_path: Path, everything: io.StringIO
) -> None:
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", "hunter2://hunter2", "json://hunter2:hunter2@127.0.0.1:1/hunter2")])
        node.story.raised(FAULT)
        await eventually(lambda: len(node.all() and node.all()[0].attempts) >= 2)
        await eventually(lambda: all(outcome for outcome, _ in errors(node)[:2]))

        assert errors(node)[:2] == [
            (Outcome.REFUSED, "not the address of a target"),
            (Outcome.FAILED, "no connection, or no answer in time"),
        ]
        assert "hunter2" not in everything.getvalue()
        assert "hunter2" not in repr(node.duty.recipient(WANG))


@pytest.mark.parametrize("how", ["hangs", "drips"])
async def test_a_target_that_hangs_holds_up_nobody_else(
    tmp_path: Path, wangs: Hook, lis: Hook, how: str
) -> None:
    wangs.hangs_s, wangs.drips = (30.0, False) if how == "hangs" else (0.0, True)
    wangs.says = {"so": "slow"}
    async with running(tmp_path, HASTY) as node:
        node.on_duty([who(WANG, "王磊", wangs.target), who(LI, "李静", lis.target)])
        node.story.raised(FAULT)
        node.story.raised("OTHER.HH")
        await eventually(lambda: len(lis.heard) == 2)

        began = time.monotonic()
        await eventually(lambda: errors(node) and errors(node)[0][0] is not None)
        outcome, error = errors(node)[0]
        assert outcome is Outcome.FAILED
        assert error is not None
        assert "in time" in error
        assert time.monotonic() - began < 5


async def test_a_full_disk_lets_pushes_wait_and_go_out_when_there_is_room(
    tmp_path: Path, wangs: Hook
) -> None:
    settings = QUICK.model_copy(update={"gather": timedelta(seconds=0.5)})
    async with running(tmp_path, settings) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        node.story.raised(FAULT)
        await eventually(lambda: node.all())
        with writing(node.engine) as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER full BEFORE INSERT ON push_attempt"
                    " BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
                )
            )
        await eventually(
            lambda: node.pushes._dispatcher is not None and node.pushes._dispatcher.longest_failing()
        )
        assert wangs.heard == [], "no attempt without a record of it"

        with writing(node.engine) as connection:
            connection.execute(text("DROP TRIGGER full"))
        await eventually(lambda: node.told() == [f"raise {FAULT} to 王磊: delivered"])

        assert len(wangs.heard) == 1


async def test_what_cannot_be_planned_is_planned_when_it_can_be_and_meanwhile_said(
    tmp_path: Path, wangs: Hook
) -> None:
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        with writing(node.engine) as connection:
            connection.execute(
                text(
                    "CREATE TRIGGER full BEFORE INSERT ON push"
                    " BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
                )
            )
        node.story.raised(FAULT)
        failing = await eventually(lambda: node.pushes.failing)
        assert "database or disk is full" in failing

        with writing(node.engine) as connection:
            connection.execute(text("DROP TRIGGER full"))
        await eventually(lambda: node.told() == [f"raise {FAULT} to 王磊: delivered"])

        assert node.pushes.failing is None


async def test_a_clock_that_jumps_neither_hurries_the_second_step_nor_holds_it_up(
    tmp_path: Path, wangs: Hook, lis: Hook
) -> None:
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)], [who(LI, "李静", lis.target)])
        node.clock.at_s = 3600
        node.story.raised(FAULT)
        await eventually(lambda: node.told() == [f"raise {FAULT} to 王磊: delivered"])
        await eventually(lambda: node.pushes._deadlines.due_us)
        [due_us] = node.pushes._deadlines.due_us.values()

        for at_s in (0.0, 80_000.0):
            node.clock.at_s = at_s
            node.pushes.wake()
            await asyncio.sleep(0.2)

        assert list(node.pushes._deadlines.due_us.values()) == [due_us]
        assert lis.heard == []
        assert 0 < due_us - node.clock.monotonic_us() <= 300 * 1_000_000


async def test_started_again_with_a_clock_set_back_the_second_step_waits_no_longer_than_it_does(
    tmp_path: Path, wangs: Hook
) -> None:
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        node.clock.at_s = 3600
        node.story.raised(FAULT)
        await eventually(lambda: wangs.heard)
    async with running(tmp_path) as node:
        await eventually(lambda: node.pushes._deadlines.due_us)
        [due_us] = node.pushes._deadlines.due_us.values()

        assert due_us - node.clock.monotonic_us() <= 300 * 1_000_000
        # Ended between sending and noting it, a node sends once more, under the same key.
        assert len(wangs.keys) == 1


async def test_a_node_is_ill_when_a_push_has_not_got_out_for_long(
    tmp_path: Path, wangs: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alarms.notify.service._FAILING_AFTER_S", 0.2)
    wangs.status = 500
    async with running(tmp_path) as node:
        node.on_duty([who(WANG, "王磊", wangs.target)])
        node.story.raised(FAULT)
        failing = await eventually(lambda: node.pushes.failing)

        assert failing == "a push has not been delivered for 0 min: json: HTTP 500"
        wangs.status = 200
        await eventually(lambda: node.pushes.failing is None)

"""Killed at any moment: every push arrives at least once, and once only where its key is looked at."""

import random
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from alarms.notify.duty_copy import DutyCopy
from alarms.notify.outbox import Outbox
from alarms.notify.plan import Plan
from alarms.notify.records import Outcome, PushState
from tests.alarms.notify.hooks import hook
from tests.alarms.notify.node import LI, WANG, Story, on_duty, who
from tests.alarms.stores import ManualClock, node_engine, repository

KILLS = 12
ALARMS = 60
COMMAND = [sys.executable, "-m", "tests.alarms.notify.killed"]


def run_and_kill(folder: Path, after_s: float) -> None:
    """Run pushes until they are killed, so long after they began."""
    with subprocess.Popen([*COMMAND, str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        timer = Timer(after_s, process.kill)
        timer.start()
        process.wait()
        timer.cancel()
    assert process.returncode in (-9, 0)


@pytest.mark.system
@pytest.mark.timeout(120)
def test_every_push_arrives_and_a_target_that_looks_at_its_key_has_it_once(tmp_path: Path) -> None:
    chance = random.Random(7)
    engine = node_engine(tmp_path)
    outbox, clock = Outbox(engine, plant="fangcheng1", node="node-1"), ManualClock()
    outbox.apply(Plan(), 0)
    story = Story(repository(engine), clock)
    with hook() as wangs, hook() as lis:
        # Slow enough to be killed between what a target takes and what is kept of it.
        wangs.hangs_s = lis.hangs_s = 0.03
        on_duty(
            DutyCopy(engine), clock.now_us(), [who(WANG, "王磊", wangs.target), who(LI, "李静", lis.target)]
        )
        for number in range(ALARMS):
            story.raised(f"MADE_UP{number}.HH")
        for _ in range(KILLS):
            # Its first second goes into reading Apprise's plugins.
            run_and_kill(tmp_path, chance.uniform(0.2, 2.6))
        subprocess.run([*COMMAND, str(tmp_path)], check=True, timeout=60)

        told = outbox.page(before=None, limit=1000)
        assert len(told) == 2 * ALARMS, "planned once, whatever was killed"
        assert {each.push.state for each in told} == {PushState.DELIVERED}
        for heard, person in ((wangs, WANG), (lis, LI)):
            keys = {str(each.push.id) for each in told if each.push.person == person}
            assert heard.keys == keys
        sent = len(wangs.heard) + len(lis.heard)
        attempts = [attempt for each in told for attempt in each.attempts]
        assert sent <= len(attempts), "each attempt is kept before it is made"
        assert sum(attempt.outcome is Outcome.DELIVERED for attempt in attempts) == 2 * ALARMS
    engine.dispose()

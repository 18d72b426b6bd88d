"""Judging of a plant folder's items, wired: what keeps it up, and what answers questions about it."""

from dataclasses import dataclass

from sqlalchemy import Engine

from alarms.judging.assessor import Assessor
from alarms.judging.judge import Judge
from alarms.judging.judgements import Judgements
from alarms.judging.store import JudgementStore
from alarms.judging.task import Judging
from alarms.uptime.items import items_of
from config.folder import PlantFolder
from history.embedded import EmbeddedHistory
from history.judged_readings import JudgedReadings
from history.kept_readings import KeptReadings
from history.periods import Periods
from telemetry.clock import Clock


@dataclass(frozen=True, slots=True)
class JudgingParts:
    """The task, the answers and the store behind both."""

    task: Judging
    judgements: Judgements
    store: JudgementStore


def judging_of(
    folder: PlantFolder, history: EmbeddedHistory, periods: Periods, node: Engine, clock: Clock
) -> JudgingParts:
    """Return what judges the folder's discharged items and regulated analysers."""
    items = items_of(folder.plant, [limit.tag for limit in folder.limits])
    reader = JudgedReadings(history, periods)
    store = JudgementStore(node, folder.plant.id)
    assessor = Assessor(reader, folder.limits, folder.calendar)
    judge = Judge(items, folder.limits, reader, store, assessor, clock)
    targets = folder.rule_sets.online_target
    at_a_look = Assessor(KeptReadings(history, periods), folder.limits, folder.calendar)
    judgements = Judgements(items, folder.limits, judge, store, at_a_look, folder.calendar, clock, targets)
    return JudgingParts(Judging(judge), judgements, store)

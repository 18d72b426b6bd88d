"""The analysers' figure in the assessment: what it is, what it must reach, and whose it is."""

from typing import NamedTuple
from uuid import UUID

from config.folder import PlantFolder
from config.rule_sets import shipped_rule_sets
from operations.access import Principal, Role
from operations.assessment.records import Month, PlantMonth
from operations.assessment.responses import Answered
from operations.findings.evidence import Opened
from web.alarm_view import AlarmSpeaker
from web.assessment_view import AssessmentSpeaker
from web.language import Language


class Figures(NamedTuple):
    tag: str
    uptime: float | None
    compliance_rate: float | None


def test_the_tile_says_what_it_shows_and_never_rounds_up_to_the_target(
    folder: PlantFolder, en: Language
) -> None:
    rules = shipped_rule_sets()
    analysers = (
        Figures("EFF_AIT_COD", 1.0, 0.9),
        Figures("EFF_AIT_NH3", 677 / 713, 1.0),
        Figures("X", None, None),
    )
    month = PlantMonth(
        Month(2026, 11), tuple(rules.sets), (), (), (), Answered(0, 0, None, None), True, analysers
    )
    who = Principal(UUID(int=1), "周敏", Role.MANAGER, generation=0)
    speaker = AssessmentSpeaker(AlarmSpeaker(folder, en, 0), rules, who, None, Opened({}, {}, {}))

    assert month.online_rate is not None
    assert (
        speaker.online_measure(month),
        speaker.share(month.online_rate),
        speaker.online_beside(month),
    ) == (
        "Analysers' uptime (valid and transmitted ÷ due), the lowest",
        "94.9 %",
        f"target 95 % · {en.name(folder.plant.point_by_tag['EFF_AIT_NH3'].name)}",
    )

import math
from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from alarms.active import ActiveAlarm
from alarms.journal import JournalRecord
from alarms.settings import Priority, RuleKind
from alarms.states import AlarmEvent, AlarmState
from config.folder import PlantFolder
from telemetry.clock import US_PER_S, to_us
from tests.api.node import NOW
from web.alarm_view import AlarmSpeaker, marks, occurrence
from web.language import Language
from web.wall_view import alarm_panel

NOW_US = to_us(NOW)


def alarm(
    tag: str,
    kind: RuleKind,
    priority: Priority = Priority.MEDIUM,
    state: AlarmState = AlarmState.UNACKNOWLEDGED,
    *,
    ago: int = 300,
    equipment: str | None = None,
    bit: str | None = None,
    value: float = math.nan,
    limit: float = math.nan,
    unit: str = "aerobic",
) -> ActiveAlarm:
    raised = NOW_US - ago * US_PER_S
    return ActiveAlarm(
        uuid4(), f"{tag}.{bit or kind}", tag, kind, priority, state, unit, equipment, bit, raised,
        None, None, None, None, value, limit,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "kind", "equipment", "bit", "chinese", "english"),
    [
        ("AE_DO1", RuleKind.LOW_LOW, None, None, "1#好氧池溶解氧 低低报", "Aerobic DO 1 low-low alarm"),
        ("BL_B201B_ST", RuleKind.BIT, "BL_B201B", "fault", "2#鼓风机 故障", "Blower 2 fault"),
        (
            "LS1_PWR",
            RuleKind.BIT,
            "LS1_MAINS",
            "present",
            "1#泵站市电 市电失电",
            "Lift station 1 mains mains lost",
        ),
        ("AD_AIT_CL2", RuleKind.INSTRUMENT, None, None, "余氯 无有效数据", "Residual chlorine no valid data"),
        ("MQTT.LS2.link", RuleKind.LINK, None, None, "2#提升泵站 通讯 中断", "Lift station 2 link lost"),
        ("NODE.disk", RuleKind.LOW, None, None, "数据盘剩余空间 不足", "Data disk free space running low"),
        (
            "NODE.disk",
            RuleKind.LOW_LOW,
            None,
            None,
            "数据盘剩余空间 即将用尽",
            "Data disk free space almost used up",
        ),
        (
            "NODE.clock",
            RuleKind.HIGH,
            None,
            None,
            "节点时钟回拨 读数存疑",
            "Node clock set back readings uncertain",
        ),
        (
            "NODE.future",
            RuleKind.HIGH,
            None,
            None,
            "设备时间超前 读数存疑",
            "Device time ahead readings uncertain",
        ),
        ("GONE", RuleKind.HIGH, None, None, "GONE 高报", "GONE high alarm"),
    ],
)
def test_an_alarm_says_what_it_is_about_and_what_happened(
    folder: PlantFolder, zh: Language, en: Language, tag: str, kind: RuleKind,
    equipment: str | None, bit: str | None, chinese: str, english: str,
) -> None:  # fmt: skip
    raised = alarm(tag, kind, equipment=equipment, bit=bit)
    lines = [AlarmSpeaker(folder, language, NOW_US).line(raised) for language in (zh, en)]

    assert [f"{line.name} {line.what}" for line in lines] == [chinese, english]


def test_a_bit_whose_alarm_is_that_it_is_not_set_says_so(folder: PlantFolder, zh: Language) -> None:
    mains = alarm("LS1_PWR", RuleKind.BIT, equipment="LS1_MAINS", bit="present")

    line = AlarmSpeaker(folder, zh, NOW_US).line(mains)

    assert (line.name, line.what) == ("1#泵站市电", "市电失电")


def test_an_alarm_tells_its_figures_since_when_and_how_long(folder: PlantFolder, zh: Language) -> None:
    raised = alarm("AE_DO1", RuleKind.LOW_LOW, ago=185, value=0.482, limit=0.5)

    line = AlarmSpeaker(folder, zh, NOW_US).line(raised)

    assert (line.value, line.limit, line.raised, line.lasted) == (
        "0.482 mg/L",
        "0.5 mg/L",
        "07:56",
        "3 分 05 秒",
    )
    assert (line.priority, line.letter, line.tone, line.state_word) == ("medium", "中", "medium", "未确认")


def test_a_nodes_own_alarm_tells_its_figures(folder: PlantFolder, zh: Language) -> None:
    clock = alarm("NODE.clock", RuleKind.HIGH, value=3599.4, limit=2.0)
    disk = alarm("NODE.disk", RuleKind.LOW_LOW, value=14, limit=512)

    lines = AlarmSpeaker(folder, zh, NOW_US).lines([clock, disk])

    assert [(line.value, line.limit) for line in lines] == [("3599.4 s", "2 s"), ("14 MB", "512 MB")]


def test_what_concerns_data_has_the_colour_of_data_and_the_shape_of_its_priority(
    folder: PlantFolder, zh: Language
) -> None:
    line = AlarmSpeaker(folder, zh, NOW_US).line(alarm("PLC2.link", RuleKind.LINK, Priority.HIGH))

    assert (line.tone, line.priority) == ("data", "high")


@pytest.mark.parametrize(
    ("priority", "state", "loud"),
    [
        (Priority.CRITICAL, AlarmState.UNACKNOWLEDGED, True),
        (Priority.HIGH, AlarmState.UNACKNOWLEDGED, True),
        (Priority.HIGH, AlarmState.ACKNOWLEDGED, False),
        (Priority.HIGH, AlarmState.RETURNED, False),
        (Priority.MEDIUM, AlarmState.UNACKNOWLEDGED, False),
    ],
)
def test_only_a_high_alarm_that_stands_unanswered_is_loud(
    folder: PlantFolder, zh: Language, priority: Priority, state: AlarmState, loud: bool
) -> None:
    line = AlarmSpeaker(folder, zh, NOW_US).line(alarm("AE_DO1", RuleKind.LOW, priority, state))

    assert line.loud is loud


def test_the_wall_lists_by_priority_then_what_waits_then_the_newest(
    folder: PlantFolder, zh: Language
) -> None:
    returned = alarm("A", RuleKind.LOW, Priority.HIGH, AlarmState.RETURNED)
    answered = alarm("B", RuleKind.LOW, Priority.CRITICAL, AlarmState.ACKNOWLEDGED)
    low = alarm("C", RuleKind.LOW, Priority.LOW)
    older = alarm("D", RuleKind.LOW, Priority.HIGH, ago=900)
    newer = alarm("E", RuleKind.LOW, Priority.HIGH, ago=60)
    alarms = [returned, low, older, answered, newer]

    panel = alarm_panel(alarms, AlarmSpeaker(folder, zh, NOW_US), None)

    assert [line.tag for line in panel.lines] == ["B", "E", "D", "A", "C"]
    assert [line.tag for line in panel.shown] == ["B", "E", "D", "A"]


def test_what_is_coloured_follows_the_gravest_alarm_that_stands(folder: PlantFolder) -> None:
    alarms = [
        alarm("BL_B201B_ST", RuleKind.BIT, Priority.HIGH, equipment="BL_B201B", bit="fault", unit="blowers"),
        alarm("AE_DO1", RuleKind.LOW_LOW, Priority.MEDIUM),
        alarm("AE_DO2", RuleKind.INSTRUMENT, Priority.LOW),
        alarm("AE_DO3", RuleKind.LOW, Priority.LOW, AlarmState.RETURNED),
    ]

    assert marks(alarms, folder) == {
        "tag": {"BL_B201B_ST": "high", "AE_DO1": "medium", "AE_DO2": "data"},
        "equipment": {"BL_B201B": "high"},
        "unit": {"blowers": "high", "aerobic": "medium"},
    }


def record(
    event: AlarmEvent, to_state: AlarmState, at: int, occurrence_id: UUID, actor: str | None = None
) -> JournalRecord:
    return JournalRecord(
        uuid4(), at, NOW_US + at * US_PER_S, NOW_US, "BL_B201B_ST.fault", "BL_B201B_ST", RuleKind.BIT,
        Priority.HIGH, event, AlarmState.NORMAL, to_state, math.nan, math.nan, 1, occurrence_id, actor,
        "已切换备用" if actor else None,
    )  # fmt: skip


def test_an_alarm_that_is_over_is_told_from_its_steps(folder: PlantFolder) -> None:
    known = uuid4()
    steps = [
        record(AlarmEvent.RAISE, AlarmState.UNACKNOWLEDGED, 1, known),
        record(AlarmEvent.ACKNOWLEDGE, AlarmState.ACKNOWLEDGED, 2, known, "王磊"),
        record(AlarmEvent.CLEAR, AlarmState.NORMAL, 3, known),
    ]

    over = occurrence(steps, folder)

    assert over == replace(
        alarm(
            "BL_B201B_ST", RuleKind.BIT, Priority.HIGH, AlarmState.NORMAL, equipment="BL_B201B", bit="fault"
        ),
        id=known,
        unit="blowers",
        raised_at_us=NOW_US + US_PER_S,
        acknowledged_at_us=NOW_US + 2 * US_PER_S,
        cleared_at_us=NOW_US + 3 * US_PER_S,
        acknowledged_by="王磊",
        comment="已切换备用",
        value=steps[0].value,
        limit=steps[0].limit,
    )
    assert occurrence(steps[1:], folder) is None


def test_a_journal_line_tells_seconds_too(folder: PlantFolder, en: Language) -> None:
    line = AlarmSpeaker(folder, en, NOW_US).record(
        record(AlarmEvent.ACKNOWLEDGE, AlarmState.ACKNOWLEDGED, -61, uuid4(), "Wang")
    )

    assert (line.at, line.name, line.what, line.event_word, line.actor) == (
        "07:58:59", "Blower 2", "fault", "acknowledged", "Wang",
    )  # fmt: skip


def test_lost_lines_of_one_cause_are_one_row_below_what_else_is_as_grave(
    folder: PlantFolder, zh: Language
) -> None:
    lost = [alarm(f"PLC{n}.link", RuleKind.LINK, Priority.HIGH, ago=10) for n in (2, 1, 3)]
    trip = alarm("BL_B201B_ST", RuleKind.BIT, Priority.HIGH, equipment="BL_B201B", bit="fault")

    panel = alarm_panel([*lost, trip], AlarmSpeaker(folder, zh, NOW_US), None)

    assert [(row.name, row.what) for row in panel.rows] == [
        ("2#鼓风机", "故障"),
        ("通讯中断 3 路：PLC1、PLC2、PLC3", ""),
    ]
    assert [panel.address(row) for row in panel.rows] == [f"/alarms/{trip.id}", "/alarms"]
    assert (len(panel.lines), panel.unacknowledged, panel.hidden) == (4, 4, 0)

"""What the crews wrote about the incidents of simulator/incidents.py: what was seen, done, and came of it."""
# ruff: noqa: E501 -- sentences stay whole

from collections.abc import Iterator
from typing import Final
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from app.life.deeds import MINUTE_US, Act, Deed
from app.life.log_story import worded, writer
from app.life.log_texts import CONTROL, ENGINEER, LEADER, MAINTENANCE, PATROL
from app.life.stage import Stage
from operations.logbook.records import LogKind, NewEntry
from simulator.incidents import INCIDENTS, Incident
from simulator.waking import DAY_US, run_in_from
from telemetry.people import Actor

_BLOWERS: Final = ("BL_B201A", "BL_B201B", "BL_B201C")
_BOARD_OFF: Final = 13

# Minutes after the beginning, who, kind, text.
Said = tuple[float, str, LogKind, str]
E_, O_, Q_ = LogKind.EVENT, LogKind.OPERATION, LogKind.EQUIPMENT

STORIES: Final[dict[tuple[int, str], tuple[Said, ...]]] = {
    (26, "BL_B201A"): (
        (4, CONTROL, E_, "1#鼓风机跳闸，备用风机自动投入，DO {AE_DO1:.1f} mg/L，总管压力 {BL_PIT201:.1f} kPa。已通知巡检到现场。"),
        (14, PATROL, Q_, "现场检查 1#鼓风机：变频器报过载，电机、轴承不烫手，进口滤网积灰较多。已停电挂牌。"),
        (44, LEADER, O_, "滤网吹扫、盘车正常，变频器复位后试机 5 min 电流正常，1#鼓风机转备用。原因：进口滤网堵，负荷偏大。"),
    ),
    (23, "EFF_ANA_NH3"): (
        (9, CONTROL, E_, "出水氨氮分析仪报故障停测，最后数据 {EFF_AIT_NH3:.2f} mg/L。已报运维单位和工艺，现场改每 2 h 手工取样。"),
        (75, LEADER, LogKind.SAMPLING, "出水手工取样送化验室测氨氮，好氧末端氨氮 {AE_NH31:.2f} mg/L，供参考。"),
        (196, LEADER, Q_, "运维单位到场：蠕动泵管老化破裂漏液，更换泵管、清洗管路、校准后恢复测量。原因：泵管超期使用。"),
    ),
    (20, "PS_P101B"): (
        (5, CONTROL, E_, "2#提升泵跳闸，备用泵自动投入，集水井液位 {PS_LIT101:.2f} m，进水 {INF_FIT101:.0f} m³/h，未溢流。"),
        (30, PATROL, Q_, "2#提升泵吊起检查，叶轮缠绕破布、塑料绳，清除干净，盘车灵活。"),
        (60, LEADER, O_, "2#提升泵下放复位，绝缘合格，试运转电流 {PS_P101B_I:.0f} A，恢复自动。要求加密粗格栅清渣。"),
    ),
    (17, "EFF_ANA_TP"): (
        (8, CONTROL, E_, "出水总磷分析仪故障，停止测量，最后数据 {EFF_AIT_TP:.3f} mg/L。夜间已电话通知运维单位，明早到场。"),
        (600, LEADER, Q_, "运维单位检查：消解池加热单元损坏，厂内无备件，已向厂家调件，预计次日凌晨到。"),
        (640, ENGINEER, LogKind.INSTRUCTION, "TP 仪停用期间：出水每 4 h 取样由化验室测 TP，PAC 加药不得下调；停测情况已书面报备。"),
        (1638, LEADER, Q_, "运维单位更换消解池加热单元，标样核查合格，总磷分析仪恢复测量。本次停测约 27 h，影响当月达标率。"),
    ),
    (13, "BL_B201A"): (
        (3, CONTROL, E_, "三台鼓风机同时失电停机，风机房低压柜进线开关跳闸。总管压力 {BL_PIT201:.1f} kPa，DO 快速下降。已报班长、厂长。"),
        (18, LEADER, E_, "现场：风机房低压柜母线排有放电痕迹，不能强送电。通知机修、供电维保，减小进水、加大内回流，搅拌器保持运行。"),
        (150, MAINTENANCE, Q_, "机修、维保到场：母线绝缘子击穿，拆除损坏段，调备件。风机房隔离停电挂牌，专人监护。"),
        (330, CONTROL, E_, "DO {AE_DO1:.1f} mg/L，好氧末端氨氮 {AE_NH31:.1f} mg/L，出水氨氮 {EFF_AIT_NH3:.1f} mg/L 持续上升，预计当日超标，已报运营部。"),
        (480, ENGINEER, LogKind.INSTRUCTION, "应急：进水按调节能力压减，停排剩余污泥，碳源停加，恢复供气后逐台加风，防止冲泥。已向环保部门报告。"),
        (669, LEADER, O_, "1#鼓风机送电试机正常，投入运行，总管压力 {BL_PIT201:.1f} kPa；2#、3# 待检查后依次投入。"),
        (729, LEADER, O_, "3#鼓风机恢复，三台风机全部可用。DO {AE_DO1:.1f} mg/L 回升。事件持续约 12 h，原因：低压柜母线绝缘子击穿。"),
    ),
    (9, "EFF_ANA_COD"): (
        (7, CONTROL, E_, "出水 COD 分析仪报故障，最后数据 {EFF_AIT_COD:.1f} mg/L。已通知运维单位，出水感官正常。"),
        (90, PATROL, LogKind.SAMPLING, "出水手工取样 1 瓶送化验室测 COD，留平行样。"),
        (252, LEADER, Q_, "运维单位到场：进样多通阀卡涩，拆洗更换密封，标液核查合格，恢复测量。"),
    ),
    (7, "LS2_P1"): (
        (6, CONTROL, E_, "2#泵站 1#泵跳闸，2#泵自动投入，泵站液位受控，已派巡检前往。"),
        (48, PATROL, Q_, "2#泵站：1#泵热继电器动作，泵内有垃圾堵塞，清理后盘车正常。"),
        (76, LEADER, O_, "2#泵站 1#泵复位，试运转正常，恢复自动。建议泵站格栅改为每天清渣。"),
    ),
    (4, "EFF_ANA_TN"): (
        (6, CONTROL, E_, "出水总氮分析仪故障停测，最后数据 {EFF_AIT_TN:.2f} mg/L，已通知运维单位（白班在厂）。"),
        (136, LEADER, Q_, "运维单位处理：试剂管脱落、光源室进液，擦干并重接，做一次标样核查合格，恢复测量。"),
    ),
}  # fmt: skip

_AMENDED: Final = {
    (23, "EFF_ANA_NH3", 2): ("停测时间 14:05～17:15，期间缺数已在平台标记。", "补充停测起止时间"),
    (7, "LS2_P1", 1): ("清出物为编织袋和湿巾约 5 kg，已拍照存档。", "补充清出物情况"),
}


def incidents_logged(begun_us: int, zone: ZoneInfo) -> Iterator[Deed]:
    """Yield what was written about the incidents of the past."""
    seam_us = run_in_from(begun_us) + DAY_US
    for incident in INCIDENTS:
        begins_us, _ = incident.span(seam_us, zone)
        for number, said in enumerate(STORIES.get((incident.day, incident.target), ())):
            at_us = begins_us + round(said[0] * MINUTE_US)
            id = uuid5(NAMESPACE_OID, f"incident {begins_us} {incident.target} {number}")
            yield Deed(at_us, _write(id, incident, said), reads=True)
            words = _AMENDED.get((incident.day, incident.target, number))
            if words is not None:
                yield Deed(at_us + 35 * MINUTE_US, _amend(id, *words))


def _write(id: UUID, incident: Incident, said: Said) -> Act:
    _, who, kind, words = said

    async def act(stage: Stage) -> object:
        by, text = await writer(stage, who), worded(words, stage)
        if by is None or text is None:
            return None
        # Of all blowers where all of them stood.
        equipment = _BLOWERS if incident.day == _BOARD_OFF else (incident.target,)
        return await stage.logbook.write(NewEntry(id, kind, text, stage.clock.at_us, None, (), equipment), by)

    return act


def _amend(id: UUID, words: str, why: str) -> Act:
    async def act(stage: Stage) -> object:
        entry = await stage.logbook.get(id)
        if entry.by is None or entry.amendments:
            return None
        return await stage.logbook.amend(
            id, f"{entry.text}{words}", why, Actor(entry.by.account_id, entry.by.name)
        )

    return act

"""What the demo's people write into the log, as plant staff write it.

{TAG:.1f} is what the point showed at that moment; where it showed nothing, nobody writes that line.
"""
# ruff: noqa: E501 -- sentences stay whole

from dataclasses import dataclass
from typing import Final

from operations.logbook.records import LogKind

LEADER, CONTROL, PATROL = "班长", "中控", "巡检"
LABORATORY, ENGINEER, MAINTENANCE = "laboratory", "engineer", "maintenance"
"""Who stands on no roster writes by day, from the own account."""


@dataclass(frozen=True, slots=True)
class Line:
    """One text: who writes it, of which kind, about what."""

    by: str
    kind: LogKind
    text: str
    unit: str | None = None
    equipment: tuple[str, ...] = ()


def _routine(by: str, text: str, unit: str | None = None, *equipment: str) -> Line:
    return Line(by, LogKind.ROUTINE, text, unit, equipment)


def _operation(by: str, text: str, unit: str | None = None, *equipment: str) -> Line:
    return Line(by, LogKind.OPERATION, text, unit, equipment)


def _equipment(by: str, text: str, unit: str | None = None, *equipment: str) -> Line:
    return Line(by, LogKind.EQUIPMENT, text, unit, equipment)


TAKEN_OVER: Final = (
    _routine(
        LEADER,
        "接班检查：现场设备、工具、钥匙齐全，中控画面正常。进水 {INF_FIT101:.0f} m³/h，出水 {EFF_FIT401:.0f} m³/h。",
    ),
    _routine(
        LEADER,
        "接班。上班遗留事项已了解，各构筑物液位正常，集水井 {PS_LIT101:.2f} m，鼓风总管 {BL_PIT201:.1f} kPa。",
    ),
    _routine(
        CONTROL,
        "接班检查：好氧池 DO {AE_DO1:.1f}/{AE_DO3:.1f} mg/L，MLSS {AE_MLSS1:.0f} mg/L，出水氨氮 {EFF_AIT_NH3:.2f} mg/L，数据传输正常。",
    ),
    _routine(LEADER, "接班检查完毕，备用泵、备用风机均处于远程自动，灭火器、救生圈在位。"),
    _routine(
        CONTROL,
        "接班。核对报警列表和台账，出水 COD {EFF_AIT_COD:.1f}、TP {EFF_AIT_TP:.3f} mg/L，均在内控值内运行。",
    ),
)

PATROLLED: Final = (
    _routine(
        PATROL,
        "巡检格栅、提升泵房：栅渣量正常，集水井液位 {PS_LIT101:.2f} m，泵无异响，硫化氢 {PS_GDT_H2S:.1f} ppm。",
        "pumping",
    ),
    _routine(
        PATROL,
        "巡检生化池：曝气均匀，池面无浮泥，厌氧 ORP {AN_ORP1:.0f} mV，好氧末端氨氮 {AE_NH31:.2f} mg/L。",
        "aerobic",
    ),
    _routine(
        PATROL,
        "巡检鼓风机房：运行风机振动、温度正常，总管压力 {BL_PIT201:.1f} kPa，风量 {BL_FIT200:.0f} m³/h，过滤棉压差正常。",
        "blowers",
    ),
    _routine(
        PATROL,
        "巡检二沉池：出水堰清澈，泥位 {CL_LIT301A:.2f}/{CL_LIT301B:.2f} m，刮吸泥机运转平稳。",
        "clarifiers",
        "CL_M301A",
        "CL_M301B",
    ),
    _routine(
        PATROL,
        "巡检深度处理：高效沉淀池出水浊度 {HS_AIT_TURB:.1f} NTU，滤布滤池压差 {FL_DPT401A:.1f}/{FL_DPT401B:.1f} kPa，反洗正常。",
        "tertiary",
    ),
    _routine(
        PATROL,
        "巡检加药间：PAC 液位 {AD_LIT_PAC:.2f} m，碳源 {AD_LIT_CARB:.2f} m，次钠 {AD_LIT_NACLO:.2f} m，管路无滴漏。",
        "chemicals",
    ),
    _routine(
        PATROL, "巡检配电室：电压 {PW_UAB:.0f} V，功率因数 {PW_PF:.2f}，变压器温度正常，无异味。", "power"
    ),
    _routine(
        PATROL,
        "巡检污泥回流泵房：回流量 {RS_FIT301:.0f} m³/h，回流污泥浓度 {RS_MLSS301:.0f} mg/L，轴封滴水正常。",
        "return_sludge",
    ),
    _routine(
        PATROL,
        "巡检在线监测站房：站房温度 {EFF_TT_HOUSE:.1f} ℃，试剂余量够用，采样管无气泡，废液桶未满。",
        "effluent",
    ),
    _routine(
        PATROL, "巡检缺氧池：搅拌器运转正常，池面无死角，ORP {AX_ORP1:.0f}/{AX_ORP2:.0f} mV。", "anoxic"
    ),
    _routine(
        PATROL,
        "厂区巡检：围墙、门岗正常，除臭风机运行，排口硫化氢 {OD_GDT_H2S:.2f} ppm，无异味投诉。",
        "odour",
        "OD_M601",
    ),
)

ANY_TIME: Final = (
    _operation(
        PATROL,
        "粗格栅清渣 2 车，捞出缠绕物和树枝，栅前后液位差降到 {SC_LDT101:.2f} m。",
        "screens",
        "SC_M101",
    ),
    _operation(PATROL, "细格栅人工冲洗，清理毛发、塑料袋，液位差 {SC_LDT102:.2f} m。", "screens", "SC_M102"),
    _operation(PATROL, "集水井打捞浮渣约 0.3 m³，装袋放栅渣间待运。", "pumping"),
    _operation(
        CONTROL,
        "按进水 {INF_FIT101:.0f} m³/h 核调 PAC 加药量，现 {AD_FIT_PAC:.0f} L/h，出水 TP {EFF_AIT_TP:.3f} mg/L，继续观察。",
        "chemicals",
        "AD_P401",
    ),
    _operation(
        CONTROL,
        "缺氧末端硝氮 {AX_NO31:.1f} mg/L，碳源加药量微调，现 {AD_FIT_CARB:.0f} L/h。",
        "chemicals",
        "AD_P402",
    ),
    _operation(
        CONTROL,
        "余氯 {AD_AIT_CL2:.2f} mg/L，次氯酸钠加药量 {AD_FIT_NACLO:.0f} L/h，冲程未动。",
        "chemicals",
        "AD_P403",
    ),
    _operation(
        CONTROL,
        "排泥 1 次，MLSS {AE_MLSS1:.0f} mg/L，剩余污泥表底 {WS_FQ302:.0f} m³，泵已停，阀门复位。",
        "waste_sludge",
        "WS_P302A",
    ),
    _equipment(PATROL, "沉砂池砂水分离器出砂 1 斗，吸砂正常。", "grit", "GR_M103A"),
    _equipment(PATROL, "1#二沉池刮吸泥机行走轮轨道清理青苔，加注润滑脂。", "clarifiers", "CL_M301A"),
)

BY_DAY: Final = (
    _operation(
        PATROL,
        "1#板框压滤机压滤 1 批，泥饼成型好，卸泥装车，出泥累计 {SL_WIT501:.1f} t。",
        "dewatering",
        "SL_FP502A",
    ),
    _operation(PATROL, "2#板框压滤机压滤 1 批，滤布冲洗一遍，PAM 配药浓度 2‰。", "dewatering", "SL_FP502B"),
    _operation(
        PATROL,
        "清洗计量渠，刷除槽壁青苔，冲洗前后液位 {EFF_LIT401:.3f} m，流量计示值正常。",
        "effluent",
        "EFF_FLOW",
    ),
    Line(
        PATROL,
        LogKind.SAMPLING,
        "进、出水取样各 1 瓶送化验室，出水留样 1 瓶入 4 ℃ 冰箱，瓶号登记。",
        "effluent",
        ("EFF_SMP",),
    ),
    Line(
        CONTROL,
        LogKind.SAMPLING,
        "自动采样器 24 h 混合样取出，清洗采样瓶，重新启动采样程序。",
        "effluent",
        ("EFF_SMP",),
    ),
    _equipment(
        LEADER,
        "设备定期切换：备用回流泵 3# 试运转 10 min，电流、声音正常，恢复原运行方式。",
        "return_sludge",
        "RS_P301C",
    ),
    _equipment(
        LEADER, "设备定期切换：备用提升泵 3# 点动盘车并试运转，正常，恢复自动。", "pumping", "PS_P101C"
    ),
    _equipment(LEADER, "备用鼓风机 3# 盘车 3 圈，油位正常，进口滤网吹扫。", "blowers", "BL_B201C"),
    _operation(LEADER, "安排巡查 2#、3# 提升泵站，格栅清渣，泵房卫生打扫。", "lift_station_2"),
    Line(
        LEADER,
        LogKind.SAFETY,
        "班前安全提示：池边作业穿救生衣，进泵房先测硫化氢（现 {PS_GDT_H2S:.1f} ppm）后开风机。",
        "pumping",
    ),
    Line(
        LEADER,
        LogKind.VISITOR,
        "运维单位 2 人到站房做每周维护：更换试剂、清洗进样管、废液登记，全程陪同。",
        "effluent",
        ("EFF_ANA_COD", "EFF_ANA_NH3"),
    ),
    Line(
        LEADER,
        LogKind.VISITOR,
        "PAC 送货 1 车，磅单与送货单一致，卸入储罐，现液位 {AD_LIT_PAC:.2f} m。",
        "chemicals",
    ),
    Line(LEADER, LogKind.VISITOR, "泥饼外运车到厂，过磅、登记联单后放行。", "dewatering"),
    _routine(PATROL, "厂区卫生打扫，清除池边杂草，栅渣间冲洗消毒。"),
)

BY_NIGHT: Final = (
    _routine(
        CONTROL,
        "夜间进水低谷 {INF_FIT101:.0f} m³/h，DO {AE_DO1:.1f} mg/L，风机频率自动下调，出水氨氮 {EFF_AIT_NH3:.2f} mg/L。",
        "aerobic",
    ),
    _routine(CONTROL, "核对当日累计：进、出水流量计、电度表抄表完毕，日报数据已复核。"),
    _routine(CONTROL, "在线仪零点后自动核查，数据标识正常，联网传输无缺数。", "effluent"),
)

OTHERS: Final = (
    Line(ENGINEER, LogKind.INSTRUCTION, "工艺指令：MLSS 控制 3500～4500 mg/L，现 {AE_MLSS1:.0f}，本周剩余污泥排放量按日报核定，SV30 每班测一次。", "aerobic"),
    Line(LABORATORY, LogKind.LABORATORY, "化验室：今日进出水、污泥项目已做，平行样相对偏差合格，结果已录入。", "laboratory"),
    Line(MAINTENANCE, LogKind.EQUIPMENT, "机修：1#、2# 回流泵加注润滑脂，紧固地脚螺栓，测绝缘合格。", "return_sludge", ("RS_P301A", "RS_P301B")),
    Line(ENGINEER, LogKind.INSTRUCTION, "工艺指令：水温 {AE_TIT1:.1f} ℃，好氧段 DO 按 1.5～2.5 mg/L 控制，出水氨氮超 3.2 mg/L 先加风再报告。", "aerobic"),
    Line(LABORATORY, LogKind.LABORATORY, "化验室：COD 标准样核查合格；自动采样器留样与在线比对，偏差在允许范围内。", "laboratory"),
    Line(MAINTENANCE, LogKind.EQUIPMENT, "机修：细格栅链条张紧，更换 1 只耙齿，试运行正常。", "screens", ("SC_M102",)),
    Line(ENGINEER, LogKind.VISITOR, "区生态环境局监督性监测采样，陪同并留平行样，流量 {EFF_FIT401:.0f} m³/h，工况正常。", "effluent"),
)  # fmt: skip

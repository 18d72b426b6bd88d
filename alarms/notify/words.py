"""The words of pushes, as the staff says them; both languages side by side, since a person has one.

The console's catalogue stands above this package, and pushes must go out without it.
"""

from typing import Final

from telemetry.plant import EquipmentKind, Name

PRIORITY: Final = {
    "critical": Name("紧急", "CRITICAL"),
    "high": Name("高", "HIGH"),
    "medium": Name("中", "MEDIUM"),
    "low": Name("低", "LOW"),
}
ALARM: Final = {
    "LL": Name("低低报警", "low-low alarm"),
    "L": Name("低报警", "low alarm"),
    "H": Name("高报警", "high alarm"),
    "HH": Name("高高报警", "high-high alarm"),
    "instrument": Name("无有效数据", "no valid data"),
    "link": Name("中断", "lost"),
}
NODE: Final = {
    "NODE.disk.LL": Name("即将用尽", "almost used up"),
    "NODE.disk.L": Name("不足", "running low"),
    "NODE.clock.H": Name("读数存疑", "readings uncertain"),
    "NODE.future.H": Name("读数存疑", "readings uncertain"),
}
MEASURES: Final = {
    "-": "",
    "m3": "m³",
    "m3/h": "m³/h",
    "m3/d": "m³/d",
    "degC": "℃",
    "uS/cm": "µS/cm",
    "x": "×",
}

SINCE: Final = Name("{unit}，{at}起", "{unit}, since {at}")
VALUE: Final = Name("实测 {value}，限值 {limit}", "measured {value}, limit {limit}")
MORE: Final = Name("同一原因的报警另有 {count} 条", "{count} more alarms of the same cause")
CLEARED: Final = Name("已于 {at} 恢复，尚未确认", "cleared {at}, not yet acknowledged")
LINK: Final = Name("查看并确认：{url}", "See and acknowledge: {url}")
OPEN: Final = Name("查看：{url}", "See: {url}")

SECOND: Final = Name("{minutes} 分钟无人确认", "unanswered for {minutes} min")
UNREACHED: Final = Name("推送未能送达值班人员", "the people on duty could not be reached")
NOBODY: Final = Name("值班表上无人值班", "nobody stands on the roster")

TAKEN_TITLE: Final = Name("已确认：{what}", "Acknowledged: {what}")
TAKEN: Final = Name("{name} {at} 已确认", "{name} acknowledged it at {at}")
TAKEN_SAYING: Final = Name("{name} {at} 已确认：{comment}", "{name} acknowledged it at {at}: {comment}")
END_TITLE: Final = Name("已恢复：{what}", "Over: {what}")
END: Final = Name("{at} 恢复，历时 {lasted}", "over at {at} after {lasted}")
END_UNANSWERED: Final = Name("尚未确认，请确认", "not yet acknowledged: please do")
WITHDRAWN: Final = Name("{at} 该报警规则已删除", "its rule was removed at {at}")
SUMMARY_TITLE: Final = Name(
    "报警过多：另有 {count} 条未单独推送", "Many alarms: {count} more, not pushed one by one"
)
SUMMARY: Final = Name("最严重：{what}", "gravest: {what}")
SUMMARY_LOOK: Final = Name("请到中控室或报警页查看全部", "see all of them on the alarms page")
TEST_TITLE: Final = Name("测试推送", "Test push")
TEST: Final = Name("{plant} {at} 的测试，无需处理", "a test of {plant} at {at}; nothing to do")

BY_LINK: Final = Name("通过推送链接确认", "by the link in a push")

LINK_DOWN: Final = Name(
    "这条线上的测点都没有数据，期间不判断报警。先查网络和电源",
    "its points have no data and are not judged meanwhile: look at network and power first",
)
REGULATED_LOST: Final = Name(
    "这段时间不计有效数据，影响当月在线仪达标率（{target} 以上）。查分析仪，必要时通知运维单位",
    "these hours count as lost for the month's {target}: look at the analyser, call its operator",
)
OUTLET_HH: Final = Name(
    "超过排放限值。立即查明原因，必要时减量、加药并报告",
    "above the discharge limit: find out why, reduce the flow or dose, report",
)
OUTLET_H: Final = Name(
    "已超内控值，接近排放限值。请调整工艺", "above the internal control value: adjust the process"
)
MACHINE: Final = {
    EquipmentKind.PUMP: Name("确认备用泵已投入，注意液位", "see that the standby runs; watch the level"),
    EquipmentKind.BLOWER: Name("确认备用风机已投入，注意溶解氧", "see that the standby runs; watch DO"),
    EquipmentKind.SUPPLY: Name("确认供电和备用电源", "check the supply and its backup"),
    EquipmentKind.ANALYSER: REGULATED_LOST,
}

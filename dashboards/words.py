"""What the dashboards themselves say; the plant's own words come with its description."""

from collections.abc import Mapping
from typing import Final

# Each word as (zh, en).
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "wall": ("大屏", "Wall"),
    "aeration": ("曝气", "Aeration"),
    "now": ("出水现值与限值", "Effluent now, and its limits"),
    "process": ("工艺流程", "The process, on the water's way"),
    "analysers": ("在线监测仪", "Online analysers"),
    "energy": ("电耗", "Power use"),
    "data_age": ("数据 {age}前", "data {age} old"),
    "no_data_at_all": ("24 小时内无数据", "no data for 24 h"),
    "links": ("通讯", "links"),
    "lost": ("中断", "lost"),
    "picture_of": ("刷新", "as of"),
    "no_limits": ("限值未录入", "no limits entered"),
    "left_out": ("另有 {n} 个单元未显示", "{n} more units not shown"),
    "no_reading": ("无数据", "no data"),
    "stale": ("无新数据", "stale"),
    "sampled_ago": ("取样 {age}前", "{age} ago"),
    "power_now": ("当前功率", "power now"),
    "energy_24h": ("24 h 电量", "energy, 24 h"),
    "volume_24h": ("24 h 水量", "water, 24 h"),
    "specific": ("吨水电耗", "per m³"),
    "run_hours": ("所选时段运行时间", "run hours in the range"),
    "states": ("鼓风机状态", "blower states"),
    "current": ("鼓风机电流", "blower current"),
    "frequency": ("鼓风机频率", "blower frequency"),
    "temperature": ("鼓风机温度", "blower temperature"),
    "energy_hours": ("每小时电量", "energy by hour"),
    "present": ("现值", "now"),
    "on": ("运行", "on"),
    "off": ("停止", "off"),
    "fault": ("故障", "fault"),
    "unknown_state": ("失联", "lost"),
    "moving": ("动作中", "moving"),
    "open": ("开", "open"),
    "closed": ("关", "closed"),
    "live": ("有电", "live"),
    "dead": ("失电", "dead"),
    "internal": ("内控", "internal"),
    "daily": ("日限", "daily"),
    "above_internal": ("超内控", "int."),
    "above_daily": ("超日限", "daily"),
    "above_single": ("超标", "single"),
    "not_entered": ("限值未录入", "no limits entered"),
    "compliance": ("达标", "Compliance"),
    "today_so_far": ("今日至今均值与限值", "Today so far: means, and limits"),
    "no_result_today": ("今日无有效结果", "no valid result yet"),
    "no_flow_today": ("流量数据未到", "flow not there yet"),
    "valid_of": ("有效", "valid"),
    "roster_away": ("值班表不可用", "roster not available"),
    "over_single": ("单次超标", "single results over:"),
    "judged_until": ("已判至", "judged to"),
    "judged_only_until": ("判定停在", "judged only to"),
    "nothing_judged": ("40 天内无判定", "nothing judged for 40 d"),
    "days_held": ("本月达标", "days met"),
    "days_over": ("超标", "over"),
    "days_unjudged": ("未判", "gaps"),
    "days_rate": ("达标率", "rate"),
    "no_days": ("本月无已判的日", "no day judged this month"),
    "month_days": ("本月逐日", "The month, day by day"),
    "verdict_complies": ("达标", "met"),
    "verdict_exceeds": ("超标", "OVER"),
    "verdict_not_judged": ("未判", "gaps"),
    "verdict_not_entered": ("无限值", "lim.?"),
    "verdict_open": ("待判", "open"),
    "daily_mean": ("日均值", "daily mean"),
    "daily_ends": ("每日最低最高", "lowest and highest"),
    "highest": ("最高", "highest"),
    "limit": ("限值", "limit"),
    "single_exceedances": ("单次超标", "Single results beyond their limit"),
    "no_records": ("没有记录", "no records"),
    "month_counts": ("本月合计（天）", "The month's days"),
    "item": ("项目", "item"),
    "at": ("时间", "time"),
    "value": ("结果", "result"),
    "month_mean": ("月均值", "month's mean"),
    "load": ("负荷 t", "load, t"),
    "uptime_month": ("本月在线仪达标率（目标 ≥ {target} %）", "Uptime this month, against {target} %"),
    "plants_figure": ("全厂", "plant"),
    "lowest": ("最低", "lowest"),
    "without_results": ("无结果：", "no results:"),
    "none_due": ("本月无应测数据", "none due yet"),
    "hours_left": ("余", "left:"),
    "only_left": ("仅余", "only"),
    "hours_spent": ("已超", "over by"),
    "hours_days": ("小时 × 日", "hours × days"),
    "lost_by_cause": ("丢失小时数，按原因", "Hours lost, by cause"),
    "lost_hours": ("丢失时段", "What was lost, and when"),
    "cause": ("原因", "cause"),
    "all": ("合计", "all"),
    "since": ("起", "from"),
    "hours": ("小时", "hours"),
    "on_shift_today": ("当班与签到", "On shift, and who signed in"),
    "nobody_on_shift": ("无人排班", "nobody on the roster"),
    "not_signed": ("未签到", "not signed in"),
    "shift": ("班次", "shift"),
    "crew": ("班组", "crew"),
    "signed": ("人员 · 签到–签退", "people, in–out"),
    "turn_now": ("▶ 现在", "▶ now"),
    "turn_next": ("下一班", "next"),
    "turn_over": ("已下班", "over"),
    "turn_later": ("随后", "later"),
    # descriptions
    "about_today": (
        "今日已结束小时的有效结果按出水流量加权的均值；pH 为最低与最高结果。均值按限值的小数位修约"
        "（四舍六入五成双）后与限值比较，相等为达标；黄超内控、橙超日限、红超单次限值。有效／应测为小时数。",
        "Mean of today's valid hourly results, weighted with the effluent flow; of pH the lowest and the"
        " highest result. Rounded half to even to the limit's decimals before it is compared; equality"
        " complies. Yellow is above internal control, orange above the daily, red above the single limit.",
    ),
    "about_days": (
        "每日每项的判定。未判：有效小时不足应测的 75 %，不算达标。空白：尚无判定。",
        "The verdict on each item and day. Gaps: less than 75 % of the due hours are valid, so it was not"
        " judged, which is no compliance; lim.?: no limit was entered. Empty: not judged yet.",
    ),
    "about_means": (
        "柱为日均值，虚线为当日生效的最严限值。",
        "Bars are daily means, dashed is the strictest limit in force on that day.",
    ),
    "about_singles": (
        "超过单次限值的小时结果，新的在上。",
        "Hourly results beyond the single limit, the newest first.",
    ),
    "about_counts": (
        "本月各判定的天数；月均值为已判日均值的平均，须有全月 75 % 的天数。",
        "Days of the month by verdict. The month's mean is that of its judged days, and needs 75 % of all"
        " its days.",
    ),
    "about_uptime": (
        "在线仪达标率 = 有效且已传输 ÷ 应测，以小时计，自月初起；无结果按 0 计；向下取到 0.1 %。全厂为最低的"
        "一台。余：到月末还可"
        "丢失的小时数，未来按全时排放、每日一次标样核查计。",
        "Valid ÷ due hours since the month began; no result counts as 0; cut to a tenth. The plant's figure"
        " is the lowest. Left: hours that may still be lost by the month's end; what is to come is taken as"
        " hours of discharge, one a day for the standard check.",
    ),
    "about_grid": (
        "列为日，行为 0 至 23 时。灰为有效，暗为非应测，其余颜色见下方原因表。",
        "Days across, hours 0 to 23 down. Grey is valid, dark was not due; the table below names the others.",
    ),
    "about_causes": (
        "本月应测而无有效结果的小时数，按原因和项目；末行为不计入应测的小时。",
        "Hours of the month that were due and have no valid result, by cause and item; the last row was not"
        " due.",
    ),
    "about_losses": (
        "同一原因连续丢失的小时合为一行，新的在上。",
        "Hours lost in a row for one cause are one line, the newest first.",
    ),
    "about_on_shift": (
        "值班表上今天的班次，现在的和下一班在前；签到时间为实际记录。",
        "Today's turns on the roster, the one of now and the next first; signed times are as recorded.",
    ),
    "about_now": (
        "每个受控项目的最新值与内控值、日均限值对照。灰白正常；黄超内控、橙超日限、红超标；"
        "质量差或超过三个周期无新数据以紫色写明原因，不显示旧值。",
        "The newest value of each regulated item beside internal control value and daily limit. Grey is"
        " normal; yellow above internal, orange above daily, red above single-sample limit. A bad value or"
        " one older than three intervals is replaced by its reason in violet.",
    ),
    "about_process": (
        "按工艺流程排列的单元。实心为运行，空心为停止，红底为故障；▲▼ 为超过报警限；紫色为无效数据及原因。",
        "Units in the order of flow. Filled runs, hollow stands, red is a fault; ▲▼ stand beside a value"
        " beyond its alarm limit; violet is no valid data, with the reason.",
    ),
    "about_analysers": (
        "每台在线监测仪的状态和最近一次取样距今多久。",
        "The state of each online analyser, and how long ago its last sample was taken.",
    ),
    "about_chart": (
        "虚线为限值或报警限。≤ 48 h 取原始数据，更长取小时均值；含坏数据的区间留空。",
        "Dashed lines are limits. Raw readings up to 48 h, hourly means beyond; an interval with bad data"
        " is left empty.",
    ),
    "about_energy": (
        "当前有功功率；电量、水量取最近 24 个小时的小时累计。",
        "Active power now; energy and water are totals of the last 24 hours' figures.",
    ),
    "about_states": (
        "状态字的运行位和故障位随时间的变化；灰实运行，深色停止，红故障，紫无数据。",
        "Running and fault bits of the status words over time: grey runs, dark stands, red is a fault,"
        " violet is no data.",
    ),
    "about_run_hours": (
        "状态字得出的运行小时，按小时数字合计。",
        "Run hours from the status words, summed from the hours' figures.",
    ),
    "about_energy_hours": (
        "小时电量，来自电度表累计值。",
        "Energy of each hour, from the meter's count.",
    ),
    "about_present": (
        "最新值；质量差或过期以紫色写明原因。",
        "Newest values; a bad or old one is replaced by its reason in violet.",
    ),
}  # fmt: skip

CAUSES: Final[Mapping[str, tuple[str, str]]] = {
    "VALID": ("有效", "valid"),
    "FAULT": ("仪器故障", "fault"),
    "STOPPED": ("停运", "stopped"),
    "COMMUNICATION": ("通讯中断", "comm. lost"),
    "NO_RESULT": ("无结果", "no result"),
    "NO_SAMPLE": ("无水样", "no sample"),
    "RANGE": ("超量程", "out of range"),
    "QC_FAILED": ("核查或比对不合格", "check failed"),
    "QUALITY": ("坏值", "bad value"),
    "SAMPLE_TIME": ("取样时间异常", "sample time"),
    "MARKED": ("人工标记", "marked"),
    "CALIBRATION": ("校准", "calibration"),
    "MAINTENANCE": ("维护", "maintenance"),
    "STANDARD_CHECK": ("标样核查", "standard check"),
    "ZERO_FLOW": ("零流量", "no flow"),
    "WAITING": ("待结果", "result to come"),
    "NO_HOUR": ("无判定", "not judged"),
    "NOT_DUE": ("非应测", "not due"),
}
"""Why an hour has no valid result, as the node says it; others are shown by their code."""

# By OPC status (quality & 0xFC); a code that is missing here is said as 0.
REASONS: Final[Mapping[int, tuple[str, str]]] = {
    0: ("坏值", "bad"),
    4: ("组态错误", "config."),
    8: ("未连接", "not conn."),
    12: ("设备故障", "device fault"),
    16: ("仪表故障", "sensor fault"),
    20: ("保持旧值", "held"),
    24: ("通讯中断", "comm. lost"),
    28: ("停用", "not in use"),
    32: ("等待数据", "waiting"),
}


def word(key: str, language: str, **values: object) -> str:
    """Return a word in `zh` or `en`, with its places filled."""
    text = _WORDS[key][0 if language == "zh" else 1]
    return text.format(**values) if values else text


def causes(language: str) -> dict[str, str]:
    """Return the words for an hour's state by its code."""
    return {code: pair[0 if language == "zh" else 1] for code, pair in CAUSES.items()}


def reasons(language: str) -> dict[int, str]:
    """Return the words for bad qualities by status code."""
    return {code: pair[0 if language == "zh" else 1] for code, pair in REASONS.items()}

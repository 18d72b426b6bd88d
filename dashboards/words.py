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
    # descriptions
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


def reasons(language: str) -> dict[int, str]:
    """Return the words for bad qualities by status code."""
    return {code: pair[0 if language == "zh" else 1] for code, pair in REASONS.items()}

"""The notes on method that a report ends with: what was computed how, of what there was."""

from collections.abc import Iterator

from reports.inputs import Compliance, MonthInputs
from telemetry.plant import Name


def notes_of(inputs: MonthInputs) -> Iterator[Name]:
    """Yield the notes that this month's report needs."""
    at = inputs.plant.day_starts_at
    yield Name(
        f"报告日为 {at:02d}:00 至次日 {at:02d}:00（{inputs.plant.timezone}）；所有日、"
        "月数值由小时数值按固定次序累加。",
        f"A report day runs from {at:02d}:00 to {at:02d}:00 of the next ({inputs.plant.timezone});"
        " figures of days and the"
        " month are folded from hour figures in a fixed order.",
    )
    yield Name(
        "水量取累计流量之差，已处理翻转与清零；没有累计流量时对瞬时流量积分，只计有数据的时间。",
        "Volumes are differences of totalisers, with roll-over and resets accounted for; without one,"
        " the flow is"
        " integrated over the time it is known.",
    )
    yield Name(
        "出水、进水浓度日均值为有效小时值按同单元流量加权；负荷为逐日水量×日均浓度之和，"
        "不以月均浓度×月水量计算；"
        "水量取累计流量，达标页与接口的负荷取流量计小时均值，两者可略有差别；"
        "去除率只取进出水均有数据的日。",
        "Daily means of concentrations are valid hourly values weighted with the unit's flow; loads are"
        " sums of each"
        " day's volume times its mean, never month by month, and the volume is the totaliser's: the"
        " compliance page and the API have loads by the flow meter's hours, which differ a little;"
        " removal is of days with both ends known.",
    )
    yield Name(
        "不完整的日不补数：缺失写作“–”，合计与均值只含已知日，并注明天数。"
        "正在进行的一天不参与日均流量与负荷率。",
        "Nothing is filled in: what is missing is shown as –, sums and means are of the days that are"
        " known, and their"
        " number is stated. The day in course takes no part in mean flows and load factors.",
    )
    if isinstance(inputs.compliance, Compliance):
        yield Name(
            "达标判定：有效小时值不少于应测值 75 % 方判定当日；修约为四舍六入五成双至限值位数；"
            "等于限值为达标；"
            "多个限值取最严；未录入限值与未判定日不计为达标。判定日均值在已判定天数达当月天数 75 % 后才有，"
            "此前为“–”；浓度表的全月均值含全部有值的日，故两者可不同。",
            "A day is judged with at least 75 % of its due results valid; values are rounded half to"
            " even to the limit's"
            " decimals; equality complies; of several limits the strictest governs; a day not judged, or"
            " without a limit"
            " entered, never counts as complying. The mean of judged days is there once 75 % of the month's"
            " days are judged, and – before; the mean of the concentrations is of all days that have a"
            " value, so that the two may differ.",
        )
    if isinstance(inputs.analysers, tuple):
        yield Name(
            "在线仪达标率 = 有效且已传输 ÷ 应测（停排时段不计，每日自动标样核查至多 1 h 不计），"
            "全厂取最低的一台；结果达标率（限值内 ÷ 有效）另列；比率舍去至 0.1 %。",
            "Uptime is valid and transmitted results over due ones (none due without discharge, nor for"
            " at most one hour"
            " a day of automatic standard check); the plant's figure is its lowest analyser. The"
            " compliance rate (within"
            " limits over valid) stands beside it.",
        )
    if inputs.roles.tags.get("wet_cake"):
        yield Name(
            "绝干泥量 = 湿泥量×(1−含水率)；当日无含水率化验值时取月均含水率。",
            "Dry solids are wet cake × (1 − moisture); on days without a moisture the month's mean is taken.",
        )
    if inputs.roles.chemicals:
        yield Name(
            "药剂投加浓度以商品计（商品量÷水量）。",
            "Doses are stated as product: mass of product over volume of water.",
        )
    yield Name(
        "运行时间由状态字运行位累计，并与设备计时器对照；状态未知的时间不计，另列已知比例。",
        "Run hours are summed from the running bit and set beside the machine's own counter; time whose"
        " state is not"
        " known is not counted, and its share is shown.",
    )
    yield Name(
        "报警指标按 ISA-18.2 定义：只计新报警；泛滥为任意 10 分钟超过 10 条，至少于 5 条止；频繁报警为"
        " 60 s 内"
        "同一报警 3 次及以上；瞬时报警为 10 s 内自行消除；陈旧报警为持续 24 h 以上。",
        "Alarm figures follow ISA-18.2: new alarms only; a flood is more than 10 in any 10 minutes,"
        " until fewer than 5;"
        " chattering is 3 or more of the same alarm in 60 s; fleeting ends by itself within 10 s; stale"
        " stands longer"
        " than 24 h.",
    )
    if inputs.origins:
        yield Name(
            "本月部分数据并非现场测得（见封面说明），不得用作监测数据上报。",
            "Part of this month's readings was not measured (see the cover): it must not be reported as"
            " monitoring data.",
        )

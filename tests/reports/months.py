"""A month of a small plant, whole or with holes, as it would be collected."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from reports.inputs import (
    AlarmFigures,
    Amendment,
    Amendments,
    Analyser,
    ChemicalRole,
    Compliance,
    CrewMonth,
    Exceedance,
    FindingCount,
    Head,
    Judged,
    JudgedItem,
    Machine,
    MonthInputs,
    PlantFacts,
    PointDays,
    PointMonth,
    PollutantRole,
    RolePoints,
    Staff,
    TopAlarm,
    Turn,
)
from reports.month import Month, month_of
from telemetry.calendar import Calendar
from telemetry.plant import Name

CALENDAR = Calendar(ZoneInfo("Asia/Shanghai"))
HOUR_US = 3_600_000_000
MADE_US = int(datetime(2026, 11, 1, 0, 30, tzinfo=UTC).timestamp()) * 1_000_000


def month() -> Month:
    return month_of("2026-10", CALENDAR)


def wave(index: int, mean: float, swing: float) -> float:
    """Return a value that goes up and down over the days, exactly the same everywhere."""
    return mean + swing * ((index * 7) % 11 - 5) / 5


def days_of(
    tag: str, unit: str, mean: float, swing: float, *, amount: str = "", missing: tuple[int, ...] = ()
) -> PointDays:
    values = tuple(None if index in missing else wave(index, mean, swing) for index in range(31))
    nothing = (None,) * 31
    return PointDays(
        tag=tag,
        name=Name(tag, tag),
        engineering_unit=unit,
        amount_unit=amount,
        amount=values if amount else nothing,
        mean=nothing if amount else values,
        minimum=nothing,
        maximum=nothing,
        good=tuple(0.0 if index in missing else 1.0 for index in range(31)),
    )


def judged(index: int) -> Judged:
    exceeds = index == 16
    valid = 12 if index == 13 else 23
    verdict = "exceeds" if exceeds else "not_judged" if valid < 18 else "complies"
    mean = 9.2 if exceeds else wave(index, 1.2, 0.4)
    return Judged(verdict, mean, valid, 23, 0.4, 2.2, None, Decimal("4"), "DB32/4440-2022 C", 2 * exceeds)


def item(tag: str, zh: str, en: str) -> JudgedItem:
    days = tuple(judged(index) for index in range(31))
    return JudgedItem(tag, Name(zh, en), "mg/L", 2, days, 29, 1, 1, 0, 1.46, 29 / 30)


def exceedance(basis: str) -> Exceedance:
    start = month().starts_us[16]
    turn = Turn("2026-10-17", Name("中班", "evening"), ("王磊", "李静"))
    before = (Turn("2026-10-17", Name("早班", "morning"), ("陈喆", "朱镕")),)
    return Exceedance(
        "EFF_NH3", Name("出水氨氮", "effluent NH3-N"), basis, "high",
        start + 18 * HOUR_US, start + 19 * HOUR_US, 9.21, "9.2", Decimal("4"), 2, "mg/L", "DB32/4440-2022 C",
        (turn,), before,
    )  # fmt: skip


def analyser(tag: str, zh: str, en: str, valid: int) -> Analyser:
    lost = {"fault": 713 - valid - 3, "communication": 3} if valid < 713 else {}
    return Analyser(
        tag, Name(zh, en), 713, valid, 31, 0, 713, lost, valid / 713, 0.95, valid - 678, valid, valid - 2,
        (valid - 2) / valid,
    )  # fmt: skip


def point(tag: str, good: float | None) -> PointMonth:
    return PointMonth(
        tag, Name(f"点 {tag}", f"point {tag}"), "works", Name("好氧池", "aerobic tank"), "AI", "mg/L", False,
        44_640, good, 1.0, 0.0, 2.0, None, 0,
    )  # fmt: skip


def alarms() -> AlarmFigures:
    return AlarmFigures(
        from_us=month().from_us, days=31.0, raised=310, by_priority={"high": 30, "low": 280},
        by_day=(10,) * 31, most_an_hour=9, most_in_10_min=7, hours_above_30=0, flood_share=0.0,
        top=(TopAlarm("AE_DO1.L", Name("1#溶解氧 低报警", "DO 1 low"), "low", 40),), top_share=40 / 310,
        chattering=0, fleeting=2, stale=1, acknowledged=300, response_median_s=95.0, response_p90_s=410.0,
    )  # fmt: skip


def staff() -> Staff:
    crews = tuple(
        CrewMonth(Name(zh, en), 46, 45, 1, late, 0, 0)
        for zh, en, late in (("甲班", "crew A", 1), ("乙班", "crew B", 0), ("丙班", "crew C", 2))
    )
    findings = (FindingCount("late", Name("迟到", "late"), 3, 2, 1),)
    return Staff(crews, findings, 214, 92)


def amendments() -> Amendments:
    start = month().starts_us[3]
    correction = Amendment(
        "correction", start, "LAB_BOD", Name("进水BOD5", "influent BOD5"), start, start, 118.0, 18.0, None,
        False, "赵敏", "笔误",
    )  # fmt: skip
    mark = replace(
        correction, kind="mark", to_us=start + HOUR_US, mark="calibration", value=None, former=None,
        withdrawn=True,
    )  # fmt: skip
    return Amendments((correction, mark), 3, 12)


def whole_month(**changed: Any) -> MonthInputs:
    """Return a month with every part; `changed` parts are otherwise."""
    of = month()
    by_day = {
        "INF_Q": days_of("INF_Q", "m3", 18_600.0, 900.0, amount="m3"),
        "EFF_Q": days_of("EFF_Q", "m3", 18_300.0, 850.0, amount="m3", missing=(20,)),
        "INF_COD": days_of("INF_COD", "mg/L", 260.0, 14.0, missing=(4, 5)),
        "EFF_COD": days_of("EFF_COD", "mg/L", 24.0, 2.0, missing=(5,)),
        "INF_TN": days_of("INF_TN", "mg/L", 38.0, 2.0),
        "EFF_TN": days_of("EFF_TN", "mg/L", 9.6, 0.8),
        "KWH": days_of("KWH", "kWh", 5_400.0, 120.0, amount="kWh", missing=(9,)),
        "KWH_BL": days_of("KWH_BL", "kWh", 2_100.0, 50.0, amount="kWh"),
        "AIR": days_of("AIR", "m3", 112_000.0, 3_000.0, amount="m3"),
        "RAS": days_of("RAS", "m3", 15_000.0, 200.0, amount="m3"),
        "IR": days_of("IR", "m3/h", 40_000.0, 300.0, amount="m3"),
        "WAS": days_of("WAS", "m3", 260.0, 10.0, amount="m3"),
        "XR": days_of("XR", "mg/L", 8_200.0, 150.0),
        "X1": days_of("X1", "mg/L", 3_800.0, 90.0),
        "SV1": days_of("SV1", "%", 32.0, 1.5, missing=(6, 13)),
        "BOD": days_of("BOD", "mg/L", 118.0, 6.0, missing=tuple(range(1, 31, 2))),
        "SS": days_of("SS", "mg/L", 6.0, 0.4),
        "CAKE": days_of("CAKE", "t", 11.2, 2.0, amount="t", missing=(7,)),
        "MOIST": days_of("MOIST", "%", 78.0, 0.8, missing=(2, 3)),
        "PAM": days_of("PAM", "kg", 10.0, 1.0, amount="kg"),
        "PAC": days_of("PAC", "L", 7_700.0, 200.0, amount="L"),
    }
    tags: dict[str, tuple[str, ...]] = {
        "influent_volume": ("INF_Q",), "effluent_volume": ("EFF_Q",), "energy": ("KWH",),
        "blower_energy": ("KWH_BL",), "air": ("AIR",), "return_sludge": ("RAS",), "internal_recycle": ("IR",),
        "waste_sludge": ("WAS",), "return_solids": ("XR",), "mlss": ("X1",), "sv30": ("SV1",),
        "influent_bod": ("BOD",), "effluent_ss": ("SS",), "wet_cake": ("CAKE",), "cake_moisture": ("MOIST",),
        "pam": ("PAM",),
    }  # fmt: skip
    inputs = MonthInputs(
        plant=PlantFacts(
            "small", Name("小厂", "Small Plant"), Name("出水口", "outlet"), "node1", "Asia/Shanghai", 0,
            20_000.0, 12_500.0, 1_000.0,
        ),
        month="2026-10",
        days=tuple(day.isoformat() for day in of.days),
        starts_us=of.starts_us,
        from_us=of.from_us,
        to_us=of.to_us,
        through_us=of.to_us,
        roles=RolePoints(
            tags=tags,
            pollutants=(
                PollutantRole("COD", Name("出水COD", "effluent COD"), "EFF_COD", "INF_COD"),
                PollutantRole("TN", Name("出水总氮", "effluent TN"), "EFF_TN", "INF_TN"),
            ),
            chemicals=(ChemicalRole(Name("PAC", "PAC"), "PAC", 0.12, "influent"),),
        ),
        points=(point("AE_DO1", 0.999), point("AE_DO2", 0.9), point("LAB_BOD", None)),
        by_day=by_day,
        machines=(
            Machine("P1", Name("1#泵", "pump 1"), "pump", Name("泵房", "pumps"), 700.5, 12, 0.99, 700.4),
            Machine("P2", Name("2#泵", "pump 2"), "pump", Name("泵房", "pumps"), None, None, None, 12.0),
        ),
        compliance=Compliance(
            (item("EFF_NH3", "出水氨氮", "effluent NH3-N"), item("EFF_TN", "出水总氮", "effluent TN")),
            (exceedance("daily"), exceedance("single")),
            30, 29, 29 / 30,
        ),
        analysers=(
            analyser("EFF_COD", "出水COD", "effluent COD", 705),
            analyser("EFF_TP", "出水总磷", "effluent TP", 660),
        ),
        alarms=alarms(),
        staff=staff(),
        amendments=amendments(),
        origins=(),
        ledger=Head(812, "ab" * 32),
        journal=Head(4120, "cd" * 32),
    )  # fmt: skip
    return replace(inputs, **changed)

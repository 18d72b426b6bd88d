"""plant.yaml: the plant, its units in the order of flow, the node and its server."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, StringConstraints

from alarms.notify.settings import PushSettings
from config.hosts import host_mistake, is_loopback
from config.problems import Problems, nearest, quoted
from config.push_checks import check_push
from config.secrets import is_inside, is_variable
from config.settings import NodeAlarmSettings, ServerSettings
from config.validation import validate
from config.yaml_file import YamlFile, read_yaml
from history.influx.settings import InfluxSettings
from history.settings import HistorySettings
from operations.handover.settings import HandoverSettings
from reports.settings import CHEMICAL_UNITS, ROLE_UNITS, ReportSettings
from telemetry.plant import Name, Unit, UnitStage
from telemetry.settings import Settings

HOLDS: Final = "the plant's names, its units, the node and its server"
SYSTEM_UNIT: Final = Unit("system", Name("系统", "system"), UnitStage.SERVICE)
CHINA: Final = "Asia/Shanghai"
_YEARS: Final = range(2000, 2041)
_CALLED_CHINA: Final = frozenset(
    {"china", "prc", "beijing", "asia/beijing", "asia/peking", "cst", "china standard time", "utc+8"}
    | {"utc+08", "utc+08:00", "gmt+8", "gmt+08:00", "+8", "+08", "+08:00", "中国", "北京", "上海", "shanghai"}
)

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]


class NameSettings(Settings):
    """A name in both languages."""

    zh: Words = Field(description="as the staff says it")
    en: Words = Field(description="as others say it")


class UnitSettings(NameSettings):
    """A process unit."""

    id: Id = Field(description="the area in points.csv")
    stage: UnitStage = Field(description="where the wall shows it")
    flow: Id | None = Field(
        default=None, description="point, in m3/h, that daily means of its concentrations are weighted with"
    )
    serves: Id | None = Field(
        default=None, description="unit that its machines work for, as blowers do for the aerobic tank"
    )


class PlantSettings(Settings):
    """What plant.yaml says."""

    id: Id = Field(description="short name of the plant in topics, files and stores; never changed")
    name: NameSettings = Field(description="the plant's name, zh and en")
    timezone: Words = Field(description="zone of the plant's calendar, such as Asia/Shanghai")
    design_flow_m3_d: float = Field(gt=0, le=1e8, description="design flow in m³/d")
    outlet: NameSettings = Field(description="where the water leaves, zh and en, as the permit says it")
    node: Id = Field(description="short name of this node; never changed")
    server: ServerSettings = Field(default=ServerSettings(), description="where the node's console listens")
    node_alarms: NodeAlarmSettings = Field(
        default=NodeAlarmSettings(), description="when the node raises an alarm about itself"
    )
    history: HistorySettings = Field(
        default=HistorySettings(),
        description="how long readings are kept, and when closed days are compacted",
    )
    handover: HandoverSettings = Field(default=HandoverSettings(), description="when turns are handed over")
    influx: InfluxSettings | None = Field(
        default=None, description="an InfluxDB 2 that readings go to as well"
    )
    push: PushSettings | None = Field(default=None, description="pushes of alarms to the people on duty")
    report: ReportSettings = Field(
        default=ReportSettings(), description="which points and sizes the month's report is computed from"
    )
    units: tuple[UnitSettings, ...] = Field(min_length=1, max_length=500, description="in the order of flow")


@dataclass(frozen=True, slots=True)
class Flow:
    """A point that a unit names as its flow, and where it does."""

    tag: str
    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class Role:
    """A point that the report names, the units it may be in, and where it does."""

    key: str
    tag: str
    units: tuple[str, ...]
    file: Path
    line: int


@dataclass(frozen=True, slots=True)
class PlantFile:
    """plant.yaml; `settings` is None where it has mistakes, `unit_ids` None where it names no units."""

    settings: PlantSettings | None
    units: tuple[Unit, ...]
    unit_ids: Collection[str] | None
    flows: tuple[Flow, ...] = ()
    roles: tuple[Role, ...] = ()


def read_plant(folder: Path, problems: Problems) -> PlantFile:
    """Read plant.yaml."""
    yaml = read_yaml(folder / "plant.yaml", HOLDS, problems)
    if yaml is None:
        return PlantFile(None, (), None)
    settings = validate(PlantSettings, yaml.value, yaml, (), "", problems)
    raw = yaml.value if isinstance(yaml.value, dict) else {}
    _check_timezone(raw.get("timezone"), yaml, problems)
    _check_server(raw.get("server"), folder, yaml, problems)
    _check_influx(raw.get("influx"), folder, yaml, problems)
    check_push(raw.get("push"), raw.get("server"), folder, yaml, problems)
    ids = _unit_ids(raw.get("units"), yaml, problems)
    units = tuple(_unit(unit) for unit in settings.units) if settings else ()
    _check_serves(settings, yaml, problems)
    if settings and SYSTEM_UNIT.id not in {unit.id for unit in units}:
        units = (*units, SYSTEM_UNIT)
    flows = (
        Flow(unit.flow, yaml.file, yaml.line(("units", index, "flow")))
        for index, unit in enumerate(settings.units if settings else ())
        if unit.flow is not None
    )
    roles = () if settings is None else tuple(_roles(settings.report, yaml))
    return PlantFile(settings, units, ids, tuple(flows), roles)


def _unit(unit: UnitSettings) -> Unit:
    return Unit(unit.id, Name(unit.zh, unit.en), unit.stage, unit.flow, unit.serves)


def _check_serves(settings: PlantSettings | None, yaml: YamlFile, problems: Problems) -> None:
    ids = [unit.id for unit in settings.units] if settings else []
    for index, unit in enumerate(settings.units if settings else ()):
        if unit.serves is None or (unit.serves in ids and unit.serves != unit.id):
            continue
        near = nearest(unit.serves, [other for other in ids if other != unit.id])
        mend = f"did you mean {quoted(near)}?" if near else "write the id of another unit, or remove the key"
        what = f"serves: there is no other unit {quoted(unit.serves)}"
        problems.add(yaml.file, yaml.line(("units", index, "serves")), what, mend)


def _roles(report: ReportSettings, yaml: YamlFile) -> Iterator[Role]:
    for key, tags in report.tags_by_role().items():
        several = isinstance(getattr(report, key), tuple)
        for index, tag in enumerate(tags):
            place = ("report", key, index) if several else ("report", key)
            yield Role(key, tag, ROLE_UNITS[key], yaml.file, yaml.line(place))
    for index, chemical in enumerate(report.chemicals):
        line = yaml.line(("report", "chemicals", index, "used"))
        units = CHEMICAL_UNITS if chemical.kg_per_l is not None else ("kg", "t")
        yield Role("used", chemical.used, units, yaml.file, line)


def _unit_ids(units: Any, yaml: YamlFile, problems: Problems) -> Collection[str] | None:
    if not isinstance(units, list):
        return None
    first: dict[str, int] = {}
    for index, unit in enumerate(units):
        name = unit.get("id") if isinstance(unit, Mapping) else None
        if not isinstance(name, str):
            continue
        line = yaml.line(("units", index, "id"))
        if name in first:
            what = f"unit {quoted(name)} stands here again, first on line {first[name]}"
            problems.add(yaml.file, line, what, "give it an id of its own, or remove it")
        first.setdefault(name, line)
    return first | {SYSTEM_UNIT.id: 0}


def _check_timezone(zone: Any, yaml: YamlFile, problems: Problems) -> None:
    if not isinstance(zone, str) or not zone or yaml.is_spoiled(("timezone",)):
        return
    try:
        known = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        near = CHINA if zone.strip().casefold() in _CALLED_CHINA else nearest(zone, available_timezones())
        mend = f"did you mean {quoted(near)}?" if near else f"write a zone such as {CHINA}"
        problems.add(yaml.file, yaml.line(("timezone",)), f"timezone {quoted(zone)} is unknown", mend)
        return
    if not all(_is_whole_hours(known, year, month) for year in _YEARS for month in range(1, 13)):
        what = f"timezone {quoted(zone)} is not whole hours from UTC: no hour figure begins with its days"
        problems.add(yaml.file, yaml.line(("timezone",)), what, f"write a zone such as {CHINA}")


def _is_whole_hours(zone: ZoneInfo, year: int, month: int) -> bool:
    offset = datetime(year, month, 1, tzinfo=zone).utcoffset()
    return offset is not None and not offset % timedelta(hours=1)


def _check_server(server: Any, folder: Path, yaml: YamlFile, problems: Problems) -> None:
    if not isinstance(server, Mapping):
        return
    pair = [key for key in ("tls_certificate", "tls_key") if server.get(key) is not None]
    if len(pair) == 1:
        other = "tls_key" if pair == ["tls_certificate"] else "tls_certificate"
        line = yaml.line(("server", pair[0]))
        problems.add(yaml.file, line, f"server: {pair[0]} stands alone", f"add {other}, or remove both")
    host = server.get("host")
    if isinstance(host, str) and host:
        line = yaml.line(("server", "host"))
        mistake = host_mistake(host)
        if mistake is not None:
            problems.add(yaml.file, line, f"server: {mistake[0]}", mistake[1])
        elif not is_loopback(host) and not pair:
            mend = "add tls_certificate and tls_key, or write host: 127.0.0.1"
            problems.add(yaml.file, line, f"server: host {quoted(host)} is open to others without TLS", mend)
    for key in pair:
        value = server[key]
        if isinstance(value, str) and is_inside(folder / value, folder):
            line = yaml.line(("server", key))
            what = f"server: {key} stands in the plant folder"
            problems.add(yaml.file, line, what, "move it elsewhere, and write its full path")


def _check_influx(influx: Any, folder: Path, yaml: YamlFile, problems: Problems) -> None:
    if not isinstance(influx, Mapping):
        return
    env, file = influx.get("token_env"), influx.get("token_file")
    found: list[tuple[str, str, str]] = []
    if env is not None and file is not None:
        found.append(("token_file", "token_env and token_file both stand here", "keep one"))
    if isinstance(env, str) and not is_variable(env):
        mend = "write the name of one such as INFLUX_TOKEN, not the token"
        found.append(("token_env", "token_env is no variable's name", mend))
    if isinstance(file, str) and file and is_inside(folder / file, folder):
        mend = "move it elsewhere, and write its full path"
        found.append(("token_file", "token_file stands in the plant folder", mend))
    for key, what, mend in found:
        problems.add(yaml.file, yaml.line(("influx", key)), f"influx: {what}", mend)

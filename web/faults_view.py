"""How the faults of the demo's plant are put into words."""

from dataclasses import dataclass
from typing import Final

from config.folder import PlantFolder
from telemetry.plant import Name
from telemetry.simulated import FaultKind, FaultSwitch
from web.alarm_view import AlarmSpeaker
from web.language import Language
from web.language import mark as N_  # noqa: N812  the name babel looks for

TOLD: Final = {
    "blower_trip": N_("Its protection trips; the standby takes over after two minutes."),
    "pump_trip": N_("It stands still and says so; another of its group starts."),
    "sensor_frozen": N_("It shows what it shows now, whatever happens; controls that follow it go wrong."),
    "sensor_drifting": N_("It leaves the truth by this share of its range an hour, down with a minus."),
    "analyser_failure": N_("Its status says fault, the last result stands, and hours are lost."),
    "standard_check_failed": N_(
        "Its reagents are spoilt: checks fail on the hour, it calibrates in vain, after six hours it is under"
        " maintenance."
    ),
    "ammonia_breakthrough": N_("So much of the nitrification is lost: ammonia rises within hours."),
    "storm_bypass": N_(
        "So much rain: the pumps do not keep up, and the by-pass opens within an hour or two."
    ),
    "plc_unreachable": N_("Its connections end and new ones are refused."),
    "plc_silent": N_("It takes requests and does not answer."),
    "register_illegal": N_("Every read that reaches its registers is refused with exception 2."),
    "slow_device": N_("Each answer comes so late; beyond the time-out it is none."),
    "station_silent": N_("Its link is down; it keeps what it measures and sends it afterwards."),
    "clock_wrong": N_("It is so far ahead, behind with a minus: the times it tells are wrong."),
}


@dataclass(frozen=True, slots=True)
class TargetOption:
    """Somebody a fault can befall."""

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault to be switched: what it is called, what it does, whom it can befall and how much of it."""

    name: str
    label: str
    told: str
    targets: tuple[TargetOption, ...]
    unit: str = ""
    usual: str = ""
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class OnRow:
    """A fault that is on."""

    name: str
    target: str
    label: str
    target_label: str
    amount: str
    since: str


def fault_row(kind: FaultKind, folder: PlantFolder, _: Language) -> FaultRow:
    """Return a fault as it stands on the page."""
    targets = tuple(TargetOption(target, label_of(target, folder, _)) for target in kind.targets)
    label = _.name(Name(kind.zh, kind.en))
    told = _(TOLD[kind.name]) if kind.name in TOLD else ""
    if kind.amount is None:
        return FaultRow(kind.name, label, told, targets)
    ends = (f"{number:g}" for number in (kind.amount.usual, kind.amount.low, kind.amount.high))
    return FaultRow(kind.name, label, told, targets, kind.amount.unit, *ends)


def rows_on(faults: FaultSwitch, folder: PlantFolder, _: Language, speaker: AlarmSpeaker) -> list[OnRow]:
    """Return what is on, the newest first."""
    kinds = {kind.name: kind for kind in faults.kinds}
    rows = []
    for one in reversed(faults.active):
        kind = kinds.get(one.fault)
        unit = kind.amount.unit if kind is not None and kind.amount is not None else ""
        rows.append(
            OnRow(
                name=one.fault,
                target=one.target,
                label=one.fault if kind is None else _.name(Name(kind.zh, kind.en)),
                target_label=label_of(one.target, folder, _),
                amount="" if one.amount is None else f"{one.amount:g} {unit}",
                since=speaker.moment(one.since_us),
            )
        )
    return rows


def label_of(target: str, folder: PlantFolder, _: Language) -> str:
    """Return what whom a fault befalls is called, with its id; the id alone where it has no name."""
    plant = folder.plant
    places = (plant.equipment_by_id, plant.point_by_tag, plant.unit_by_id)
    named = next((place[target] for place in places if target in place), None)
    return target if named is None else f"{_.name(named.name)} · {target}"

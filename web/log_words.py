"""What the log says: its kinds, and what is written in one tap."""

from dataclasses import dataclass
from typing import Final

from web.language import mark as N_  # noqa: N812  the name babel looks for

KIND: Final = {
    "routine": N_("routine"),
    "event": N_("event"),
    "operation": N_("operation"),
    "equipment": N_("equipment"),
    "sampling": N_("sampling"),
    "laboratory": N_("laboratory tests"),
    "instruction": N_("instruction"),
    "visitor": N_("visitor"),
    "safety": N_("safety"),
    "alarm": N_("alarm"),
}


@dataclass(frozen=True, slots=True)
class Template:
    """Something that is written every day: its kind, what its button says and the words it writes."""

    kind: str
    label: str
    text: str


# What the crews do every day, the most frequent first.
TEMPLATES: Final = (
    Template("routine", N_("Round, all well"), N_("Round made: machines run normally, no leaks, no smell.")),
    Template("routine", N_("Screenings removed"), N_("Screenings raked off the screens and taken away.")),
    Template("operation", N_("Switched over"), N_("Switched to the standby machine; it runs normally.")),
    Template("equipment", N_("Machine fault"), N_("Machine fault: stopped, maintenance informed.")),
    Template("operation", N_("Air adjusted"), N_("Aeration adjusted.")),
    Template("operation", N_("Dosing adjusted"), N_("Chemical dosing adjusted.")),
    Template("operation", N_("Sludge wasted"), N_("Waste sludge drawn off.")),
    Template("operation", N_("Press run"), N_("Filter press run; cake taken away.")),
    Template("sampling", N_("Samples taken"), N_("Samples taken as scheduled; retained samples kept.")),
    Template("event", N_("Influent abnormal"), N_("Influent abnormal: sample taken and retained, reported.")),
    Template("instruction", N_("Instruction"), N_("Instruction received: ")),
    Template("visitor", N_("Visitors"), N_("Visitors on site: ")),
    Template("safety", N_("Safety check"), N_("Safety check made: nothing found.")),
)


SHEETS: Final = {
    "sludge": N_("SV30 and sludge"),
    "influent": N_("Influent sheet"),
    "effluent": N_("Effluent sheet"),
    "others": N_("Cake, stocks, use"),
}
SHEET_KIND: Final = {
    "sludge": "sampling",
    "influent": "laboratory",
    "effluent": "laboratory",
    "others": "routine",
}
"""What an entry is about that brings values of a sheet."""

"""The staff's words for judged days and lost hours (domain.md 3 and 6). Keys are the API's words."""

from typing import Final

from web.language import mark as N_  # noqa: N812  the name babel looks for

DAY: Final = {
    "complies": N_("complies"),
    "exceeds": N_("exceeds"),
    "not_judged": N_("not judged: too few valid results"),
    "not_entered": N_("limits not entered"),
    "open": N_("day not over"),
}
DAY_SIGN: Final = {"complies": "✓", "exceeds": "✗", "not_judged": "–", "not_entered": "?", "open": "·"}
"""What stands in a cell of the month, beside its colour."""
BASIS: Final = {
    "daily": N_("daily mean"),
    "single": N_("single sample"),
    "internal": N_("internal control value"),
}
CAUSE: Final = {
    "waiting": N_("result still to come"),
    "zero_flow": N_("no discharge"),
    "standard_check": N_("standard check"),
    "fault": N_("fault"),
    "no_sample": N_("no sample water"),
    "maintenance": N_("under maintenance"),
    "calibration": N_("calibration"),
    "stopped": N_("stopped"),
    "communication": N_("communication lost"),
    "range": N_("out of range"),
    "quality": N_("bad reading"),
    "qc_failed": N_("check or comparison failed"),
    "marked": N_("marked as invalid"),
    "sample_time": N_("sample time wrong"),
    "no_result": N_("no result"),
}
CAUSE_LETTER: Final = {
    "fault": "F",
    "no_sample": "W",
    "maintenance": "M",
    "calibration": "C",
    "stopped": "S",
    "communication": "B",
    "range": "T",
    "quality": "Q",
    "qc_failed": "V",
    "marked": "X",
    "sample_time": "?",
    "no_result": "N",
    "standard_check": "K",
}
"""A letter for each cause, those of HJ 212's flags where it has one (domain.md 2.5): F stops, M, C, B, T."""

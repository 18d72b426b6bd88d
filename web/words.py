"""The staff's words for what the product distinguishes (domain.md 6). Keys are the API's words."""

from collections.abc import Mapping
from typing import Final

from web.language import Language
from web.language import mark as N_  # noqa: N812  the name babel looks for

PRIORITY: Final = {
    "critical": N_("critical"),
    "high": N_("high priority"),
    "medium": N_("medium"),
    "low": N_("low priority"),
}
PRIORITY_LETTER: Final = {
    "critical": N_("C|critical"),
    "high": N_("H|high"),
    "medium": N_("M|medium"),
    "low": N_("L|low"),
}
ALARM: Final = {
    "LL": N_("low-low alarm"),
    "L": N_("low alarm"),
    "H": N_("high alarm"),
    "HH": N_("high-high alarm"),
    "instrument": N_("no valid data"),
    "link": N_("communication lost"),
}
NODE: Final = {
    "NODE.disk.LL": N_("almost used up"),
    "NODE.disk.L": N_("running low"),
    "NODE.clock.H": N_("readings uncertain"),
    "NODE.future.H": N_("readings uncertain"),
}
"""What the node's own alarms say behind their names, by key."""
STATE: Final = {
    "normal": N_("normal"),
    "unacknowledged": N_("unacknowledged"),
    "acknowledged": N_("acknowledged"),
    "returned": N_("cleared, unacknowledged"),
}
EVENT: Final = {
    "raise": N_("raised"),
    "clear": N_("cleared"),
    "acknowledge": N_("acknowledged"),
    "withdraw": N_("rule withdrawn"),
}
QUALITY: Final = {
    "good": N_("good"),
    "local_override": N_("forced locally"),
    "bad": N_("bad"),
    "config_error": N_("configuration error"),
    "not_connected": N_("not connected"),
    "device_failure": N_("device failure"),
    "sensor_failure": N_("sensor failure"),
    "last_known": N_("last known value"),
    "comm_failure": N_("communication lost"),
    "out_of_service": N_("out of service"),
    "waiting": N_("waiting for data"),
    "uncertain": N_("uncertain"),
    "last_usable": N_("last usable value"),
    "not_accurate": N_("not accurate"),
    "range_exceeded": N_("out of range"),
    "sub_normal": N_("sub-normal"),
}
STALE: Final = N_("no new data")
MACHINE: Final = {
    "running": N_("running"),
    "stopped": N_("stopped"),
    "fault": N_("fault"),
    "unknown": N_("unknown"),
    "open": N_("open"),
    "closed": N_("closed"),
    "moving": N_("moving"),
    "live": N_("mains present"),
    "dead": N_("mains lost"),
}
MODE: Final = {
    "local": N_("L|local, not remote"),
    "hand": N_("M|manual, not automatic"),
}
VERDICT: Final = {
    "within": N_("All present values within limits"),
    "missing": N_("limits not entered"),
    "internal": N_("above internal control value"),
    "daily": N_("above daily mean limit"),
    "single": N_("above single-sample limit"),
    "unknown": N_("no valid data"),
}
MARK: Final = {
    "within": "",
    "missing": N_("not entered"),
    "internal": N_("internal|over its internal control value"),
    "daily": N_("daily|over its daily mean limit"),
    "single": N_("exceeded"),
    "unknown": "",
}
"""What stands beside one value, where there is room for three hanzi."""
ANALYSER: Final = {
    "measuring": N_("measuring"),
    "holding": N_("holding"),
    "standard_check": N_("standard check"),
    "calibration": N_("calibration"),
    "maintenance": N_("under maintenance"),
    "fault": N_("fault"),
    "no_sample": N_("no sample water"),
    "idle": N_("idle"),
    "unknown": N_("no data"),
}
ROLE: Final = {
    "operator": N_("operator"),
    "engineer": N_("process engineer"),
    "laboratory": N_("laboratory"),
    "maintenance": N_("maintenance"),
    "contractor": N_("analyser contractor"),
    "manager": N_("plant manager"),
    "department": N_("operations department"),
    "admin": N_("administrator"),
}
LINK: Final = {
    "up": N_("connected"),
    "down": N_("lost"),
    "connecting": N_("connecting"),
}
KIND: Final = {"modbus": "Modbus", "mqtt": "MQTT"}
SET_ASIDE: Final = {
    "missed": N_("not read in time"),
    "unplanned_topic": N_("on unknown topics"),
    "undecodable": N_("not readable"),
    "unknown_key": N_("of unknown points"),
    "turned_away": N_("left to the broker"),
}
TARGET: Final = {
    "influxdb": "InfluxDB",
    "influxdb-figures": N_("InfluxDB figures"),
    "influxdb-judgements": N_("InfluxDB judgements"),
}
OFF_THE_WALL: Final = frozenset({"influxdb-figures", "influxdb-judgements"})
"""Targets of which the wall says nothing: where these do not get through, others say so."""
TARGET_STATE: Final = {
    "connecting": N_("connecting"),
    "up": N_("up to date"),
    "behind": N_("catching up"),
    "down": N_("lost"),
    "misconfigured": N_("settings to be mended"),
}
TROUBLE: Final = {
    "no_answer": N_("it does not answer: %(said)s"),
    "busy": N_("it cannot take anything now: HTTP %(status)s, %(said)s"),
    "no_tls": N_("no TLS with it: %(said)s"),
    "certificate": N_("its certificate is not trusted: name its authority's file in ca (%(said)s)"),
    "unknown_token": N_(
        "it does not know the token: mend it, or make one with outfall influx setup"
        " (HTTP %(status)s, %(said)s)"
    ),
    "no_right": N_(
        "the token may not write to the bucket: make one that may with outfall influx setup"
        " (HTTP %(status)s, %(said)s)"
    ),
    "not_there": N_(
        "there is no such organisation or bucket: mend them, or run outfall influx setup"
        " (HTTP %(status)s, %(said)s)"
    ),
    "elsewhere": N_("it leads elsewhere: write the address behind it as url (HTTP %(status)s)"),
    "not_influxdb": N_("it does not answer as an InfluxDB does: mend url (HTTP %(status)s, %(said)s)"),
    "no_point": N_("its point has left the plant folder"),
}
"""Why a target takes nothing, by code; what is not here is said in the target's own words."""
TARGET_SHORT: Final = {
    "connecting": N_("%(name)s connecting"),
    "up": N_("%(name)s normal"),
    "behind": N_("%(name)s %(num)s behind"),
    "down": N_("%(name)s lost"),
    "misconfigured": N_("%(name)s settings wrong"),
}
"""On the wall's last line; the number is of readings still to be sent."""
ENTRY: Final = {
    "entry": N_("entered"),
    "correction": N_("corrected"),
    "taken_back": N_("voided"),
    "mark": N_("marked"),
    "withdrawal": N_("mark taken back"),
}
MARK_KIND: Final = {
    "maintenance": N_("under maintenance"),
    "calibration": N_("calibration"),
    "fault": N_("fault"),
    "stopped": N_("out of operation"),
    "qc_failed": N_("check or comparison failed"),
    "invalid": N_("invalid"),
}
REFUSED: Final = {
    "value_out_of_range": N_("This lies outside the point's range: check what was typed."),
    "reading_exists": N_(
        "There is a reading of this time already: correct it in the list, or change the time."
    ),
    "time_ahead": N_("This time lies ahead: enter when it was read."),
    "time_too_old": N_("This time lies more than 400 days back: check the year."),
    "same_value": N_("It says so already: nothing was changed."),
    "reading_not_found": N_("There is no such reading: load the page again."),
    "reason_missing": N_("Say why: it stays on record."),
    "comment_too_long": N_("The reason is too long: 500 characters at most."),
    "span_out_of_range": N_("A mark ends after it begins and not in the future, and is of 31 days at most."),
    "nothing_to_mark": N_("The point has no value in this time that counts: nothing to mark."),
    "not_regulated": N_("This is no regulated analyser's point: an engineer marks it."),
    "not_own_mark": N_("Somebody else made this mark: an engineer takes it back."),
    "already_withdrawn": N_("This mark was taken back already."),
    "text_missing": N_("Say what happened."),
    "same_text": N_("The entry says so already: nothing was changed."),
    "made_by_node": N_("The node wrote this entry itself: add to it instead."),
    "log_not_written": N_(
        "The values are stored, the log entry is not yet: press again. Nothing is entered twice."
    ),
    "log_written_otherwise": N_(
        "It was written already with its first words, and stands in the list: amend it there."
    ),
    "log_entry_full": N_("Nothing more can be added to this entry: write another."),
    "not_a_photo": N_("This is no photo, or it did not arrive whole: take it again."),
    "photo_too_large": N_("The photo is too large: 10 MB at most."),
    "too_many_photos": N_("Six photos at most: write another entry."),
    "photos_busy": N_("Too many photos at once: try again in a moment."),
    "uploads_busy": N_("Too many photos at once: try again in a moment."),
    "csrf_failed": N_("This page is out of date: load it again, then repeat this."),
    "expired": N_("The sign-in has expired; what was typed stands here still."),
    "forbidden": N_("Your role does not allow this."),
    "unavailable": N_("It could not be stored, so it is not entered. Try again in a moment."),
    "offline": N_("No answer from the node. Try again: nothing is entered twice."),
    "failed": N_("That did not work. What was typed stands here still; try again."),
}
"""Why what somebody entered was not taken: the API's codes, and what stands for all others."""
PUSH_STATE: Final = {
    "pending": N_("under way|of a push"),
    "delivered": N_("delivered"),
    "failed": N_("not delivered"),
    "grouped": N_("in another push of the same cause"),
    "summarised": N_("in one push for many"),
    "obsolete": N_("no longer needed"),
    "nobody": N_("nobody on duty"),
}
PUSH_STEP: Final = {
    "raise": N_("on duty|is told first"),
    "second": N_("second step"),
    "fallback": N_("fallback target"),
    "taken": N_("who answered"),
    "end": N_("that it is over"),
    "summary": N_("many at once"),
    "notice": N_("notice"),
    "test": N_("test"),
}
PUSH_ERROR: Final = {
    "no connection": N_("no connection"),
    "no connection, or no answer in time": N_("no connection, or no answer in time"),
    "no answer in time": N_("no answer in time"),
    "not the address of a target": N_("not the address of a target"),
    "not taken": N_("not taken"),
    "the attempt before still hangs": N_("the attempt before still hangs"),
    "an answer that makes no sense": N_("an answer that makes no sense"),
}
"""Why a target did not take a push; what is not here, such as HTTP 503, is shown as it is."""
PUSH_NOBODY: Final = {"fallback": N_("fallback target"), "nobody": N_("nobody")}
"""Who is told where no person is."""
REASONS: Final = (
    N_("Seen, dealing with it"),
    N_("Going to look on site"),
    N_("Maintenance informed"),
    N_("Switched to standby"),
    N_("Adjusting the process"),
    N_("Planned work"),
    N_("Instrument fault"),
)
"""What is said in one tap when an alarm is acknowledged; the first stands chosen."""

# Only what people on site write differently from the plant's point list.
_MEASURES: Final = {
    "-": "",
    "m3": "m³",
    "m3/h": "m³/h",
    "m3/d": "m³/d",
    "degC": "℃",
    "uS/cm": "µS/cm",
    "x": "×",
}


def measure(engineering_unit: str) -> str:
    """Return a unit of measure as people on site write it."""
    return _MEASURES.get(engineering_unit, engineering_unit)


def spoken(table: Mapping[str, str], key: str, _: Language) -> str:
    """Return a word out of a table; what the table lacks is shown as it is.

    What stands after a bar tells translators which of two like words is meant.
    """
    if key not in table:
        return key
    return _(table[key]).split("|")[0] if table[key] else ""

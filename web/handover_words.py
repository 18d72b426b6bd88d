"""The staff's words of the handover page. Keys are the API's words."""

from typing import Final

from web.language import mark as N_  # noqa: N812  the name babel looks for

PHASE: Final = {
    "running": N_("turn running"),
    "due": N_("to be handed over"),
    "started": N_("waiting for the outgoing signature"),
    "signed": N_("waiting for the incoming signature"),
    "complete": N_("handed over"),
}
VERDICT: Final = {
    "within": "",
    "missing": N_("no limit entered"),
    "internal": N_("over internal value"),
    "daily": N_("over daily limit"),
    "single": N_("over single limit"),
    "unknown": N_("no valid data"),
}
STATE: Final = {
    "running": N_("running"),
    "standby": N_("standby"),
    "stopped": N_("stopped"),
    "fault": N_("fault"),
    "moving": N_("moving"),
    "unknown": N_("no data"),
}
GATE: Final = {"running": N_("open"), "standby": N_("closed"), "stopped": N_("closed")}
SUPPLY: Final = {"running": N_("mains present"), "standby": N_("mains lost"), "stopped": N_("mains lost")}
"""What a gate and a feeder are called instead."""
MODE: Final = {"local": N_("on local"), "hand": N_("on manual")}
GROUP: Final = {
    "water": N_("Water"),
    "network": N_("Lift stations"),
    "sludge": N_("Sludge"),
    "chemicals": N_("Chemicals dosed"),
    "air": N_("Air"),
    "energy": N_("Energy"),
}
CHECK: Final = {
    "tools": N_("Tools complete"),
    "keys": N_("Keys handed over"),
    "housekeeping": N_("Clean and in order"),
    "permits": N_("Lock-out permits checked"),
}
MISSING: Final = {
    "absent": N_("Not recorded by this node."),
    "unavailable": N_("Could not be read when this was frozen. It is missing here, not zero."),
}
REFUSED: Final = {
    "handover_exists": N_("Somebody else has begun this handover already: the page is loaded again."),
    "handover_too_early": N_("The turn is still on: its handover opens shortly before its end."),
    "handover_not_found": N_("There is no such handover: load the page again."),
    "alarm_unanswered": N_("A high alarm is not acknowledged: acknowledge it, or state the reason."),
    "checks_open": N_(
        "Not everything handed over by word is answered, and what is frozen cannot be changed. Answer it, or"
        " tap once more: it then reads “not answered”."
    ),
    "checks_not_answered": N_(
        "Not everything handed over by word was answered. See to it and add it below, or tap once more to"
        " sign all the same."
    ),
    "no_turn": N_("No roster is published for now: nobody hands over to nobody."),
    "not_of_the_turn": N_("Somebody of the outgoing turn does this, signed in with the own account."),
    "not_of_the_next_turn": N_("Who takes over must stand on the next turn's roster."),
    "already_signed": N_("This was signed already: the page is loaded again."),
    "outgoing_not_signed": N_("The outgoing turn signs first."),
    "same_person": N_("Who handed over cannot take over: another person signs, with the own account."),
    "text_missing": N_("Write what is to be added."),
    "people_unavailable": N_(
        "The people's records cannot be reached: nothing was signed. Try again in a moment."
    ),
}
"""Why something was not taken, beside what every form says."""
STALE: Final = ("handover_exists", "already_signed", "handover_not_found")
"""After these the page shows what is no longer so."""

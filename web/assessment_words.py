"""The staff's words for attendance, findings and the assessment. Keys are the API's words."""

from typing import Final

from web.language import mark as N_  # noqa: N812  the name babel looks for

KIND: Final = {
    "late": N_("late"),
    "early": N_("left early"),
    "absence": N_("absent"),
    "off_post": N_("off post"),
    "asleep": N_("asleep on duty"),
    "duty_item": N_("duty undone"),
    "converted": N_("absence made of late and early"),
}
STATE: Final = {
    "proposed": N_("proposed"),
    "confirmed": N_("confirmed, not told yet"),
    "refused": N_("refused by the department"),
    "notified": N_("told, counts"),
    "signed": N_("signed, counts"),
    "sign_refused": N_("signature refused, counts"),
    "in_review": N_("in review, counts meanwhile"),
    "upheld": N_("review upheld, void"),
    "voided": N_("void"),
    "excluded": N_("excluded"),
    "approved_after": N_("approved afterwards, void"),
    "swallowed": N_("the absence of this shift counts instead"),
}
DONE: Final = {
    "propose": N_("proposed it"),
    "confirm": N_("confirmed by the department"),
    "refuse": N_("refused by the department"),
    "notify": N_("told the person"),
    "sign": N_("signed the slip"),
    "refuse_to_sign": N_("refused to sign"),
    "ask_review": N_("asked for review"),
    "uphold": N_("review upheld"),
    "reject": N_("review rejected"),
    "void": N_("declared void"),
    "exclude": N_("excluded"),
    "keep": N_("let stand after its record changed"),
}
STEP: Final = {
    "confirm": N_("Confirm"),
    "refuse": N_("Refuse"),
    "notify": N_("Person was told"),
    "sign": N_("Sign"),
    "refuse_to_sign": N_("Refuses to sign"),
    "ask_review": N_("Ask for review"),
    "uphold": N_("Uphold the review"),
    "reject": N_("Reject the review"),
    "void": N_("Declare void"),
    "exclude": N_("Exclude"),
    "keep": N_("Let it stand"),
}
CAUSE: Final = {"instrument_fault": N_("instrument fault"), "force_majeure": N_("force majeure")}
STANDS: Final = {
    "ahead": N_("ahead"),
    "on_shift": N_("on shift"),
    "waited_for": N_("not signed in yet"),
    "released": N_("leave or swap approved"),
    "worked": N_("worked"),
    "absent": N_("not attended"),
    "unjudged": N_("not judged"),
}
OPEN: Final = {
    "no_sign_out": N_("no sign-out: the plant manager settles it"),
    "no_sign_in": N_("no sign-in: the plant manager settles it"),
}
SIDE: Final = {"sign_in": N_("came"), "sign_out": N_("went")}
EVIDENCE: Final = {
    "start_us": N_("shift begins"),
    "end_us": N_("shift ends"),
    "signed_in_us": N_("signed in"),
    "signed_out_us": N_("signed out"),
    "asked": N_("request without approval"),
    "settled": N_("settled by the plant manager"),
    "approved_after": N_("approved afterwards"),
    "swallowed_by": N_("counts instead"),
    "alarms": N_("alarm"),
    "log_entries": N_("log entry"),
    "photos": N_("photo"),
}
WAGE: Final = {
    "kept": N_("the minimum wage is kept"),
    "below": N_("below the minimum wage: at most %(yuan)s"),
    "not_entered": N_("wage or minimum wage not entered: not checked"),
}
LIMIT: Final = {
    "absence_days": N_("Absence days of the year"),
    "penalties": N_("Penalties of the year"),
}
ONLINE: Final = {
    "uptime": N_("Analysers' uptime (valid and transmitted ÷ due), the lowest"),
    "compliance": N_("Analysers' results within limits, the lowest"),
}
REFUSED: Final = {
    "turn_not_over": N_("The turn is not over: decide when it is."),
    "already_decided": N_("Somebody decided on this already: load the page again."),
    "cause_missing": N_("Say what the cause is."),
    "check_incomplete": N_("An on-duty check says where it was and what was seen."),
    "comment_too_long": N_("The text is too long: 500 characters at most."),
    "csrf_failed": N_("This page is out of date: load it again, then repeat this."),
    "duty_item_missing": N_("Say which duty was not done."),
    "entry_not_found": N_("This turn is not on the roster any more."),
    "evidence_unknown": N_("A log entry, photo or alarm is not there any more: choose again."),
    "expired": N_("The sign-in has expired; what was typed stands here still."),
    "failed": N_("That did not work. What was typed stands here still; try again."),
    "forbidden": N_("Your role does not allow this."),
    "no_rules": N_("No rules hold on that day: their start must be confirmed first."),
    "not_in_rules": N_("The rules have no such finding for one of these people."),
    "not_on_shift": N_("One of these people was not on shift at that time."),
    "not_own_finding": N_("Only the person concerned can do this."),
    "offline": N_("No answer from the node. Load the page again before you repeat this."),
    "own_finding": N_("Nobody decides on a finding on themselves."),
    "own_turn": N_("Somebody else settles one's own turn."),
    "person_not_found": N_("They were not on the staff on that day."),
    "persons_missing": N_("Choose at least one person."),
    "proposal_not_found": N_("The record changed meanwhile: load the page again."),
    "reason_missing": N_("Say why: it stays on record."),
    "step_impossible": N_("This cannot follow any more: load the page again."),
    "time_ahead": N_("This time lies ahead."),
    "time_missing": N_("Say when it was."),
    "out_before_in": N_("The turn would end before it began: look at its other side."),
    "time_outside": N_("The time lies more than 1 h before or 12 h after the turn."),
    "unavailable": N_("It could not be stored. Try again in a moment."),
    "wage_missing": N_("Say the month's wage or the day's."),
    "what_missing": N_("Say what was seen: it stays on record."),
    "witness_missing": N_("Name who witnessed it."),
    "nobody_then": N_("Nobody was on shift then."),
}
"""Why something was not taken: the API's codes, and what stands for all others."""

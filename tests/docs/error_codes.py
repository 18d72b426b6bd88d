"""The stable codes of errors, found in the code, with what each means, for docs/reference/api.md."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from telemetry import errors
from telemetry.errors import RequestError
from tests.docs.settings_tables import table

ROOT = Path(__file__).parents[2]
PACKAGES = ("alarms", "api", "app", "config", "history", "operations", "reports", "telemetry", "web")

MEANINGS = {
    "account_linked": "the account is somebody else's; unlink it there first",
    "account_signs_nothing": "the account's role has no shifts to sign for; link another one",
    "already_asked": "there is a request for this time already",
    "already_signed_in": "the turn is signed in already; the text says when",
    "bad_code": "a number or code has 1 to 32 letters, digits, `-`, `_` and `.`",
    "bad_contact": "a contact is an Apprise URL, and there are at most eight",
    "bad_days": "the days are the wrong way round, or too many",
    "bad_name": "a name has 1 to 64 characters",
    "bad_pattern": "the pattern cannot be; the text says on which day and why",
    "bad_qualification": "a qualification has 1 to 32 characters and no comma",
    "bad_turn": "this names no turn; write `2026-11-21/evening`",
    "code_taken": "another one has this code",
    "contact_inside": "the address lies inside the plant's network, and `push.private` does not name it",
    "contact_kind": "`push.kinds` does not name this kind of contact; the detail says which are known",
    "contact_no_address": "the contact's address lacks a part, so that nothing could be sent there",
    "crew_inactive": "the crew is no longer in use",
    "crew_not_found": "there is no crew of this id",
    "entry_changed": "the turn is no longer this person's; look at the roster again",
    "entry_not_found": "there is no such turn on the roster, or it was changed",
    "leave_cuts_turn": "leave is of whole turns; the text names the one it would cut",
    "member_already": "this person stands in the crew in these days already",
    "membership_not_found": "there is no such membership, or it was taken back",
    "no_agreement": "nobody is asked to agree to the request, or has agreed already",
    "no_endorsement": "the request needs no endorsement, or has it",
    "no_sign_in": "no turn at hand is signed in: sign in first, or have it settled",
    "no_such_account": "there is no account of this name in use",
    "not_agreed": "the colleague who is to take the turn agrees to the request first",
    "not_asked_to_agree": "the colleague who is to take the turn agrees, from the own account",
    "not_endorsed": "the plant manager endorses the request first",
    "not_on_staff": "the account is nobody's on the staff; the manager links it",
    "not_own_request": "somebody else asked for it",
    "not_own_turn": "it is somebody else's turn",
    "not_qualified": "the post needs a qualification that this person has not",
    "number_taken": "the number is somebody else's",
    "on_leave": "this person has approved leave then",
    "own_substitute": "nobody stands in for oneself",
    "own_request": "nobody decides on one's own request",
    "own_turn": "nobody settles one's own turn",
    "pattern_not_found": "there is no pattern of this id",
    "out_before_in": "the turn would end before it began; look at its other side",
    "person_active": "this person has not left",
    "person_inactive": "this person left the staff",
    "person_not_found": "there is nobody of this id on the staff",
    "post_inactive": "the post is no longer in use",
    "post_not_found": "there is no post of this id",
    "published_meanwhile": "somebody published meanwhile; the text names who and when",
    "request_closed": "the request is decided or withdrawn already",
    "request_incomplete": "the request lacks something, or has what does not belong to its kind",
    "request_not_found": "there is no request of this id",
    "same_roster": "publishing this would change nothing",
    "settled_already": "the end of the turn was settled, and what is signed does not change that",
    "staff_incomplete": "somebody new has a number, a name and a category",
    "time_outside": "the time lies too far from the turn",
    "turn_not_found": "no such turn is published",
    "turns_overlap": "somebody would be on two turns at once; the text names who and both",
    "wrong_turn": "no turn of one's own is at hand; the text says which one comes when",
    "account_changed": "the account was changed during the sign-in; sign in again",
    "alarm_standing": "an alarm of this rule stands now: only what is over is recorded as past",
    "alarm_not_found": "there is no active alarm of this id: it is normal, or never was",
    "alarm_withdrawn": "the alarm's rule left the plant folder; nothing is left to acknowledge",
    "already_acknowledged": "somebody was first; the text names who and when",
    "bad_credentials": "the name or the password is wrong, or there is no such account",
    "bad_month": "a month is written like 2026-10",
    "bad_period": "the period is empty, or holds more rows than one file may have",
    "bad_points": "name one to eight points of this plant",
    "body_too_large": "the body of the request is too large",
    "body_too_slow": "the body did not arrive in time",
    "channel_not_found": "no point of the plant comes over this channel; the text names similar ones",
    "comment_too_long": "a comment has at most 500 characters",
    "connection_not_found": "there is no connection of this id; the text names those there are",
    "cross_origin": "a page of another site asked for it",
    "csrf_failed": "the console's page is out of date; load it again",
    "host_not_allowed": "the node is not known by the name in the `Host` header",
    "internal_error": "a fault of the product; the log tells more under the request's id",
    "invalid_request": "parts of the request make no sense; `errors` names each",
    "limit_out_of_range": "more readings asked for than one answer may hold",
    "method_not_allowed": "this path does not know this method",
    "no_folder": "the folder that is written into is not there: make it first",
    "no_targets": "nobody told this node by which target to push: the person's contacts hold none",
    "month_ahead": "the month has not begun",
    "not_a_token": "only a bearer token can be given back; a session ends at `/sign-out`",
    "not_found": "nothing is at this path",
    "not_own_mark": "somebody else made this mark, and the account's role may only take back its own",
    "not_read_on_demand": "no device can be asked for this point: it comes by itself, or people enter it",
    "not_permitted": "the account's role may not do this",
    "not_ready": "`/health/ready`: `errors` names the part that does not do its work",
    "not_regulated": "the account's role may mark points of regulated analysers only",
    "not_signed_in": "no token or session, or one that has ended",
    "point_not_found": "there is no point of this tag; the text names similar ones",
    "raised_again": "the alarm returned and was raised again since; acknowledge the new one",
    "readings_busy": "too many long readings at once; `Retry-After` says when to come again",
    "sign_in_busy": "too many people sign in at this moment; `Retry-After` says when to come again",
    "store_unavailable": "the store cannot be read or written at this moment",
    "people_unavailable": "accounts cannot be reached at this moment, so nobody is let in; the node goes on",
    "stream_full": "too many streams are open, or the node is stopping",
    "turn_not_over": "what is proposed of a turn is decided when it is over",
    "own_account": "nobody moves the account that they act with from one person to another",
    "already_decided": "somebody decided on this proposal already",
    "cause_missing": "an exclusion names its cause, and nothing else does",
    "check_incomplete": "an on-duty check says where it was and what was seen",
    "duty_item_missing": "name the duty that was not done, and only for such a finding",
    "duty_item_unknown": "the rules have no duty of this code",
    "finding_not_found": "there is no finding of this id, or it is another's",
    "no_person": "the account belongs to nobody on the staff",
    "no_rules": "no rule set holds on that day",
    "not_in_rules": "the rules have no such finding for this category of staff",
    "evidence_unknown": "a log entry, photo or alarm that is named is none of this plant",
    "not_on_shift": "somebody named was not on shift at this time",
    "not_own_finding": "only the person concerned signs, or asks for review",
    "own_finding": "nobody decides on a finding on themselves",
    "persons_missing": "name at least one person",
    "proposal_not_found": "nothing of this kind is proposed, or no longer: the record changed",
    "proposed_by_node": "late, early and absent come from what was signed: decide on these proposals",
    "step_impossible": "this step cannot follow as the finding stands; `may_follow` says which may",
    "step_impossible_here": "a proposal is confirmed, refused or excluded, nothing else",
    "what_missing": "say what was seen",
    "witness_missing": "name who witnessed that it was not signed",
    "target_not_found": "there is no replication target of this name",
    "time_taken": "there are samples of this class and time already",
    "time_marked": "values of the time of a month file are marked",
    "too_many_periods": "more periods than an answer has",
    "alarm_unanswered": "a high alarm is not acknowledged: acknowledge it, or give the reason",
    "already_signed": "this turn has signed the handover already",
    "handover_exists": "the handover of this turn has begun already",
    "handover_not_found": "there is no handover of this id",
    "handover_too_early": "the turn is on, and its handover not open yet",
    "no_turn": "no roster was published for this time",
    "not_of_the_next_turn": "who takes over stands on the next turn's roster",
    "not_of_the_turn": "somebody of the outgoing turn does this",
    "outgoing_not_signed": "the outgoing turn signs first",
    "same_person": "who handed over cannot take over",
    "unknown_check": "there is no such thing to be checked",
    "equipment_not_found": "there is no machine of this id",
    "log_entry_full": "an entry takes a hundred amendments and additions",
    "log_entry_not_found": "there is no log entry of this id",
    "id_taken": "something else, or of somebody else, was written under this id",
    "written_already": "somebody wrote the same at this moment; load it again",
    "log_id_taken": "something else was written under this id",
    "log_not_written": "an entry's values are stored as readings, it is not: send it again with its `id`",
    "log_written_otherwise": "an entry with other words was written under this id: amend it",
    "made_by_node": "the node writes and words entries of alarms itself; add to them",
    "not_a_photo": "it is no JPEG, PNG or WebP that can be read to its end",
    "photo_not_found": "there is no photo of this name",
    "photo_too_large": "a photo has at most 10 MB and 40 megapixels, 16 as PNG, WebP or progressive JPEG",
    "photos_busy": "too many photos at once; `Retry-After` says when to come again",
    "same_text": "the entry says so already",
    "test_reads_busy": "too many points are being read on demand; `Retry-After` says when to come again",
    "text_missing": "say what happened, or what is to be added",
    "time_missing": "say when the values were read",
    "too_many_photos": "an entry has at most six photos",
    "too_many_subjects": "an entry names at most twenty points and machines, and forty values",
    "uploads_busy": "too many uploads at once; `Retry-After` says when to come again",
    "value_twice": "a point has one value in an entry",
    "already_withdrawn": "this mark was taken back already",
    "month_out_of_reach": "the month lies ahead of what there is",
    "mark_not_found": "there is no mark of this id",
    "measured_value": "a measured value is never changed, only marked",
    "not_measured": "people enter it: correct it instead of marking",
    "nothing_to_mark": "no value of this time counts",
    "push_not_found": "there is no test push of this id, or it is not yours",
    "pushes_not_set_up": "`plant.yaml` says nothing of pushes",
    "reading_exists": "there is a reading of this time already: correct it",
    "reading_not_found": "there is no reading of this time",
    "reason_missing": "say why",
    "same_value": "it has this value already",
    "report_not_found": "there is no report of this id",
    "span_out_of_range": "the span of a mark is too long, empty or in the future",
    "time_ahead": "the time lies ahead",
    "time_too_old": "the time of an entry lies more than 400 days back",
    "too_many_links": "too many links of pushes that lead nowhere; wait as long as `Retry-After` says",
    "value_out_of_range": "the value lies outside of the point's range",
    "too_many_tests": "one test push a minute and ten an hour; `Retry-After` says when to come again",
    "hung_up": "who asked went away before it was done, so it was not",
    "report_no_room": "the disk of the data has too little room; `detail` says how much, free some",
    "report_too_slow": "the month was not collected in time; `detail` says what stands behind it",
    "reports_busy": "other reports are being made; `Retry-After` says when to come again",
    "too_many_reports": "a month has fifty reports at most",
    "too_many_sign_ins": "too many failed sign-ins; `Retry-After` says when to come again",
    "too_many_windows": "the time is too long for windows this short",
    "unit_not_found": "there is no process unit of this id",
    "unsupported_media_type": "the body is not of the type this path takes",
    "window_out_of_range": "a window is too short",
}
"""What may be answered over HTTP."""

ELSEWHERE = {
    "account_exists", "account_not_found", "account_unchanged", "backup_exists", "backup_runs", "data_taken",
    "fault_refused", "invalid_name", "no_data", "other_plant", "password_is_name", "password_too_long",
    "password_too_short", "role_unchanged", "target_in_data", "target_missing", "target_not_writable",
}  # fmt: skip
"""What only the command line says."""

ANSWERED_AS = {"bad_credentials": {401}, "invalid_request": {400, 422}}
"""Statuses that are not the error's own: sign-in answers 401, the framework 400 to a broken body."""


def codes() -> dict[str, set[int]]:
    """Return every code that stands in the code, with the statuses it comes with."""
    trees = [ast.parse(file.read_text("utf-8")) for name in PACKAGES for file in (ROOT / name).rglob("*.py")]
    statuses = {
        name: kind.status
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, RequestError)
    }
    statuses |= {name: status for tree in trees for name, status in _own_errors(tree)}
    found: dict[str, set[int]] = {}
    for tree in trees:
        for status, code in _raised(tree, statuses):
            found.setdefault(code, set()).add(status)
    return found


def _own_errors(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Yield the errors a module adds that have a status of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base) == "RequestError" for base in node.bases):
            for line in node.body:
                if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "status":
                    yield node.name, int(ast.literal_eval(line.value))


def _raised(tree: ast.Module, statuses: dict[str, int]) -> Iterator[tuple[int, str]]:
    """Yield status and code: `NotFound("code", …)`, `answer(…, 503, "code", …)`, `CODES = {404: "code"}`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).rpartition(".")[2]
            values = [arg.value if isinstance(arg, ast.Constant) else None for arg in node.args]
            if name in statuses and values and isinstance(values[0], str):
                yield statuses[name], values[0]
            for status, code in pairwise(values):
                if isinstance(status, int) and 400 <= status < 600 and isinstance(code, str):
                    yield status, code
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, int) and 400 <= key.value < 600:
                    yield key.value, str(ast.literal_eval(value))


def code_table() -> str:
    """Return each code with its status and meaning; ValueError for one without, or a meaning too many."""
    found = codes() | ANSWERED_AS
    known = set(MEANINGS) | ELSEWHERE
    if set(found) != known:
        differing = sorted(set(found) ^ known)
        raise ValueError(f"MEANINGS and the codes in the code differ, mend {__name__}: {differing}")
    rows = [
        (f"`{code}`", ", ".join(str(status) for status in sorted(found[code])), meaning)
        for code, meaning in MEANINGS.items()
    ]
    return table(("code", "status", "meaning"), rows)

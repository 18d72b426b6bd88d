"""The staff's words for people's work (plant-rules.md, domain.md 6). Keys are the API's words."""

from typing import Final

from web.language import mark as N_  # noqa: N812  the name babel looks for

CATEGORY: Final = {
    "operator": N_("plant operator"),
    "engineer": N_("process staff"),
    "resident": N_("resident process staff"),
    "laboratory": N_("laboratory staff"),
    "maintenance": N_("maintenance staff"),
    "manager": N_("plant manager"),
    "other": N_("other staff"),
}
REQUEST: Final = {
    "leave": N_("leave"),
    "swap": N_("swap|of turns"),
    "cover": N_("cover|of a turn"),
}
LEAVE: Final = {
    "personal": N_("personal leave"),
    "sick": N_("sick leave"),
    "annual": N_("annual leave"),
    "compensatory": N_("time off in lieu"),
    "other": N_("other|kind of leave"),
}
STATE: Final = {
    "asked": N_("asked for"),
    "endorsed": N_("endorsed"),
    "approved": N_("approved"),
    "refused": N_("refused"),
    "withdrawn": N_("withdrawn"),
}
STEP: Final = {
    "agree": N_("Agree"),
    "endorse": N_("Endorse"),
    "approve": N_("Approve"),
    "refuse": N_("Refuse"),
    "withdraw": N_("Withdraw"),
}
CAUSE: Final = {
    "planned": "",
    "republished": "",
    "swap": N_("swap|of turns"),
    "cover": N_("cover|of a turn"),
    "leave": N_("leave"),
}
REFUSED: Final = {
    "account_linked": N_("This account belongs to somebody else already."),
    "account_signs_nothing": N_("The role of this account has no shifts to sign for: link another one."),
    "already_asked": N_("This was asked for already."),
    "already_signed_in": N_("Signed in already."),
    "bad_contact": N_("This address is none that pushes can go to."),
    "bad_qualification": N_("A qualification has at most 32 characters; commas stand between several."),
    "code_taken": N_("This code is taken."),
    "contact_inside": N_("This address lies inside the plant's network; push.private does not name it."),
    "contact_kind": N_("Pushes do not go to this kind of address. Known here: %(kinds)s"),
    "contact_no_address": N_("A part of this address is missing, so nothing could be sent there."),
    "entry_changed": N_("The roster was changed meanwhile: look at it again."),
    "entry_not_found": N_("This turn is not on the roster any more."),
    "leave_cuts_turn": N_("Leave takes whole turns: let it begin and end between turns."),
    "member_already": N_("They are in a crew in this time already."),
    "no_agreement": N_("Nobody is asked to agree, or has agreed already."),
    "no_endorsement": N_("This needs no endorsement."),
    "no_sign_in": N_("Sign in first."),
    "no_such_account": N_("There is no such account."),
    "not_agreed": N_("The colleague agrees first."),
    "not_asked_to_agree": N_("The colleague who is to take the turn agrees, nobody else."),
    "not_endorsed": N_("The plant manager endorses first."),
    "not_on_staff": N_("This account belongs to nobody on the staff: the plant manager links it."),
    "not_own_request": N_("This is somebody else's request."),
    "not_own_turn": N_("This is somebody else's turn; everybody signs for oneself."),
    "not_qualified": N_("They lack the qualification of this post."),
    "number_taken": N_("This number is taken."),
    "on_leave": N_("They are on leave then."),
    "own_request": N_("Nobody decides on one's own request."),
    "own_substitute": N_("Nobody stands in for oneself: choose a colleague, or nobody."),
    "own_turn": N_("Somebody else settles one's own turn."),
    "pattern_not_found": N_("This pattern is not there any more: load the page again."),
    "person_inactive": N_("They have left."),
    "published_meanwhile": N_("Somebody published meanwhile: look at it again."),
    "request_closed": N_("This request is decided already."),
    "same_roster": N_("The roster is exactly so already."),
    "settled_already": N_("The end of this turn is settled: ask who settled it."),
    "turns_overlap": N_("They stand on another turn then."),
    "wrong_turn": N_("None of your turns is at hand: sign in from an hour before it begins."),
}
"""What the API refuses in people's work, by code."""

"""Where the console leads: the tabs of its bar, and what stands behind “more”."""

from dataclasses import dataclass
from typing import Final

from operations.access import Permission, Principal
from web.language import mark as N_  # noqa: N812  the name babel looks for


@dataclass(frozen=True, slots=True)
class Tab:
    """A page's place: in the bar of the desk, in that of the phone, or behind “more”.

    Who has any of the permissions sees it. `key` names the icon too.
    """

    key: str
    path: str
    label: str
    permissions: frozenset[Permission] = frozenset({Permission.VIEW})
    on_desk: bool = False
    on_phone: bool = False

    def is_for(self, principal: Principal) -> bool:
        """Return whether somebody may see it."""
        return any(principal.may(permission) for permission in self.permissions)


_ATTEND: Final = frozenset({Permission.ATTEND})

# What an operator needs at night comes first; of the phone's five places one is for “more”.
TABS: Final = (
    Tab("wall", "/wall", N_("Wall"), on_desk=True, on_phone=True),
    Tab("my-shift", "/my-shift", N_("My shift"), _ATTEND, on_desk=True, on_phone=True),
    Tab("alarms", "/alarms", N_("Alarms"), on_desk=True, on_phone=True),
    Tab("log", "/log", N_("Log"), on_desk=True, on_phone=True),
    Tab("trends", "/trends", N_("Trends"), on_desk=True),
    Tab("compliance", "/compliance", N_("Compliance"), on_desk=True),
    Tab("analysers", "/analysers", N_("Analysers"), on_desk=True),
    Tab("handover", "/handover", N_("Handover")),
    Tab("roster", "/roster", N_("Roster")),
    Tab("entries", "/entries", N_("Entries")),
    Tab("reports", "/reports", N_("Reports")),
    Tab("assessment", "/assessment", N_("Assessment"), _ATTEND | {Permission.SEE_ASSESSMENT}),
    Tab("staff", "/staff", N_("Staff"), frozenset({Permission.MANAGE_STAFF})),
    Tab("connections", "/connections", N_("Connections"), frozenset({Permission.DIAGNOSE})),
    Tab("points", "/points", N_("Points"), frozenset({Permission.DIAGNOSE})),
)


def tabs_for(principal: Principal | None) -> list[Tab]:
    """Return what somebody sees, in order; nothing for nobody."""
    return [] if principal is None else [tab for tab in TABS if tab.is_for(principal)]

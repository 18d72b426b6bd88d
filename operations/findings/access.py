"""Which permissions a step of a finding's life asks for; signing and asking for review are one's own."""

from typing import Final

from operations.access import Permission, Principal
from operations.findings.life import Step

_DECIDING: Final = frozenset({Permission.CONFIRM_FINDING})
_TELLING: Final = frozenset({Permission.CONFIRM_FINDING, Permission.PROPOSE_FINDING})
_OWN: Final = frozenset({Permission.ATTEND})
ASKED: Final[dict[Step, frozenset[Permission]]] = {
    Step.CONFIRM: _DECIDING,
    Step.REFUSE: _DECIDING,
    Step.NOTIFY: _TELLING,
    Step.SIGN: _OWN,
    Step.REFUSE_TO_SIGN: _TELLING,
    Step.ASK_REVIEW: _OWN,
    Step.UPHOLD: _DECIDING,
    Step.REJECT: _DECIDING,
    Step.VOID: _DECIDING,
    Step.EXCLUDE: _DECIDING,
    Step.KEEP: _DECIDING,
}
"""Any of these."""


def may(principal: Principal, step: Step) -> bool:
    """Return whether somebody's role may take a step, on whomever the finding is."""
    return any(principal.may(permission) for permission in ASKED.get(step, ()))


def sees_all(principal: Principal) -> bool:
    """Return whether somebody sees the findings and months of others."""
    return principal.may(Permission.SEE_ASSESSMENT)

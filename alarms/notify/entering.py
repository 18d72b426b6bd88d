"""Whether an address may be a contact, said when it is entered: what can be known without asking anybody.

The same is looked at again when it is sent to, then with the names looked up.
"""

from uuid import UUID

from alarms.notify.permitted import Permitted
from alarms.notify.sending import hosts_of, hush
from alarms.notify.targets import FEISHU, WECOM, bot_of, kind_of, with_key
from telemetry.errors import Invalid


def contact_refused(target: str, permitted: Permitted) -> Invalid | None:
    """Return why an address cannot be a contact, None where it may be; blocks while Apprise is loaded."""
    if (why := permitted.kind_refused(target)) is not None:
        return Invalid("contact_kind", f"{why}; known here: {', '.join(sorted(permitted.kinds))}")
    if kind_of(target) in (FEISHU, WECOM):
        bot = bot_of(target)
        known, hosts = bot is not None, [] if bot is None else bot.hosts
    else:
        known, hosts = _of_apprise(target)
    if not known:
        why = f"not an address of the kind {kind_of(target)}: a part of it is missing"
        return Invalid("contact_no_address", why)
    if (why := permitted.literals_refused(hosts)) is not None:
        return Invalid("contact_inside", why)
    return None


def _of_apprise(target: str) -> tuple[bool, list[str]]:
    from apprise import Apprise

    hush()
    try:
        service = Apprise.instantiate(with_key(target, UUID(int=0), 1.0))
    except Exception:  # A plugin's fault: its text may hold the address.
        return False, []
    return service is not None, [] if service is None else hosts_of(service)

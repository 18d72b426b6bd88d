"""Which channel delivers a point: what is lost as one, and alarmed as one."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from collectors.mqtt.settings import MqttSettings, SubscriptionSettings

_NAME: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a point comes: over which channel, and by which subscription."""

    channel: str
    subscription: SubscriptionSettings


def delivery(connection: str, settings: MqttSettings, tag: str) -> Delivery | None:
    """Return how a broker delivers a tag, None where no subscription does."""
    for subscription in settings.subscriptions:
        names = _names(subscription.tag, tag)
        if names is None:
            continue
        in_topic = [names[name] for name in _NAME.findall(subscription.topic)]
        return Delivery(f"{connection}.{'-'.join(in_topic)}" if in_topic else connection, subscription)
    return None


def _names(template: str, tag: str) -> Mapping[str, str] | None:
    pattern, end = "", 0
    for match in _NAME.finditer(template):
        pattern += re.escape(template[end : match.start()]) + f"(?P<{match[1]}>.+?)"
        end = match.end()
    found = re.fullmatch(pattern + re.escape(template[end:]), tag)
    return None if found is None else found.groupdict()

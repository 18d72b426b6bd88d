"""Which topics are due from a broker, and which tag each key in them is. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from collectors.mqtt.layout import OF_THE_POINT, Layout
from collectors.mqtt.settings import MqttSettings, SubscriptionSettings
from collectors.mqtt.template import KEY, tag_template, topic_template
from collectors.mqtt.topics import uncovered
from telemetry.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Place:
    """Where a tag comes from. `suffix` names the topic among those of its template."""

    topic: str
    key: str
    suffix: str
    subscription: SubscriptionSettings

    def channel(self, connection: str) -> str:
        """Return what is lost when the topic falls silent."""
        return channel_of(connection, self.suffix)


@dataclass(frozen=True, slots=True)
class TopicPlan:
    """One topic that is due. `suffix` is empty where its template names nothing."""

    topic: str
    suffix: str
    subscription: SubscriptionSettings
    tags: Mapping[str, str]

    def channel(self, connection: str) -> str:
        """Return what is lost when the topic falls silent."""
        return channel_of(connection, self.suffix)


def channel_of(connection: str, suffix: str) -> str:
    """Return the channel of a topic; one whose template names nothing is the connection's own."""
    return f"{connection}.{suffix}" if suffix else connection


def place(settings: MqttSettings, tag: str) -> Place | None:
    """Return where a tag comes from, by the first subscription it fits; None where it fits none."""
    for subscription in settings.subscriptions:
        topic = topic_template(subscription.topic)
        one_value = subscription.layout in (Layout.ONE, Layout.PLAIN)
        values = tag_template(subscription.tag, topic, one_value).match(tag)
        # What stands for a level can hold nothing that parts or stands for levels.
        if values is None or any(set(values[name]) & set("/+#\0") for name in topic.names):
            continue
        # A point with a topic of its own is no line of its own: what falls silent as one is the rest.
        of_the_line = [name for name in topic.names if not (one_value and name in OF_THE_POINT)]
        suffix = "-".join(values[name] for name in of_the_line)
        return Place(topic.fill(values), "" if one_value else values[KEY], suffix, subscription)
    return None


def expected_topics(settings: MqttSettings, tags: Iterable[str]) -> dict[str, TopicPlan]:
    """Return the topics that the tags come from.

    ConfigError names tags that fit no subscription, or come from one value, or from one topic in two ways.
    """
    places = {tag: place(settings, tag) for tag in tags}
    homeless = sorted(tag for tag, found in places.items() if found is None)
    if homeless:
        raise ConfigError(f"no subscription delivers {', '.join(homeless)}: mend its tag, or the point's")
    plans: dict[str, TopicPlan] = {}
    tags_by_topic: dict[str, dict[str, str]] = {}
    for tag, found in places.items():
        assert found is not None
        by_key = tags_by_topic.setdefault(found.topic, {})
        if (other := by_key.setdefault(found.key, tag)) != tag:
            raise ConfigError(f"{other} and {tag} are the same value of {found.topic}: give one another tag")
        if found.topic in plans and plans[found.topic].subscription != found.subscription:
            raise ConfigError(f"{found.topic} comes by two subscriptions: {tag} fits another than its others")
        plans[found.topic] = TopicPlan(found.topic, found.suffix, found.subscription, by_key)
    return plans


def topic_filters(settings: MqttSettings) -> tuple[str, ...]:
    """Return what to subscribe to: `+` for each name; nothing is subscribed to twice."""
    templates = [topic_template(subscription.topic) for subscription in settings.subscriptions]
    filters = [template.fill(dict.fromkeys(template.names, "+")) for template in templates]
    return uncovered(filters)

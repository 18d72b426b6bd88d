"""Which channel delivers a point: what is lost as one, and alarmed as one."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from collectors.mqtt.layout import Layout, Mistake, default_tag, layout_mistakes, layout_of
from collectors.mqtt.plan import place
from collectors.mqtt.settings import MqttSettings, SubscriptionSettings
from collectors.mqtt.template import KEY
from config.problems import listed, quoted

_NAME: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a point comes: over which channel, by which subscription, and as what value of which topic."""

    channel: str
    subscription: SubscriptionSettings
    topic: str
    key: str


def delivery(connection: str, settings: MqttSettings, tag: str) -> Delivery | None:
    """Return how a broker delivers a tag, None where no subscription does."""
    found = place(settings, tag)
    if found is None:
        return None
    return Delivery(found.channel(connection), found.subscription, found.topic, found.key)


def subscription_mistakes(item: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield the key, what is wrong and how to mend it of each mistake of a subscription as it is written."""
    topic = item.get("topic")
    if not isinstance(topic, str) or not topic:
        return
    tag = item.get("tag", default_tag(topic))
    if not isinstance(tag, str) or not tag:
        return
    written = {str(key) for key, value in item.items() if value is not None}
    layout = layout_of(str(item.get("format")), topic, tag, written)
    yield from template_mistakes(topic, tag, layout in (Layout.ONE, Layout.PLAIN))
    yield from layout_mistakes(layout, written)


def template_mistakes(topic: str, tag: str, one_value: bool = False) -> Iterator[Mistake]:
    """Yield the mistakes in a subscription's templates; with `one_value` a message has no keys."""
    found = [*_brace_mistakes("topic", topic), *_brace_mistakes("tag", tag), *_level_mistakes(topic)]
    yield from found
    if found:
        return
    in_topic, in_tag = _NAME.findall(topic), _NAME.findall(tag)
    if KEY in in_topic and not one_value:
        mend = "use another name; or write value, its path, or format: plain, where a message is one value"
        yield "topic", "{key} stands in the topic", mend
    if KEY not in in_tag and not one_value:
        mend = "add {key}; or write value, its path, or format: plain, where a message is one value"
        yield "tag", "the tag has no {key}, so all values of a message would be one point", mend
    for name in dict.fromkeys(in_tag):
        if (name != KEY or one_value) and name not in in_topic:
            known = dict.fromkeys(in_topic if one_value else (*in_topic, KEY))
            mend = f"write {listed([f'{{{one}}}' for one in known])}"
            yield "tag", f"{quoted(f'{{{name}}}')} is no name of the topic", mend
    for name in in_topic:
        if (name != KEY or one_value) and name not in in_tag:
            yield (
                "tag",
                f"the tag lacks {quoted(f'{{{name}}}')} of the topic",
                "add it: it tells whose value it is",
            )
    if re.search(r"\}\{", tag):
        yield "tag", "two names of the tag touch each other", "put a character between them, such as _"


def _brace_mistakes(key: str, template: str) -> Iterator[tuple[str, str, str]]:
    names = _NAME.findall(template)
    if set("{}") & set(_NAME.sub("", template)):
        yield key, f"the braces of {quoted(template)} do not match", "write each name as {name}"
    for name in dict.fromkeys(names):
        if not (name.isidentifier() and name.isascii()):
            yield key, f"{quoted(f'{{{name}}}')} cannot be a name", "write letters, digits and _ in braces"
        elif names.count(name) > 1:
            yield key, f"{quoted(f'{{{name}}}')} stands here twice", "give each its own name"


def _level_mistakes(topic: str) -> Iterator[tuple[str, str, str]]:
    levels = topic.split("/")
    if "+" in topic or "#" in topic:
        yield "topic", "a wildcard (+ or #) stands in the topic", "write {name} for a level that varies"
    if "" in levels:
        yield "topic", "a level of the topic is empty", "remove the / too many"
    if topic.startswith("$"):
        yield "topic", "the topic begins with $", "name another: these are the broker's own"
    for level in levels:
        if _NAME.search(level) and not _NAME.fullmatch(level):
            yield "topic", f"{quoted(level)} is a name and more", "let {name} stand alone between two /"

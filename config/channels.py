"""Which channel delivers a point: what is lost as one, and alarmed as one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from collectors.mqtt.plan import place
from collectors.mqtt.settings import MqttSettings, SubscriptionSettings
from collectors.mqtt.template import KEY
from config.problems import listed, quoted

_NAME: Final = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a point comes: over which channel, and by which subscription."""

    channel: str
    subscription: SubscriptionSettings


def delivery(connection: str, settings: MqttSettings, tag: str) -> Delivery | None:
    """Return how a broker delivers a tag, None where no subscription does."""
    found = place(settings, tag)
    return None if found is None else Delivery(found.channel(connection), found.subscription)


def template_mistakes(topic: str, tag: str) -> Iterator[tuple[str, str, str]]:
    """Yield the key, what is wrong and how to mend it of each mistake in a subscription's templates."""
    found = [*_brace_mistakes("topic", topic), *_brace_mistakes("tag", tag), *_level_mistakes(topic)]
    yield from found
    if found:
        return
    in_topic, in_tag = _NAME.findall(topic), _NAME.findall(tag)
    if KEY in in_topic:
        yield "topic", "{key} stands in the topic", "use another name: {key} is the key of a value"
    if KEY not in in_tag:
        yield "tag", "the tag has no {key}, so all values of a message would be one point", "add {key}"
    for name in dict.fromkeys(in_tag):
        if name != KEY and name not in in_topic:
            known = dict.fromkeys((*in_topic, KEY))
            mend = f"write {listed([f'{{{one}}}' for one in known])}"
            yield "tag", f"{quoted(f'{{{name}}}')} is no name of the topic", mend
    for name in in_topic:
        if name != KEY and name not in in_tag:
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

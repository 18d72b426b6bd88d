import pytest

from collectors.mqtt.settings import MqttSettings, SubscriptionSettings
from config.channels import delivery, template_mistakes


def broker(*templates: tuple[str, str]) -> MqttSettings:
    return MqttSettings(
        type="mqtt",
        host="broker",
        client_id="node",
        subscriptions=tuple(SubscriptionSettings(topic=topic, tag=tag) for topic, tag in templates),
    )


def channel(settings: MqttSettings, tag: str) -> str | None:
    found = delivery("MQTT", settings, tag)
    return found.channel if found is not None else None


def test_a_station_is_a_channel_of_its_own() -> None:
    settings = broker(("plant/{station}/readings", "{station}_{key}"))

    assert channel(settings, "LS2_LIT") == "MQTT.LS2"
    assert channel(settings, "LS2_P1_ST") == "MQTT.LS2"
    assert channel(settings, "LIT") is None


def test_several_names_make_one_channel_in_the_order_of_the_topic() -> None:
    settings = broker(("{area}/{station}", "{station}_{area}_{key}"))

    assert channel(settings, "LS2_north_LIT") == "MQTT.north-LS2"


def test_a_topic_without_names_is_the_connection_itself() -> None:
    assert channel(broker(("plant/readings", "{key}")), "LIT") == "MQTT"


def test_the_first_subscription_that_fits_delivers() -> None:
    settings = broker(("a/{s}", "A_{s}_{key}"), ("b/{s}", "{s}_{key}"))

    assert [channel(settings, tag) for tag in ("A_1_LIT", "B_LIT")] == ["MQTT.1", "MQTT.B"]


@pytest.mark.parametrize(
    ("topic", "tag"),
    [("plant/{station}/readings", "{station}_{key}"), ("plant", "{key}"), ("{a}/{b}", "{b}-{a}.{key}")],
)
def test_sound_templates_have_no_mistakes(topic: str, tag: str) -> None:
    assert list(template_mistakes(topic, tag)) == []


@pytest.mark.parametrize(
    ("topic", "tag", "key", "what"),
    [
        ("plant/+/x", "{key}", "topic", "a wildcard (+ or #) stands in the topic"),
        ("/plant", "{key}", "topic", "a level of the topic is empty"),
        ("plant/s{n}", "{n}_{key}", "topic", '"s{n}" is a name and more'),
        ("plant/{n", "{n}_{key}", "topic", 'the braces of "plant/{n" do not match'),
        ("{n}/{n}", "{n}_{key}", "topic", '"{n}" stands here twice'),
        ("{1}", "{1}_{key}", "topic", '"{1}" cannot be a name'),
        ("a/{key}", "{key}", "topic", "{key} stands in the topic"),
        ("$SYS/x", "{key}", "topic", "the topic begins with $"),
        ("a/{n}", "{n}", "tag", "the tag has no {key}, so all values of a message would be one point"),
        ("a/{n}", "{m}_{n}_{key}", "tag", '"{m}" is no name of the topic'),
        ("a/{n}", "{key}", "tag", 'the tag lacks "{n}" of the topic'),
        ("a/{n}", "{n}{key}", "tag", "two names of the tag touch each other"),
    ],
)
def test_a_template_that_cannot_work_says_why(topic: str, tag: str, key: str, what: str) -> None:
    assert (key, what) in [mistake[:2] for mistake in template_mistakes(topic, tag)]

import pytest
from pydantic import ValidationError

from collectors.mqtt.plan import expected_topics, place, topic_filters
from collectors.mqtt.template import Template
from telemetry.errors import ConfigError
from tests.collectors.mqtt.subscriptions import TAGS, settings, subscription


def test_topics_are_those_the_tags_come_from() -> None:
    plans = expected_topics(settings(), TAGS)

    assert {topic: (plan.channel("MQTT"), dict(plan.tags)) for topic, plan in plans.items()} == {
        "plant/LS1/readings": ("MQTT.LS1", {"LIT": "LS1_LIT", "P1_ST": "LS1_P1_ST"}),
        "plant/LS2/readings": ("MQTT.LS2", {"LIT": "LS2_LIT", "P1_ST": "LS2_P1_ST"}),
    }


def test_several_names_make_one_channel_in_their_order_in_the_topic() -> None:
    several = subscription(topic="{area}/x/{station}", tag="{station}.{area}.{key}")

    (plan,) = expected_topics(settings(1883, several), ["LS1.north.LIT"]).values()

    assert (plan.topic, plan.suffix, dict(plan.tags)) == (
        "north/x/LS1",
        "north-LS1",
        {"LIT": "LS1.north.LIT"},
    )


def test_a_template_without_names_is_the_connection_s_own_channel() -> None:
    only = subscription(topic="plant/all", tag="X_{key}")

    (plan,) = expected_topics(settings(1883, only), ["X_LIT"]).values()

    assert plan.channel("MQTT") == "MQTT"


def test_of_several_subscriptions_the_first_that_fits_delivers() -> None:
    both = settings(
        1883, subscription(topic="a/{s}", tag="A_{s}_{key}"), subscription(topic="b/{s}", tag="{s}_{key}")
    )

    assert [found.topic for tag in ("A_LS1_LIT", "LS1_LIT") if (found := place(both, tag))] == [
        "a/LS1",
        "b/LS1",
    ]
    assert topic_filters(both) == ("a/+", "b/+")


def test_filters_are_subscribed_to_once() -> None:
    twice = settings(1883, subscription(tag="A_{station}_{key}"), subscription(tag="B_{station}_{key}"))

    assert topic_filters(twice) == ("plant/+/readings",)


def test_a_tag_that_nothing_delivers_is_named() -> None:
    with pytest.raises(
        ConfigError, match=r"^no subscription delivers AE, LS1: mend its tag, or the point's$"
    ):
        expected_topics(settings(), ["LS1_LIT", "LS1", "AE"])


@pytest.mark.parametrize("tag", ["LS/1_LIT", "+_LIT", "#_LIT", "_LIT", "LS1_"])
def test_what_cannot_be_a_level_of_a_topic_is_no_station(tag: str) -> None:
    assert place(settings(), tag) is None


@pytest.mark.parametrize(
    ("topic", "what"),
    [
        ("plant/+/readings", "a topic has no wildcards here; write {name} for one level"),
        ("plant/#", "a topic has no wildcards here"),
        ("$SYS/{station}", "topics that begin with $ are the broker's own"),
        ("plant/x{station}/readings", "'x{station}': a name stands for a whole level"),
        ("plant/{station}/{station}", "{station} stands there twice"),
        ("plant/{station", "a brace stands alone"),
        ("plant/{}/readings", "{} is not a name"),
        ("plant/{1}/readings", "{1} is not a name"),
        ("plant/{station!r}/readings", "{station!r} is not a name"),
        ("plant/{key}/readings", "{key} is the key of a value"),
        ("plant/\0/readings", "a topic holds no NUL"),
        ("p" * 70_000, "a topic is no longer than 65535 bytes"),
    ],
)
def test_an_odd_topic_is_refused_with_its_reason(topic: str, what: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(1883, subscription(topic=topic))

    assert what in str(caught.value)


@pytest.mark.parametrize(
    ("tag", "what"),
    [
        ("{station}", "{key} is missing"),
        ("{key}", "{station} of the topic is missing"),
        ("{station}{key}", "between two names there must be something that parts them"),
        ("{station}_{area}_{key}", "{area} is not in the topic"),
        ("{station}_{key}_{key}", "{key} stands there twice"),
    ],
)
def test_an_odd_tag_is_refused_with_its_reason(tag: str, what: str) -> None:
    with pytest.raises(ValidationError) as caught:
        settings(1883, subscription(tag=tag))

    assert what in str(caught.value)


@pytest.mark.parametrize(
    "more", [{"values": "a..b"}, {"time": "."}, {"quality": "a."}, {"expected_every": "0s"}]
)
def test_odd_paths_and_intervals_are_refused(more: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        settings(1883, subscription(**more))


def test_a_template_takes_a_text_apart_and_puts_it_together() -> None:
    template = Template.of("a.{x}/{y}*")

    values = template.match("a.1/2/3*")

    assert values == {"x": "1", "y": "2/3"}
    assert template.fill(values) == "a.1/2/3*"
    assert template.match("aX1/2*") is None

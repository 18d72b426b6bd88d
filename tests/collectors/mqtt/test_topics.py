import pytest

from collectors.mqtt.plan import topic_filters
from collectors.mqtt.topics import covers, uncovered
from tests.collectors.mqtt.subscriptions import settings, subscription


@pytest.mark.parametrize(
    ("one", "other", "whether"),
    [
        ("a/+", "a/b", True),
        ("a/+", "a/+", True),
        ("a/b", "a/+", False),
        ("a/+", "a/b/c", False),
        ("+/+", "a/", True),
        ("+", "a/b", False),
    ],
)
def test_a_filter_covers_what_it_would_deliver(one: str, other: str, whether: bool) -> None:
    assert covers(one, other) is whether


def test_a_filter_within_another_is_left_out_for_it_would_deliver_twice() -> None:
    assert uncovered(["a/b", "a/+", "c/+/d", "a/+", "+/x/d"]) == ("a/+", "c/+/d", "+/x/d")


def test_a_topic_may_have_a_subscription_of_its_own_beside_the_template_it_fits() -> None:
    own = subscription(topic="plant/LS2/readings", tag="LS2_{key}")

    assert topic_filters(settings(1883, own, subscription())) == ("plant/+/readings",)

"""How long sign-ins wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operations.throttle import Throttle, ThrottleSettings
from telemetry.clock import US_PER_S


def _waits(throttle: Throttle, client: str, name: str, attempts: int) -> list[int]:
    """Fail as soon as it is allowed, again and again; return the waits in seconds."""
    now_us, waits = 0, []
    for _ in range(attempts):
        wait_us = throttle.begin(name, client, now_us)
        if wait_us:
            waits.append(wait_us // US_PER_S)
            now_us += wait_us
            assert throttle.begin(name, client, now_us) == 0
    return waits


def test_the_wait_doubles_up_to_its_bound() -> None:
    assert _waits(Throttle(), "192.0.2.1", "chen", 20)[:12] == [
        1,
        2,
        4,
        8,
        16,
        32,
        64,
        128,
        256,
        512,
        900,
        900,
    ]


def test_a_client_that_tries_many_names_waits_whatever_the_name() -> None:
    throttle = Throttle()

    assert [throttle.begin(f"name {n}", "192.0.2.1", 0) for n in range(20)] == [0] * 20
    assert throttle.begin("another name", "192.0.2.1", 0) == US_PER_S
    assert throttle.begin("another name", "192.0.2.2", 0) == 0


def test_a_count_is_forgotten_after_quiet() -> None:
    throttle = Throttle()
    for _ in range(5):
        throttle.begin("chen", "192.0.2.1", 0)
    assert throttle.begin("chen", "192.0.2.1", 0) > 0

    assert throttle.begin("chen", "192.0.2.1", 3600 * US_PER_S) == 0
    assert throttle.begin("chen", "192.0.2.1", 3600 * US_PER_S) == 0


def test_an_account_of_ones_own_does_not_clear_the_way() -> None:
    throttle = Throttle()
    now_us, failures = 0, 0
    for _ in range(1000):
        if throttle.begin("mine", "192.0.2.1", now_us) == 0:
            throttle.succeeded("mine", "192.0.2.1")
        if throttle.begin(f"name {failures}", "192.0.2.1", now_us) == 0:
            failures += 1

    assert failures == 20


@pytest.mark.parametrize(
    ("client", "same"),
    [("2001:db8::1", "2001:db8::ffff"), ("192.0.2.1", "::ffff:192.0.2.1"), ("fe80::1%eth0", "fe80::2%eth1")],
)
def test_what_one_client_can_send_from_counts_as_one(client: str, same: str) -> None:
    throttle = Throttle()
    for _ in range(5):
        throttle.begin("chen", client, 0)

    assert throttle.begin("chen", same, 0) == US_PER_S
    assert throttle.begin("chen", "2001:db8:0:1::1", 0) == 0


def test_memory_is_bounded_by_the_settings() -> None:
    throttle = Throttle(ThrottleSettings(remembered=100))

    for n in range(5000):
        throttle.begin(f"name {n}", f"client {n}", n)

    assert throttle.remembered == 200


@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**9), st.sampled_from("ab"), st.sampled_from("xy"), st.sampled_from("fsw")
        ),
        max_size=60,
    )
)
def test_a_wait_is_never_above_its_bound_and_ends(steps: list[tuple[int, str, str, str]]) -> None:
    throttle, now_us = Throttle(), 0
    for passed_us, name, client, outcome in steps:
        now_us += passed_us
        wait_us = throttle.begin(name, client, now_us)
        assert 0 <= wait_us <= 900 * US_PER_S
        if not wait_us and outcome == "s":
            throttle.succeeded(name, client)
        if not wait_us and outcome == "w":
            throttle.withdrawn(name, client)
        assert throttle.begin(name, client, now_us + 900 * US_PER_S) == 0
        throttle.withdrawn(name, client)

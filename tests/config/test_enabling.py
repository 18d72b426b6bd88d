import pytest

from alarms.settings import Enable
from config.enabling import LIMITS_IN_FORCE, EnableMistake, resolve
from telemetry.plant import Bit

MOTOR = (Bit("running", 0), Bit("fault", 5))
BITS = {"P1_ST": MOTOR, "P2_ST": MOTOR, "LIT": (), "P3_ST": None}


def test_a_single_bit_is_a_tag_and_its_mask() -> None:
    assert resolve("P1_ST.fault", BITS) == Enable((("P1_ST", 32),), "any", "P1_ST.fault")


def test_a_pattern_takes_every_tag_that_fits() -> None:
    two = (("P1_ST", 1), ("P2_ST", 1))

    assert resolve("any(P*_ST.running)", BITS) == Enable(two, "any", "any(P*_ST.running)")
    assert resolve("all(P[12]_ST.running)", BITS) == Enable(two, "all", "all(P[12]_ST.running)")


@pytest.mark.parametrize("text", ["", LIMITS_IN_FORCE])
def test_what_is_always_judged_has_no_condition(text: str) -> None:
    assert resolve(text, BITS) is None


@pytest.mark.parametrize(
    ("text", "what", "mend"),
    [
        ("P1_ST", 'enable "P1_ST" cannot be read', "write TAG.bit, any(TAG*.bit)"),
        ("some(P1_ST.running)", 'enable "some(P1_ST.running)" cannot be read', "write TAG.bit"),
        ("P1_ST.runing", 'enable asks for bit "runing", which "P1_ST" does not have', 'mean "running"?'),
        ("P1_TS.running", 'enable names "P1_TS", which is no point', 'did you mean "P1_ST"?'),
        ("LIT.running", 'enable asks for a bit of "LIT", which has none', "name its set in bits of LIT"),
        ("any(X*.running)", 'enable: no tag fits "X*"', "write a pattern that fits one"),
        ("any(*.running)", 'enable asks for a bit of "LIT", which has none', "name its set in bits of LIT"),
    ],
)
def test_a_condition_that_cannot_be_met_says_why(text: str, what: str, mend: str) -> None:
    with pytest.raises(EnableMistake) as caught:
        resolve(text, BITS)

    assert caught.value.what == what
    assert mend in caught.value.mend


def test_a_word_whose_bits_are_themselves_broken_is_not_blamed() -> None:
    assert resolve("P3_ST.whatever", BITS) == Enable((), "any", "P3_ST.whatever")

import struct

from hypothesis import given
from hypothesis import strategies as st

from collectors.modbus.rtu_frame import Found, Owed, Question, crc, inspect
from collectors.modbus.settings import FunctionCode, untouched

HOLDING = FunctionCode.HOLDING_REGISTERS
ASKED = Question(1, HOLDING, 7, 2)
BODY = b"\x01\x03\x04\x12\x34\x56\x78"
ANSWER = BODY + crc(BODY)
SENT = struct.pack(">BBHH", 1, 3, 7, 2)
SENT += crc(SENT)
STRANGER = b"\x09\x03\x02\x00\x01"
STRANGER += crc(STRANGER)


def test_the_checksum_is_that_of_the_specification() -> None:
    # Modbus over serial line V1.02, 6.2.2: unit 2, function 7.
    assert crc(b"\x02\x07") == b"\x41\x12"


def test_every_beginning_of_an_answer_is_waited_for() -> None:
    found = [inspect(ANSWER[:size], ASKED, SENT, frozenset()) for size in range(2, len(ANSWER))]

    assert found == [Found(unfinished=True)] * (len(ANSWER) - 2)
    assert inspect(ANSWER, ASKED, SENT, frozenset()) == Found(frame=ANSWER)


@given(st.binary(max_size=40), st.booleans(), st.binary(max_size=40))
def test_an_answer_is_found_behind_anything_and_nothing_else_is_one(
    before: bytes, echo: bool, behind: bytes
) -> None:
    received = (SENT if echo else b"") + before + ANSWER + behind

    found = inspect(received, ASKED, SENT, frozenset())

    if found.frame is None:
        # What came before may look like the beginning of an answer, and is waited for.
        assert found.unfinished
    else:
        assert crc(found.frame[:-2]) == found.frame[-2:]
        assert found.frame[:2] in (b"\x01\x03", b"\x01\x83")


@given(st.binary(max_size=300))
def test_noise_is_never_an_answer_without_a_checksum(received: bytes) -> None:
    found = inspect(received, ASKED, SENT, frozenset({(1, 3, 2)}))

    assert found.frame is None or (found.frame in received and crc(found.frame[:-2]) == found.frame[-2:])


@given(st.integers(0, len(ANSWER) - 1), st.integers(1, 255))
def test_an_answer_with_a_wrong_byte_is_none(place: int, change: int) -> None:
    spoilt = bytearray(ANSWER)
    spoilt[place] ^= change

    assert inspect(bytes(spoilt), ASKED, SENT, frozenset()).frame is None


def test_answers_to_others_are_looked_past_and_told() -> None:
    assert inspect(STRANGER, ASKED, SENT, frozenset()) == Found(fault="unit 9 answers instead of 1", strays=1)
    assert inspect(STRANGER, ASKED, SENT, frozenset({(9, 3, 2)})) == Found(strays=1)
    assert inspect(STRANGER + ANSWER, ASKED, SENT, frozenset()) == Found(frame=ANSWER)


def test_what_is_owed_is_told_by_a_read_of_another_length() -> None:
    owed = Owed({})
    owed.unanswered(Question(1, HOLDING, 7, 3))
    other = Question(1, HOLDING, 100, 3)

    assert not owed.mistakable(Question(1, HOLDING, 7, 3))
    assert not owed.mistakable(Question(2, HOLDING, 100, 3))
    assert not owed.mistakable(Question(1, HOLDING, 100, 4))
    assert owed.mistakable(other)
    assert owed.telling(other) == Question(1, HOLDING, 100, 1)
    owed.answered(Question(1, HOLDING, 100, 1))
    assert not owed.mistakable(other)


def test_a_single_register_is_told_by_two_or_where_that_may_not_be_by_asking_again() -> None:
    owed = Owed({2: [untouched("FC03 101")]})
    for unit in (1, 2):
        owed.unanswered(Question(unit, HOLDING, 7, 1))
        owed.unanswered(Question(unit, HOLDING, 8, 1))
    free, bounded = Question(1, HOLDING, 100, 1), Question(2, HOLDING, 100, 1)

    assert owed.telling(free) == Question(1, HOLDING, 100, 2)
    assert owed.telling(bounded) == bounded
    asked = 0
    while owed.mistakable(bounded):
        owed.answered(bounded)
        asked += 1
    # Two may still come: the third answer is its own at the latest.
    assert asked == 2

import struct

from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerSocket
from pymodbus.pdu import DecodePDU

from collectors.modbus.client import _ANSWERS
from collectors.modbus.frame import Asked, Finding, inspect

ASKED = Asked(transaction=5, unit=1, function=3)
ANSWER = struct.pack(">HHHBB", 5, 0, 5, 1, 3) + b"\x02\x12\x34"
LATE = struct.pack(">HHHBB", 4, 0, 5, 1, 3) + b"\x02\x43\x21"


def test_an_answer_is_an_answer() -> None:
    assert inspect(ANSWER, ASKED) == Finding(answered=True)


def test_late_answers_before_it_are_counted() -> None:
    assert inspect(LATE + LATE + ANSWER, ASKED) == Finding(answered=True, strays=2)


def test_every_beginning_of_an_answer_is_unfinished() -> None:
    found = [inspect(ANSWER[:size], ASKED) for size in range(1, len(ANSWER))]

    assert found == [Finding(unfinished=True)] * (len(ANSWER) - 1)


def test_nothing_is_nothing() -> None:
    assert inspect(b"", ASKED) == Finding()


headers = st.tuples(
    st.sampled_from([0, 4, 5, 6]),
    st.sampled_from([0, 0, 0, 1]),
    st.integers(0, 12),
    st.sampled_from([1, 1, 2]),
    st.sampled_from([3, 3, 4, 0x83, 0x80, 7, 43]),
).map(lambda fields: struct.pack(">HHHBB", *fields))
streams = st.lists(st.one_of(headers, st.binary(max_size=12), st.just(ANSWER)), max_size=6).map(b"".join)


@given(streams)
def test_what_passes_never_makes_the_library_raise(received: bytes) -> None:
    decoder = DecodePDU(False)
    for answer in _ANSWERS:
        decoder.register(answer)

    found = inspect(received, ASKED)

    if found.fault is None and (found.answered or not found.unfinished):
        _, pdu = FramerSocket(decoder).handleFrame(received, ASKED.unit, ASKED.transaction)
        assert (pdu is not None) == found.answered

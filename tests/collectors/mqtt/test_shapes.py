import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.mqtt.shapes import Heap, Proposal, Shape, proposals, shape_of

NOW_US = 1_795_000_000_000_000


@pytest.mark.parametrize(
    ("payload", "shape"),
    [
        (b'{"a": 1, "b": 2.5}', Shape("JSON", (), {"a": 1.0, "b": 2.5})),
        (
            b'{"t": 1795000000, "d": {"v": {"LIT": 2, "on": true}}}',
            Shape("JSON", ("d", "v"), {"LIT": 2.0}, ("t",), ("on",)),
        ),
        (b'{"ts": 1795000000123, "LIT": 2}', Shape("JSON", (), {"LIT": 2.0}, ("ts",))),
        (b'{"time": 12, "LIT": 2}', Shape("JSON", (), {"time": 12.0, "LIT": 2.0})),
        (
            b'{"time": "2026-11-18 23:06:40", "LIT": 2}',
            Shape("JSON", (), {"LIT": 2.0}, ("time",), zone="Asia/Shanghai"),
        ),
        (b'{"name": "x"}', Shape("JSON without numbers")),
        ('{"液位": 2}'.encode(), Shape("JSON without numbers")),
        (b"21.4", Shape("a number", values={"value": 21.4})),
        (b"[1, 2]", Shape("a list")),
        (b"online", Shape("text")),
        (b"\x00\xff\x01", Shape("bytes")),
        (b"", Shape("nothing")),
    ],
)
def test_a_message_shows_its_shape(payload: bytes, shape: Shape) -> None:
    assert shape_of(payload, NOW_US) == shape


def test_topics_alike_are_one_subscription_with_a_name_for_what_differs() -> None:
    heap = Heap()
    for second in range(4):
        for station in ("LS1", "LS2"):
            heap.take(
                f"p1/{station}/readings",
                f'{{"LIT": {second}}}'.encode(),
                NOW_US + second * 30_000_000,
                retained=False,
                size=9,
            )
    heap.take("p1/LS1/alarms", b'{"code": 4}', NOW_US, retained=True, size=9)
    heap.take("a//b", b'{"x": 4}', NOW_US, retained=True, size=9)

    found = proposals(list(heap.topics.values()))

    assert found == [
        Proposal(
            "p1/{station}/readings",
            "{station}_{key}",
            Shape("JSON", (), {"LIT": 3.0}),
            ("p1/LS1/readings", "p1/LS2/readings"),
            30.0,
            {"LS1_LIT": (0.0, 3.0), "LS2_LIT": (0.0, 3.0)},
        ),
        Proposal(
            "p1/LS1/alarms",
            "alarms_{key}",
            Shape("JSON", (), {"code": 4.0}),
            ("p1/LS1/alarms",),
            None,
            {"alarms_code": (4.0, 4.0)},
        ),
    ]


def test_topics_of_one_number_name_their_points_themselves() -> None:
    heap = Heap()
    for name in ("lift/LS1/LIT", "lift/LS1/FIT", "lift/LS2/LIT", "plant/EFF_COD", "plant/EFF_PH"):
        heap.take(name, b"7.5", NOW_US, retained=True, size=3)

    found = [(one.topic, one.tag, sorted(one.tags)) for one in proposals(list(heap.topics.values()))]

    assert found == [
        ("lift/{station}/{key}", "{station}_{key}", ["LS1_FIT", "LS1_LIT", "LS2_LIT"]),
        ("plant/{tag}", "{tag}", ["EFF_COD", "EFF_PH"]),
    ]


def test_how_often_messages_come_is_told_by_their_own_time() -> None:
    heap = Heap()
    for late_s, second in ((0, 0), (29, 30), (31, 60)):
        payload = f'{{"ts": {1_795_000_000 + second}, "v": 1}}'.encode()
        heap.take("a", payload, NOW_US + late_s * 1_000_000, retained=second == 0, size=20)

    assert heap.topics["a"].every_s == 30.0


def test_what_is_kept_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.mqtt.shapes.MOST_TOPICS", 3)
    heap = Heap()

    for at in range(10):
        heap.take(f"t/{at}", b"{}", NOW_US, retained=False, size=2)

    assert (len(heap.topics), heap.beyond) == (3, 7)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,0123456789.eE+-ats', max_size=60).map(str.encode))
def test_whatever_comes_has_a_shape(payload: bytes) -> None:
    assert shape_of(payload, NOW_US).kind

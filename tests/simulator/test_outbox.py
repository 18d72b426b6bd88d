"""The messages of a telemetry unit whose link is down."""

from simulator.outbox import MOST_UNDER_WAY, Outbox


class Taken:
    """A message under way, acknowledged when it is said."""

    def __init__(self) -> None:
        self.acknowledged = False

    def is_published(self) -> bool:
        return self.acknowledged


class Line:
    """A link that takes down what goes over it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.under_way: list[Taken] = []

    def publish(self, message: bytes) -> Taken:
        self.sent.append(message)
        self.under_way.append(Taken())
        return self.under_way[-1]

    def acknowledge(self, count: int) -> None:
        for taken in self.under_way[:count]:
            taken.acknowledged = True
        del self.under_way[:count]


def filled(count: int, most: int = 100) -> tuple[Outbox, Line]:
    outbox = Outbox(most)
    for number in range(count):
        outbox.put(b"%d" % number)
    return outbox, Line()


def numbers(span: range) -> list[bytes]:
    return [b"%d" % number for number in span]


def test_they_go_in_order_and_only_as_many_as_are_acknowledged() -> None:
    outbox, line = filled(25)
    outbox.send(line.publish)
    outbox.send(line.publish)
    first = list(line.sent)
    line.acknowledge(3)
    outbox.send(line.publish)

    assert first == numbers(range(MOST_UNDER_WAY))
    assert line.sent == numbers(range(MOST_UNDER_WAY + 3))
    assert outbox.kept == 25 - MOST_UNDER_WAY - 3


def test_where_there_is_no_more_room_the_oldest_goes_and_is_counted() -> None:
    outbox, line = filled(8, most=5)
    outbox.send(line.publish)

    assert line.sent == numbers(range(3, 8))
    assert (outbox.dropped, outbox.kept) == (3, 0)


def test_what_is_acknowledged_out_of_turn_makes_no_room_before_its_turn() -> None:
    outbox, line = filled(20)
    outbox.send(line.publish)
    line.under_way[-1].acknowledged = True
    outbox.send(line.publish)

    assert line.sent == numbers(range(MOST_UNDER_WAY))

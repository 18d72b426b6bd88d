import pytest

from history.influx.answers import LinesRefused
from history.influx.sifting import Refused, sift


def sifted(bad: set[int], parts: list[slice], *, says: bool = False) -> tuple[list[Refused], int, set[int]]:
    """Sift against a server that refuses some rows; return what was found, the requests, what it took."""
    sifting, requests, taken = sift(parts), 0, set()
    part = next(sifting)
    while True:
        requests += 1
        rows = set(range(part.start, part.stop))
        taken |= rows - bad
        wrong = len(rows & bad)
        try:
            part = sifting.send(LinesRefused("bad", wrong if says else None) if wrong else None)
        except StopIteration as end:
            return end.value, requests, taken


@pytest.mark.parametrize("says", [True, False])
@pytest.mark.parametrize("bad", [set(), {0}, {99}, {3, 4, 50}, set(range(100)), set(range(20, 60))])
def test_exactly_what_is_refused_is_found_and_everything_else_is_taken(bad: set[int], says: bool) -> None:
    refused, _, taken = sifted(bad, [slice(0, 40), slice(40, 100)], says=says)

    assert {row for part in refused for row in range(part.rows.start, part.rows.stop)} == bad
    assert taken == set(range(100)) - bad
    assert sum(part.count for part in refused) == len(bad)


def test_rows_refused_together_cost_few_requests_where_the_server_counts_them() -> None:
    assert sifted(set(range(5000)), [slice(0, 5000)], says=True)[1] == 1
    assert sifted(set(range(1000, 2000)), [slice(0, 5000)], says=True)[1] < 60
    assert sifted({77}, [slice(0, 5000)])[1] < 30

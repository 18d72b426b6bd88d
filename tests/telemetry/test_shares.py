import pytest

from telemetry.shares import cut_pct, share_text


@pytest.mark.parametrize(
    ("valid", "due", "text"),
    [
        (677, 713, "94.9 %"),
        (678, 713, "95.0 %"),
        (95, 100, "95.0 %"),
        (57, 100, "57.0 %"),
        (2999, 3000, "99.9 %"),
        (713, 713, "100.0 %"),
        (0, 713, "0.0 %"),
    ],
)
def test_a_share_is_cut_and_never_reads_as_a_target_that_it_missed(valid: int, due: int, text: str) -> None:
    assert share_text(valid / due) == text


def test_every_tenth_of_a_per_cent_is_itself() -> None:
    assert [cut_pct(tenths / 1000) for tenths in range(1001)] == [tenths / 10 for tenths in range(1001)]

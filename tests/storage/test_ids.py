"""UUIDv7 as RFC 9562 lays it out."""

from uuid import RFC_4122

from storage.ids import uuid7


def test_an_id_carries_its_time_version_and_variant() -> None:
    # The example of RFC 9562, appendix A.6: 2022-02-22 14:22:22 -05:00.
    made = uuid7(1_645_557_742_000_999)

    assert made.hex[:12] == "017f22e279b0"
    assert (made.version, made.variant) == (7, RFC_4122)


def test_ids_of_later_milliseconds_sort_later_and_those_of_one_differ() -> None:
    earlier = [uuid7(1_000_000) for _ in range(100)]
    later = [uuid7(1_001_000) for _ in range(100)]

    assert max(earlier) < min(later)
    assert len({*earlier, *later}) == 200

"""What may be asked of a history at once, the same of every store."""

from typing import Final

from telemetry.errors import Invalid

MAX_SAMPLES: Final = 1_000_000
MAX_WINDOWS: Final = 20_000


def check_limit(limit: int) -> None:
    """Raise Invalid for a number of samples that is out of bounds."""
    if not 1 <= limit <= MAX_SAMPLES:
        raise Invalid("limit_out_of_range", f"limit is {limit}; ask for 1 to {MAX_SAMPLES} samples")


def check_windows(from_us: int, to_us: int, every_us: int, offset_us: int) -> None:
    """Raise Invalid for windows that are too many, or none."""
    if every_us < 1:
        raise Invalid("window_out_of_range", "a window lasts 1 µs at least")
    if (to_us + offset_us - 1) // every_us - (from_us + offset_us) // every_us >= MAX_WINDOWS:
        raise Invalid(
            "too_many_windows", f"at most {MAX_WINDOWS} windows: ask for a shorter time or longer windows"
        )

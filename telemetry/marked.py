"""Times that people marked, as siblings know of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MarkedSpan:
    """What was read of a tag in [from, to) is not to count; `kind` is the word of the mark."""

    id: str
    tag: str
    from_us: int
    to_us: int
    kind: str

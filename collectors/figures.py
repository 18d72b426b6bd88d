"""What a collector tells of its connection, to metrics and to pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from telemetry.protocols import LinkState


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A point that its device refuses or leaves unanswered: why, since when, and when it is tried again."""

    tag: str
    reason: str
    since_us: int
    next_try_us: int


@dataclass(frozen=True, slots=True)
class Raw:
    """What last came for a point, as it came: registers in hex (`41BA 0000`), a bit, or a message's value."""

    at_us: int
    text: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What one read of one point gave, asked for by a person; `error` says why it gave nothing."""

    tag: str
    at_us: int
    latency_s: float | None
    raw: str | None
    value: float | None
    quality: int
    error: str | None


@dataclass(frozen=True, slots=True)
class ConnectionFigures:
    """Figures of a connection; counts since the start.

    `kind` is `modbus` or `mqtt`; `requests` are messages where it is a broker. `set_aside` counts by
    reason what was due or came, and became no sample.
    """

    name: str
    kind: str
    state: LinkState
    since_us: int
    last_error: str | None
    latency_s: float | None
    requests: int
    failures: int
    samples: int
    set_aside: Mapping[str, int]

"""What a collector tells of its connection, to metrics and to pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from telemetry.protocols import LinkState


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

"""What a collector tells of its connection, to metrics and to pages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

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


class Diagnosis(Protocol):
    """Asks a point's own connection about it."""

    def raw(self, tag: str) -> Raw | None:
        """Return what last came for a point; None where nothing did, or nobody keeps it."""
        ...

    def can_try(self, tag: str) -> bool:
        """Return whether the point can be read on demand."""
        ...

    async def try_point(self, tag: str) -> Trial:
        """Read a point once, in its line's turn; Conflict where it cannot be read on demand."""
        ...


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """How a channel of a connection stands: since when, 0 where that is not known, and why."""

    name: str
    state: LinkState
    since_us: int
    cause: str


@dataclass(frozen=True, slots=True)
class ConnectionFigures:
    """Figures of a connection; counts since the start.

    `kind` is `modbus` or `mqtt`; `requests` are messages where it is a broker. `set_aside` counts by
    reason what was due or came, and became no sample. `schedule_kept` is the share of the samples due that
    was read, None where nothing was due. `channels` are those that are lost by themselves, `silent_topics`
    of a broker's topics say nothing.
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
    address: str = ""
    schedule_kept: float | None = None
    quarantined: tuple[Quarantined, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    channels: tuple[ChannelFigures, ...] = ()
    silent_topics: int = 0

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The channels whose outages are its own: itself, and those within it."""
        return tuple(dict.fromkeys((self.name, *(channel.name for channel in self.channels))))


def quarantined_of(connections: Iterable[ConnectionFigures], tag: str) -> Quarantined | None:
    """Return how a point is quarantined, None where it is not."""
    every = (each for figures in connections for each in figures.quarantined)
    return next((each for each in every if each.tag == tag), None)

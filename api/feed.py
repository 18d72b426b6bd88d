"""What the stream says, as bytes: made once, sent to all.

event: snapshot   {"at": ms, "values": {tag: [value|null, time_ms, quality byte, stale 0|1]}}
event: values     the same of what changed since the tick before
event: alarms     {"active": [alarm…], "unacknowledged": n, "total": n}
event: status     {"at": ms, "committed": n, "queued": n, "lost": n, "store_age_ms": n|null, "links": {…},
                   "targets": {name: {"state": …, "lag_s": s, "queued": n, "lost": n}}}
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from alarms.service import AlarmService
from alarms.states import AlarmState
from api.alarm_shape import alarm_shape
from history.live import LiveTable
from history.targets import TargetStatus
from telemetry.clock import Clock
from telemetry.protocols import LinkState

MOST_ALARMS: Final = 1000
KEEP_ALIVE: Final = b": still here\n\n"
FIRST_WORDS: Final = b"retry: 2000\n\n"


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """What a screen says about the node itself; rows since its start, age of the last commit in ms."""

    committed: int
    queued: int
    lost: int
    store_age_ms: int | None
    links: Mapping[str, LinkState]
    targets: Mapping[str, TargetStatus] = field(default_factory=dict)


class Feed:
    """Makes events of the live table, the alarms and the node's status."""

    def __init__(
        self,
        live: LiveTable,
        alarms: AlarmService,
        clock: Clock,
        zone: tzinfo,
        status: Callable[[], NodeStatus],
    ) -> None:
        self._live = live
        self._alarms = alarms
        self._clock = clock
        self._zone = zone
        self._status = status
        self._told_version = live.version
        self._told_stale = live.stale(clock.now_us())
        self._snapshot = b""
        self._alarms_event = b""
        self._alarms_version = -1

    def tick(self) -> bytes:
        """Return what changed since the last tick, and the status."""
        now_us = self._clock.now_us()
        version, was_stale = self._told_version, self._told_stale
        self.skip()
        changed = (self._live.changed > version) | (self._told_stale != was_stale)
        values = self._values("values", np.flatnonzero(changed), now_us) if changed.any() else b""
        return values + self._status_event(now_us)

    def skip(self) -> None:
        """Let what changed go untold: nobody listens, and who comes is told everything."""
        self._told_version, self._told_stale = self._live.version, self._live.stale(self._clock.now_us())
        self._snapshot = b""

    def greeting(self) -> bytes:
        """Return what a new client is told first; shared by those who come between two ticks."""
        if not self._snapshot:
            now_us = self._clock.now_us()
            everything = np.arange(len(self._live.tags))
            self._snapshot = self._values("snapshot", everything, now_us) + self._status_event(now_us)
        return FIRST_WORDS + self._snapshot + self.alarms()

    def alarms(self) -> bytes:
        """Return the alarms as they stand; made anew when they changed."""
        if self._alarms_version != self._alarms.version:
            version, active = self._alarms.version, self._alarms.active()
            waiting = (AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED)
            document = {
                "active": [alarm_shape(alarm, self._zone) for alarm in active[:MOST_ALARMS]],
                "unacknowledged": sum(alarm.state in waiting for alarm in active),
                "total": len(active),
            }
            self._alarms_event, self._alarms_version = _event("alarms", document), version
        return self._alarms_event

    def _values(self, name: str, index: npt.NDArray[np.intp], now_us: int) -> bytes:
        live = self._live
        rows = zip(
            index.tolist(),
            live.values[index].tolist(),
            (live.times_us[index] // 1000).tolist(),
            live.quality[index].tolist(),
            live.stale(now_us)[index].astype(np.int8).tolist(),
            strict=True,
        )
        return _event(name, {"at": now_us // 1000, "values": {live.tags[place]: row for place, *row in rows}})

    def _status_event(self, now_us: int) -> bytes:
        status = self._status()
        document = {
            "at": now_us // 1000,
            "committed": status.committed,
            "queued": status.queued,
            "lost": status.lost,
            "store_age_ms": status.store_age_ms,
            "links": {channel: state.value for channel, state in status.links.items()},
            "targets": {name: _target(target) for name, target in status.targets.items()},
        }
        return _event("status", document)


def _target(status: TargetStatus) -> dict[str, Any]:
    return {
        "state": status.state.value,
        "lag_s": round(status.lag_s, 1),
        "queued": status.queued_rows,
        "lost": status.lost_rows,
    }


def _event(name: str, document: Mapping[str, Any]) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(document))

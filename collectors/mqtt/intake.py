"""Messages to samples: what is planned is decoded, what is not is counted and dropped."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson

from collectors.figures import Raw
from collectors.mqtt.client import Message
from collectors.mqtt.decode import Reading, Rows, Undecodable, decode
from telemetry.samples import SampleBatch

logger = logging.getLogger(__name__)

_STRANGERS_NAMED: Final = 10
_MOST_ROWS: Final = 50_000
"""Rows after which no further message is decoded: messages may hold thousands each."""


class Decoded(NamedTuple):
    """What came of the first `messages` of some; `alive` topics spoke: a retained message proves nothing."""

    samples: SampleBatch
    alive: set[str]
    messages: int


class Intake:
    """Decodes messages and counts what came of them."""

    def __init__(self, title: str, readings: Mapping[str, Reading], max_payload: int) -> None:
        self.messages = 0
        self.unplanned = 0
        self.undecodable = 0
        self.unknown_keys = 0
        self._title = title
        self._readings = readings
        self._max_payload = max_payload
        self._spoiled: set[str] = set()
        self._strangers: set[str] = set()
        self._raw: dict[int, tuple[int, Any]] = {}
        self._kept_by_broker: dict[str, bytes | None] = {}

    def raw(self, series: int) -> Raw | None:
        """Return what last came for a series, None where nothing did."""
        if series not in self._raw:
            return None
        at_us, raw = self._raw[series]
        return Raw(at_us, raw if isinstance(raw, str) else orjson.dumps(raw).decode())

    def decode(self, messages: Sequence[Message]) -> Decoded:
        """Return what came of messages, of the first ones where they hold very much."""
        rows = Rows()
        alive: set[str] = set()
        count = 0
        for message in messages:
            if len(rows.series) >= _MOST_ROWS:
                break
            count += 1
            self.messages += 1
            reading = None if message.topic is None else self._readings.get(message.topic)
            if message.topic is None or reading is None:
                self._drop(message.topic)
                continue
            if (
                message.retained
                and reading.time is not None
                and self._is_known(message.topic, message.payload)
            ):
                continue
            try:
                if message.payload is None:
                    raise Undecodable(f"it is longer than {self._max_payload} bytes")
                decode(reading, message.payload, message.received_us, message.retained, rows)
            except Undecodable as error:
                self._set_aside(message.topic, error)
                continue
            if self._spoiled:
                self._note_usable(message.topic)
            if not message.retained:
                alive.add(message.topic)
        self.unknown_keys += rows.unknown_keys
        self.undecodable += rows.odd_entries
        self._raw |= rows.raw
        return Decoded(rows.batch(), alive, count)

    def _is_known(self, topic: str, payload: bytes | None) -> bool:
        """Return whether the broker keeps what it kept: it sends that anew over each connection."""
        digest = None if payload is None else hashlib.sha256(payload).digest()
        known = topic in self._kept_by_broker and self._kept_by_broker[topic] == digest
        self._kept_by_broker[topic] = digest
        return known

    def _drop(self, topic: str | None) -> None:
        self.unplanned += 1
        name = topic or "a topic that is no text"
        if len(self._strangers) < _STRANGERS_NAMED and name not in self._strangers:
            self._strangers.add(name)
            logger.warning("%s: no point comes from %s; its messages are dropped", self._title, name)

    def _set_aside(self, topic: str, error: Undecodable) -> None:
        self.undecodable += 1
        if topic not in self._spoiled:
            self._spoiled.add(topic)
            logger.warning("%s: a message on %s is not usable: %s; dropped", self._title, topic, error)

    def _note_usable(self, topic: str) -> None:
        if topic in self._spoiled:
            self._spoiled.discard(topic)
            logger.info("%s: messages on %s are usable again", self._title, topic)

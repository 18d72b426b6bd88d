"""The lift stations' telemetry units: each publishes its readings as JSON, every 30 s of the plant's clock.

    topic    fangcheng1/LS1/readings            from the subscription's template
    payload  {"ts": "2026-11-21T08:00:00.000+08:00", "values": {"LIT": 1.93, "P1_ST": 29, …}}

They stay connected and come back by themselves. While their link is down, or the broker away, they keep
what they measure with its time, and send it on afterwards, in order and a few at a time (outbox.py).
Messages are retained, so that who subscribes later sees the last one at once, with the time it is of.
"""

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from config.folder import PlantFolder
from simulator.active_faults import SILENT, WRONG_CLOCK, ActiveFaults
from simulator.outbox import Outbox
from telemetry.clock import US_PER_S, duration_us, from_us

logger = logging.getLogger(__name__)

_NAME: Final = re.compile(r"\{([^{}]*)\}")
_KEY: Final = "key"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: which values it carries, and how its message is laid out."""

    topic: str
    station: str
    """The unit's name, as its channel has it; the topic where its template names nothing."""

    tags: tuple[tuple[str, str], ...]
    """Key in the message, tag."""

    time_path: str | None
    values_path: str
    every_us: int

    def message(self, values: Mapping[str, float], at_us: int, timezone: ZoneInfo) -> bytes:
        """Return the JSON message of a moment."""
        message: dict[str, Any] = {}
        target = _at(message, self.values_path)
        for key, tag in self.tags:
            target[key] = number_sent(values[tag])
        if self.time_path is not None:
            holder, _, name = self.time_path.rpartition(".")
            stamp = from_us(at_us).astimezone(timezone).isoformat(timespec="milliseconds")
            _at(message, holder)[name] = stamp
        return json.dumps(message, separators=(",", ":")).encode()


def number_sent(value: float) -> int | float:
    """Return a value as the units send it: four decimals at most."""
    return int(value) if value.is_integer() else round(value, 4)


def topics_of(folder: PlantFolder, connection: str) -> list[Topic]:
    """Return the topics that deliver a connection's points, in the order of points."""
    settings = folder.mqtt[connection]
    found: dict[tuple[str, int], list[tuple[str, str]]] = {}
    stations: dict[str, str] = {}
    for point in folder.plant.points:
        if point.source != connection or point.is_link:
            continue
        for place, subscription in enumerate(settings.subscriptions):
            match = re.fullmatch(_pattern(subscription.tag), point.tag)
            if match is not None:
                names = match.groupdict()
                topic = _NAME.sub(lambda name, names=names: names[name[1]], subscription.topic)  # type: ignore[misc]
                found.setdefault((topic, place), []).append((names.get(_KEY, point.tag), point.tag))
                said = [names[name] for name in _NAME.findall(subscription.topic)]
                stations[topic] = "-".join(said) or topic
                break
    return [
        Topic(
            topic=topic,
            station=stations[topic],
            tags=tuple(tags),
            time_path=settings.subscriptions[place].time,
            values_path=settings.subscriptions[place].values,
            every_us=duration_us(settings.subscriptions[place].expected_every),
        )
        for (topic, place), tags in found.items()
    ]


class StationPublisher:
    """One telemetry unit and its connection, which paho keeps up in a thread."""

    def __init__(
        self, topic: Topic, host: str, port: int, timezone: ZoneInfo, faults: ActiveFaults | None = None
    ) -> None:
        self._topic = topic
        self._timezone = timezone
        self._faults = faults or ActiveFaults()
        self._dropping = False
        self.outbox = Outbox()
        self._due_us: int | None = None
        self._regular_us = 0
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=topic.topic.replace("/", "-")[:64])
        self._client.reconnect_delay_set(1, 5)
        self._client.connect_async(host, port, keepalive=30)

    def start(self) -> None:
        """Connect, and stay connected."""
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect and end the thread."""
        self._client.disconnect()
        self._client.loop_stop()

    def advance(self, values: Callable[[], Mapping[str, float]], now_us: int) -> None:
        """Take down a message when one is due, once however long overdue, and send what can be sent."""
        if self._due_us is None or now_us >= self._due_us:
            self._due_us = self._next_us(now_us)
            told_us = now_us + round(self._faults.amount(WRONG_CLOCK, self._topic.station) * US_PER_S)
            self.outbox.put(self._topic.message(values(), told_us, self._timezone))
        if self._client.is_connected() and self._faults.get(SILENT, self._topic.station) is None:
            self.outbox.send(self._publish)
        if self.outbox.dropped and not self._dropping:
            self._dropping = True
            logger.warning("%s keeps no more messages: the oldest go", self._topic.station)

    def _publish(self, payload: bytes) -> mqtt.MQTTMessageInfo:
        sent = self._client.publish(self._topic.topic, payload, qos=1, retain=True)
        if sent.rc is mqtt.MQTT_ERR_NO_CONN:
            # Cut off just now: the client has it, and sends it when it is connected again.
            sent.rc = mqtt.MQTT_ERR_SUCCESS
        return sent

    def _next_us(self, now_us: int) -> int:
        every = self._topic.every_us
        if self._due_us is None:
            # A unit just switched on repeats itself soon, for those who come up at the same time.
            self._regular_us = now_us + every
            return now_us + every // 10
        while self._regular_us <= now_us:
            self._regular_us += every
        return self._regular_us


def publishers(
    folder: PlantFolder, connection: str, host: str, port: int, faults: ActiveFaults | None = None
) -> Sequence[StationPublisher]:
    """Return the telemetry units behind a broker."""
    timezone = folder.plant.timezone
    return [StationPublisher(topic, host, port, timezone, faults) for topic in topics_of(folder, connection)]


def _pattern(template: str) -> str:
    pattern, end = "", 0
    for match in _NAME.finditer(template):
        pattern += re.escape(template[end : match.start()]) + f"(?P<{match[1]}>.+?)"
        end = match.end()
    return pattern + re.escape(template[end:])


def _at(message: dict[str, Any], path: str) -> dict[str, Any]:
    for name in filter(None, path.split(".")):
        message = message.setdefault(name, {})
    return message

"""Takes readings from an MQTT broker to the store, and acknowledges them once they are kept.

Messages that arrive while a batch is being committed make up the next one. What cannot be decoded
is counted and acknowledged: the broker would send it again for ever.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from collectors.backoff import Backoff
from collectors.delivery import Delivery
from collectors.figures import Raw
from collectors.link import Link, in_words
from collectors.mqtt.client import Message, MqttConnection, Subscribed
from collectors.mqtt.decode import Reading
from collectors.mqtt.inbox import Inbox
from collectors.mqtt.intake import Intake
from collectors.mqtt.plan import expected_topics, topic_filters
from collectors.mqtt.settings import MqttSettings
from collectors.mqtt.topic_watch import TopicWatch
from collectors.ranges import tolerated
from telemetry.clock import US_PER_S, Clock, real_seconds
from telemetry.errors import DeviceError
from telemetry.plant import Point
from telemetry.protocols import LinkState, Outages, Sink
from telemetry.samples import SampleBatch

logger = logging.getLogger(__name__)

_LOOKS_A_SILENCE: Final = 10
_STABLE_S: Final = 10.0
_PATIENCE_S: Final = 5.0
_LONG_S: Final = 0.5


@dataclass(frozen=True, slots=True)
class MqttStatus:
    """How a broker stands; counts are since the start.

    unplanned     messages on topics that no point comes from
    undecodable   messages, or entries of their lists, that were not what their topic carries, or too long
    unknown_keys  values that no point stands for
    turned_away   messages left to the broker because the store was too far behind
    held          messages taken and not yet acknowledged
    """

    state: LinkState
    since_us: int
    last_error: str | None
    messages: int
    samples: int
    unplanned: int
    undecodable: int
    unknown_keys: int
    turned_away: int
    held: int
    silent_topics: int
    connections: int
    sessions_lost: int


class MqttCollector:
    """One broker: what comes on the topics of the tags, until cancelled.

    `point_by_tag` gives the ranges beyond which a value is uncertain. ConfigError for a tag that no
    subscription delivers. Made and run on the event loop.
    """

    def __init__(
        self,
        name: str,
        settings: MqttSettings,
        tags: Sequence[str],
        series_ids: Mapping[str, int],
        sink: Sink,
        outages: Outages,
        clock: Clock,
        password: str | None = None,
        point_by_tag: Mapping[str, Point] | None = None,
    ) -> None:
        known = point_by_tag or {}
        ranges = {tag: tolerated(known[tag]) for tag in tags if tag in known}
        plans = expected_topics(settings, tags)
        readings = {topic: Reading.of(plan, series_ids, ranges) for topic, plan in plans.items()}
        patience_s = min(_PATIENCE_S, settings.keepalive.total_seconds() / 2)
        self._title = f"mqtt {name}"
        self._settings = settings
        self._series_ids = {tag: series_ids[tag] for tag in tags}
        self._filters = topic_filters(settings)
        self._password = password
        self._clock = clock
        self._link = Link("mqtt", name, outages, clock)
        self._watch = TopicWatch(self._link, plans, series_ids, outages, clock)
        self._intake = Intake(self._title, readings, settings.max_payload)
        self._inbox: Inbox[Message] = Inbox(settings.max_inflight, patience_s)
        self._backoff = Backoff(settings.backoff_max.total_seconds())
        self._delivery = Delivery(self._title, sink)
        self._connection: MqttConnection | None = None
        self._refused: tuple[str, ...] = ()
        self._last_error: str | None = None
        self._keeping_since_us: int | None = None
        self._samples = 0
        self._connections = 0
        self._greeted_us: int | None = None
        self._sessions_lost = 0

    @property
    def status(self) -> MqttStatus:
        """How it stands now."""
        return MqttStatus(
            state=self._link.state,
            since_us=self._link.since_us,
            last_error=self._last_error,
            messages=self._intake.messages,
            samples=self._samples,
            unplanned=self._intake.unplanned,
            undecodable=self._intake.undecodable,
            unknown_keys=self._intake.unknown_keys,
            turned_away=self._inbox.turned_away,
            held=self._inbox.held,
            silent_topics=self._watch.silent,
            connections=self._connections,
            sessions_lost=self._sessions_lost,
        )

    def raw(self, tag: str) -> Raw | None:
        """Return the value of a tag as it last came, None where none did since the start."""
        series = self._series_ids.get(tag)
        return None if series is None else self._intake.raw(series)

    async def run(self) -> None:
        """Take readings until cancelled."""
        self._inbox.clear()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._stay_connected(), name=f"{self._title} connection")
            tasks.create_task(self._deliver(), name=f"{self._title} delivery")
            tasks.create_task(self._watch_topics(), name=f"{self._title} silence")

    async def _stay_connected(self) -> None:
        while True:
            self._greeted_us = None
            cause = await self._connect_once()
            if cause is None:
                continue
            self._last_error = cause
            if self._link.state is LinkState.UP and self._lasted_s() >= _STABLE_S:
                # A broker that was started anew is there again at once, and nothing was lost.
                self._backoff.reset()
                continue
            self._link.lost(cause)
            await asyncio.sleep(self._backoff.next_s())

    def _lasted_s(self) -> float:
        """Return how long the broker had been there; 0 where it was not, however long that took to learn."""
        if self._greeted_us is None:
            return 0.0
        return real_seconds(self._clock, self._clock.monotonic_us() - self._greeted_us)

    async def _connect_once(self) -> str | None:
        """Hold one connection to its end; return why it ended, None where it is to be renewed."""
        connection = MqttConnection(self._settings, self._filters, self._password, self._inbox, self._clock)
        try:
            self._greet(await connection.open())
            self._connection = connection
            return await connection.lost()
        except DeviceError as error:
            return str(error)
        finally:
            self._connection = None
            await connection.close()

    def _greet(self, subscribed: Subscribed) -> None:
        self._greeted_us = self._clock.monotonic_us()
        self._link.back()
        if self._connections and not subscribed.session_kept:
            self._sessions_lost += 1
            logger.warning("%s: the broker kept no session; what was sent meanwhile is lost", self._title)
        if subscribed.session_s is not None and not self._connections:
            span = in_words(subscribed.session_s * US_PER_S)
            logger.warning(
                "%s: while it is away, the broker keeps the session for %s only", self._title, span
            )
        if subscribed.refused != self._refused:
            self._refused = subscribed.refused
            for topic in self._refused:
                logger.warning("%s: the broker does not serve %s at QoS 1", self._title, topic)
        self._connections += 1

    async def _deliver(self) -> None:
        turned_away = self._inbox.turned_away
        while True:
            messages = await self._inbox.take()
            while messages:
                decoded = self._intake.decode(messages)
                self._watch.heard(decoded.alive)
                await self._keep(decoded.samples)
                for message in messages[: decoded.messages]:
                    message.acknowledge()
                self._inbox.done(decoded.messages)
                self._samples += len(decoded.samples)
                messages = messages[decoded.messages :]
            if self._inbox.turned_away > turned_away and self._connection is not None:
                # What was turned away the broker sends again only over a new connection.
                turned_away = self._inbox.turned_away
                self._connection.renew()

    async def _keep(self, samples: SampleBatch) -> None:
        """Keep the samples; while that takes long, nobody listens, and no topic is judged."""
        if not len(samples):
            return
        self._keeping_since_us = began_us = self._clock.monotonic_us()
        await self._delivery.keep(samples)
        self._keeping_since_us = None
        if self._is_long_since(began_us):
            self._watch.excuse()

    def _is_long_since(self, since_us: int) -> bool:
        return real_seconds(self._clock, self._clock.monotonic_us() - since_us) > _LONG_S

    async def _watch_topics(self) -> None:
        pause_s = real_seconds(self._clock, self._watch.shortest_us // _LOOKS_A_SILENCE)
        while True:
            await asyncio.sleep(pause_s)
            if self._keeping_since_us is not None and self._is_long_since(self._keeping_since_us):
                continue
            samples = self._watch.fallen()
            if len(samples):
                await self._delivery.keep(samples)

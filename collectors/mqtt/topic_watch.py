"""Says which topics are lost and back: silence is a loss, whatever the broker says."""

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from collectors.link import Link, in_words
from collectors.mqtt.plan import TopicPlan
from collectors.mqtt.silence import Silence
from telemetry.clock import US_PER_S, Clock, duration_us
from telemetry.protocols import LinkState, Outages
from telemetry.quality import Quality
from telemetry.samples import SampleBatch

_SILENT_AFTER_INTERVALS: Final = 3
_SHORTEST_REAL_S: Final = 2.0


class TopicWatch:
    """Watches every planned topic; a channel is lost when all its topics are silent.

    A broker that is lost makes its topics silent in time, and not at once: what they say meanwhile
    it keeps for us, and one that was only started anew has lost nothing.

    `broker` is the link of the connection itself, which is also the channel of the topics whose
    templates name nothing.
    """

    def __init__(
        self,
        broker: Link,
        plans: Mapping[str, TopicPlan],
        series_ids: Mapping[str, int],
        outages: Outages,
        clock: Clock,
    ) -> None:
        self._broker = broker
        self._plans = plans
        self._clock = clock
        self._channel_by_topic = {topic: plan.channel(broker.channel) for topic, plan in plans.items()}
        self._links = {
            channel: broker if channel == broker.channel else Link("mqtt", channel, outages, clock)
            for channel in self._channel_by_topic.values()
        }
        self._series = {
            topic: np.array([series_ids[tag] for tag in plan.tags.values()], dtype=np.int32)
            for topic, plan in plans.items()
        }
        self._missed = dict.fromkeys(self._links, 0)
        # On a fast clock an interval is too short for a network to keep.
        shortest_us = _SHORTEST_REAL_S * clock.speed * US_PER_S
        self._limits_us = {
            topic: round(max(_SILENT_AFTER_INTERVALS * self._every_us(topic), shortest_us)) for topic in plans
        }
        self._silence = Silence(self._limits_us, clock.monotonic_us())

    @property
    def silent(self) -> int:
        """How many topics are silent."""
        return len(self._silence.silent)

    @property
    def shortest_us(self) -> int:
        """The silence after which the first topic is lost."""
        return min(self._limits_us.values(), default=US_PER_S)

    def heard(self, topics: Iterable[str]) -> None:
        """Note that these topics said something usable."""
        now_us = self._clock.monotonic_us()
        for topic in sorted(topics):
            channel = self._channel_by_topic[topic]
            slots = self._silence.heard(topic, now_us) // self._every_us(topic)
            self._missed[channel] += slots * len(self._plans[topic].tags)
            if self._links[channel].state is not LinkState.UP:
                self._links[channel].back(self._missed[channel])
                self._missed[channel] = 0

    def excuse(self) -> None:
        """Blame no topic for the time past: it may have spoken, and was not listened to."""
        self._silence.excuse(self._clock.monotonic_us())

    def fallen(self) -> SampleBatch:
        """Say which channels were lost; return a bad sample of every point whose topic fell silent."""
        fallen = self._silence.fallen(self._clock.monotonic_us())
        for topic, span_us in fallen.items():
            channel = self._channel_by_topic[topic]
            topics = {other for other, its in self._channel_by_topic.items() if its == channel}
            if topics <= self._silence.silent:
                away = self._broker.state is not LinkState.UP
                span = in_words(span_us)
                self._links[channel].lost(
                    "the broker is lost" if away else f"nothing usable on {topic} for {span}"
                )
        now_us = self._clock.now_us()
        return SampleBatch.concat(
            [
                SampleBatch.of(self._series[topic], now_us, np.nan, Quality.COMM_FAILURE)
                for topic in sorted(fallen)
            ]
        )

    def _every_us(self, topic: str) -> int:
        return duration_us(self._plans[topic].subscription.expected_every)

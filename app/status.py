"""What a running node says of itself: to the wall's footer, to health checks, to Prometheus."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version

from alarms.judging.task import Judging
from alarms.notify.service import Pushes
from alarms.service import AlarmService
from api.feed import NodeStatus
from api.metrics import MetricsSources, PushFigures
from api.services import Health
from app.collecting import Collector
from app.duty_copying import DutyCopying
from app.integrity_check import IntegrityCheck
from app.journal_check import JournalCheck
from app.keeping import FigureKeeping, Housekeeping
from app.links import Links
from app.loop_lag import LoopLag
from app.people import PeopleStore
from app.supervise import Restarts
from collectors.figures import ChannelFigures, ConnectionFigures
from collectors.modbus.collector import ModbusCollector
from collectors.modbus.unit import ModbusStatus
from collectors.mqtt.collector import MqttStatus
from history.embedded import EmbeddedHistory
from history.targets import Target
from history.writer import BatchWriter
from telemetry.clock import US_PER_S, Clock
from telemetry.errors import StoreError
from telemetry.protocols import LinkState


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is kept going beside reading, storing and judging."""

    people: PeopleStore
    figures: FigureKeeping
    housekeeping: Housekeeping
    judging: Judging

    @property
    def people_away(self) -> str | None:
        """Why the people's store cannot be asked, None while it can."""
        return self.people.away

    @property
    def figures_failing(self) -> str | None:
        """Why figures are not kept up, None while they are."""
        return self.figures.failing

    @property
    def figures_behind_us(self) -> int:
        """By how much figures of hours that are over are late."""
        return self.figures.behind_us

    @property
    def judging_failing(self) -> str | None:
        """Why hours and days are not judged, None while they are."""
        return self.judging.failing

    @property
    def judging_behind_us(self) -> int:
        """By how much judging is behind the hours that are closed."""
        return self.judging.behind_us

    @property
    def housekeeping_failing(self) -> str | None:
        """Why closed days are not put in order, None while they are."""
        return self.housekeeping.failing

    @property
    def compacted_us(self) -> int | None:
        """When that last succeeded, plant's time; None since the start."""
        return self.housekeeping.succeeded_us


@dataclass(frozen=True)
class Status:
    """Asks the parts; holds nothing itself."""

    clock: Clock
    history: EmbeddedHistory
    writer: BatchWriter
    links: Links
    alarms: AlarmService
    journal_check: JournalCheck
    integrity_check: IntegrityCheck
    upkeep: Upkeep
    lag: LoopLag
    restarts: Restarts
    collectors: Mapping[str, Collector]
    targets: Mapping[str, Target]
    pushes: Pushes
    duty_copying: DutyCopying
    addresses: dict[str, str] = field(default_factory=dict)
    """Where each connection leads."""

    def node(self) -> NodeStatus:
        """Return what the wall's footer shows."""
        last_us = self.history.last_committed_us
        return NodeStatus(
            committed=self.writer.committed_rows,
            queued=self.writer.queued_rows if self.writer.failing else self.writer.backlog_rows,
            lost=self.writer.lost_rows,
            store_age_ms=(self.clock.now_us() - last_us) // 1000 if last_us else None,
            links={link.channel: link.state for link in self.links.states().values()},
            targets={name: target.status for name, target in self.targets.items()},
        )

    def health(self) -> Health:
        """Return why a part does not do its work; one lost device or target is not ill health."""
        links = [link.state for link in self.links.states().values()]
        none_up = bool(links) and LinkState.UP not in links
        return Health(
            store=self.writer.failing or self.integrity_check.broken,
            alarms=self.alarms.failing or self.journal_check.broken,
            collectors="no connection is up" if none_up else None,
            people=self.upkeep.people_away or self.integrity_check.records_broken,
            figures=self.upkeep.figures_failing,
            housekeeping=self.upkeep.housekeeping_failing,
            judging=self.upkeep.judging_failing,
            pushes=self.pushes.failing,
        )

    def metrics(self) -> MetricsSources:
        """Return where Prometheus' figures come from."""
        return MetricsSources(
            writer=self.writer,
            upkeep=self.upkeep,
            committed_batches=lambda: self.history.last_number,
            connections=self.connections,
            targets=lambda: [target.status for target in self.targets.values()],
            loop_lag_s=lambda: self.lag.worst_s,
            task_restarts=lambda: self.restarts.by_task,
            version=version("outfall"),
            pushes=self.push_figures,
        )

    def push_figures(self) -> PushFigures:
        """Return how pushes do; without numbers while the node's store cannot be read."""
        try:
            states, attempts = self.pushes.counts()
        except StoreError:
            states, attempts = {}, {}
        age_us = self.duty_copying.age_us
        age_s = None if age_us is None else age_us / US_PER_S
        return PushFigures(states, attempts, self.pushes.failing is not None, age_s)

    def connections(self) -> list[ConnectionFigures]:
        """Return how each device and broker does."""
        return list(self._connections())

    def _connections(self) -> Iterator[ConnectionFigures]:
        for name, collector in self.collectors.items():
            if isinstance(collector, ModbusCollector):
                for channel, status in collector.statuses.items():
                    yield _device(channel, status)
            else:
                figures = _broker(name, collector.status)
                yield replace(figures, address=self.addresses[name], channels=self._channels(name))

    def _channels(self, connection: str) -> tuple[ChannelFigures, ...]:
        return tuple(
            ChannelFigures(link.channel, link.state, link.since_us, link.cause)
            for link in self.links.states().values()
            if link.channel.startswith(f"{connection}.")
        )


def _device(name: str, status: ModbusStatus) -> ConnectionFigures:
    return ConnectionFigures(
        name=name,
        kind="modbus",
        state=status.state,
        since_us=status.since_us,
        last_error=status.last_error,
        latency_s=status.latency_s,
        requests=status.requests,
        failures=status.failures,
        samples=status.samples,
        set_aside={"missed": status.missed},
        address=status.address,
        schedule_kept=status.schedule_kept,
        quarantined=status.quarantined,
        attributes=status.attributes,
    )


def _broker(name: str, status: MqttStatus) -> ConnectionFigures:
    return ConnectionFigures(
        name=name,
        kind="mqtt",
        state=status.state,
        since_us=status.since_us,
        last_error=status.last_error,
        latency_s=None,
        requests=status.messages,
        failures=status.undecodable,
        samples=status.samples,
        set_aside={
            "unplanned_topic": status.unplanned,
            "undecodable": status.undecodable,
            "unknown_key": status.unknown_keys,
            "turned_away": status.turned_away,
        },
        silent_topics=status.silent_topics,
    )

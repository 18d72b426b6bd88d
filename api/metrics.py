"""`/metrics`, for Prometheus: open to this machine, and to whoever is signed in.

A proxy on this machine is not this machine: what it forwards has to sign in.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from fastapi import APIRouter, Request
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from alarms.service import AlarmService
from alarms.settings import Priority
from alarms.states import AlarmState
from api.routes import is_this_machine, principal_of, stated
from api.stream import Stream
from collectors.figures import ConnectionFigures
from history.live import LiveTable
from history.targets import TargetState, TargetStatus
from operations.access import Permission
from operations.accounts import Accounts
from telemetry.clock import US_PER_S, Clock
from telemetry.errors import Forbidden
from telemetry.protocols import LinkState

_FORMAT: Final = "text/plain; version=0.0.4; charset=utf-8"


class WriterFigures(Protocol):
    """What the batch writer tells of itself."""

    @property
    def queued_rows(self) -> int:
        """Samples that wait for a commit."""
        ...

    @property
    def lost_rows(self) -> int:
        """Samples that were dropped."""
        ...

    @property
    def committed_rows(self) -> int:
        """Samples committed since the start."""
        ...

    @property
    def last_commit_seconds(self) -> float:
        """How long the last commit took."""
        ...

    @property
    def failing(self) -> str | None:
        """Why the store refuses, None while it does not."""
        ...


class UpkeepFigures(Protocol):
    """What figures, housekeeping and the people's store tell of themselves."""

    @property
    def people_away(self) -> str | None:
        """Why the people's store cannot be asked, None while it can."""
        ...

    @property
    def figures_failing(self) -> str | None:
        """Why figures are not kept up, None while they are."""
        ...

    @property
    def figures_behind_us(self) -> int:
        """By how much figures of hours that are over are late."""
        ...

    @property
    def judging_failing(self) -> str | None:
        """Why hours and days are not judged, None while they are."""
        ...

    @property
    def judging_behind_us(self) -> int:
        """By how much judging is behind the hours that are closed."""
        ...

    @property
    def housekeeping_failing(self) -> str | None:
        """Why closed days are not put in order, None while they are."""
        ...

    @property
    def compacted_us(self) -> int | None:
        """When that last succeeded, plant's time; None since the start."""
        ...


@dataclass(frozen=True, slots=True)
class PushFigures:
    """Pushes by state, attempts by outcome, and how old the node's copy of the roster is, seconds."""

    states: Mapping[str, int]
    attempts: Mapping[str, int]
    failing: bool
    duty_age_s: float | None


def _no_pushes() -> PushFigures:
    return PushFigures({}, {}, False, None)


@dataclass(frozen=True, slots=True)
class MetricsSources:
    """Where the figures come from that the API does not hold itself."""

    writer: WriterFigures
    upkeep: UpkeepFigures
    committed_batches: Callable[[], int]
    connections: Callable[[], Iterable[ConnectionFigures]]
    targets: Callable[[], Iterable[TargetStatus]]
    loop_lag_s: Callable[[], float]
    task_restarts: Callable[[], Mapping[str, int]]
    version: str
    pushes: Callable[[], PushFigures] = _no_pushes


class NodeCollector(Collector):
    """Asks every part for its figures when Prometheus does."""

    def __init__(
        self,
        sources: MetricsSources,
        live: LiveTable,
        alarms: AlarmService,
        stream: Stream,
        accounts: Accounts,
        clock: Clock,
    ) -> None:
        self._sources = sources
        self._live = live
        self._alarms = alarms
        self._stream = stream
        self._accounts = accounts
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield all figures."""
        yield from self._store()
        yield from self._upkeep()
        yield from self._readings()
        yield from self._active_alarms()
        yield from self._connections()
        yield from self._targets()
        yield from self._people()
        yield from self._pushes()
        yield from self._node()

    def _store(self) -> Iterator[Metric]:
        writer = self._sources.writer
        yield _counter("outfall_committed_rows", "Samples committed since the start.", writer.committed_rows)
        yield _gauge(
            "outfall_committed_batch", "Number of the newest batch.", self._sources.committed_batches()
        )
        yield _gauge("outfall_queued_rows", "Samples that wait for a commit.", writer.queued_rows)
        yield _counter("outfall_lost_rows", "Samples that were dropped.", writer.lost_rows)
        yield _gauge("outfall_store_failing", "1 while the store refuses.", float(writer.failing is not None))
        yield _gauge("outfall_commit_seconds", "How long the last commit took.", writer.last_commit_seconds)

    def _upkeep(self) -> Iterator[Metric]:
        its = self._sources.upkeep
        yield _gauge(
            "outfall_people_store_up", "1 while accounts can be asked.", float(its.people_away is None)
        )
        yield _gauge(
            "outfall_figures_failing",
            "1 while figures are not kept up.",
            float(its.figures_failing is not None),
        )
        yield _gauge(
            "outfall_figures_behind_seconds",
            "By how much figures of hours that are over are late.",
            its.figures_behind_us / US_PER_S,
        )
        yield _gauge(
            "outfall_judging_failing",
            "1 while hours and days are not judged.",
            float(its.judging_failing is not None),
        )
        yield _gauge(
            "outfall_judging_behind_seconds",
            "By how much judging is behind the hours that are closed.",
            its.judging_behind_us / US_PER_S,
        )
        yield _gauge(
            "outfall_housekeeping_failing",
            "1 while closed days are not put in order.",
            float(its.housekeeping_failing is not None),
        )
        last_us = its.compacted_us
        yield _gauge(
            "outfall_last_compaction_timestamp_seconds",
            "When closed days were last put in order, plant's time; NaN since the start.",
            float("nan") if last_us is None else last_us / US_PER_S,
        )

    def _readings(self) -> Iterator[Metric]:
        now_us = self._clock.now_us()
        newest_us = int(self._live.times_us.max(initial=0))
        age = (now_us - newest_us) / US_PER_S if newest_us else float("nan")
        yield _gauge("outfall_newest_reading_age_seconds", "Age of the newest reading, plant's time.", age)
        yield _gauge("outfall_points", "Points of the plant.", len(self._live.tags))
        yield _gauge(
            "outfall_stale_points", "Points without a fresh reading.", int(self._live.stale(now_us).sum())
        )

    def _active_alarms(self) -> Iterator[Metric]:
        family = GaugeMetricFamily(
            "outfall_active_alarms", "Alarms that are not normal.", labels=["priority", "state"]
        )
        counts = Counter((alarm.priority, alarm.state) for alarm in self._alarms.active())
        for priority in Priority:
            for state in AlarmState:
                if state is not AlarmState.NORMAL:
                    family.add_metric([priority.word, state.value], counts[priority, state])
        yield family
        behind = self._sources.committed_batches() - self._alarms.evaluated_through
        yield _gauge("outfall_unevaluated_batches", "Batches no alarm was evaluated on yet.", max(behind, 0))

    def _connections(self) -> Iterator[Metric]:
        up = GaugeMetricFamily(
            "outfall_connection_up", "1 while a connection answers.", labels=["connection"]
        )
        latency = GaugeMetricFamily(
            "outfall_connection_latency_seconds", "How long the last answer took.", labels=["connection"]
        )
        kept = GaugeMetricFamily(
            "outfall_connection_schedule_kept_ratio",
            "Share of the samples due since the start that was read.",
            labels=["connection"],
        )
        refused = GaugeMetricFamily(
            "outfall_connection_quarantined_points",
            "Points that their device refuses or leaves unanswered.",
            labels=["connection"],
        )
        silent = GaugeMetricFamily(
            "outfall_connection_silent_topics", "Topics that say nothing.", labels=["connection"]
        )
        counts = {
            what: CounterMetricFamily(f"outfall_connection_{what}", text, labels=["connection"])
            for what, text in (
                ("requests", "Requests to a device, or messages of a broker."),
                ("failures", "Those without a usable answer."),
                ("samples", "Samples read."),
            )
        }
        aside = CounterMetricFamily(
            "outfall_connection_set_aside",
            "What was due or came, and became no sample.",
            labels=["connection", "reason"],
        )
        for connection in self._sources.connections():
            name = [connection.name]
            for reason, count in connection.set_aside.items():
                aside.add_metric([connection.name, reason], count)
            up.add_metric(name, float(connection.state is LinkState.UP))
            if connection.latency_s is not None:
                latency.add_metric(name, connection.latency_s)
            if connection.schedule_kept is not None:
                kept.add_metric(name, connection.schedule_kept)
            refused.add_metric(name, len(connection.quarantined))
            silent.add_metric(name, connection.silent_topics)
            for what, family in counts.items():
                family.add_metric(name, getattr(connection, what))
        yield from (up, latency, kept, refused, silent, aside, *counts.values())

    def _targets(self) -> Iterator[Metric]:
        gauges = {
            name: GaugeMetricFamily(f"outfall_target_{name}", text, labels=["target"])
            for name, text in (
                ("up", "1 while a replication target takes what is sent."),
                ("lag_seconds", "Age of the oldest batch it has not been sent."),
                ("queued_rows", "Samples still to be sent to it."),
            )
        }
        counts = {
            name: CounterMetricFamily(f"outfall_target_{name}", text, labels=["target"])
            for name, text in (
                ("sent_rows", "Samples it took since the start."),
                ("lost_rows", "Samples it refused, ever; they are set aside."),
            )
        }
        for status in self._sources.targets():
            label = [status.name]
            up = status.state in (TargetState.UP, TargetState.BEHIND)
            gauges["up"].add_metric(label, float(up))
            gauges["lag_seconds"].add_metric(label, status.lag_s)
            gauges["queued_rows"].add_metric(label, status.queued_rows)
            counts["sent_rows"].add_metric(label, status.sent_rows)
            counts["lost_rows"].add_metric(label, status.lost_rows)
        yield from (*gauges.values(), *counts.values())

    def _people(self) -> Iterator[Metric]:
        yield _gauge("outfall_stream_clients", "Open streams.", self._stream.clients)
        ended = CounterMetricFamily("outfall_streams_ended", "Streams the node ended.", labels=["reason"])
        for reason, count in self._stream.dropped.items():
            ended.add_metric([reason.value], count)
        yield ended
        sign_ins = CounterMetricFamily("outfall_sign_ins", "Sign-ins by how they ended.", labels=["outcome"])
        accounts = self._accounts
        outcomes = {"done": accounts.signed_in, "refused": accounts.refused, "throttled": accounts.throttled}
        for outcome, count in outcomes.items():
            sign_ins.add_metric([outcome], count)
        yield sign_ins

    def _pushes(self) -> Iterator[Metric]:
        its = self._sources.pushes()
        pushes = GaugeMetricFamily("outfall_pushes", "Pushes in the outbox by state.", labels=["state"])
        for state, count in its.states.items():
            pushes.add_metric([state], count)
        yield pushes
        attempts = CounterMetricFamily(
            "outfall_push_attempts", "Attempts of targets by outcome.", labels=["outcome"]
        )
        for outcome, count in its.attempts.items():
            attempts.add_metric([outcome], count)
        yield attempts
        yield _gauge("outfall_pushes_failing", "1 while people are not told of alarms.", float(its.failing))
        age = GaugeMetricFamily("outfall_duty_copy_age_seconds", "Age of the node's copy of the roster.")
        if its.duty_age_s is not None:
            age.add_metric([], its.duty_age_s)
        yield age

    def _node(self) -> Iterator[Metric]:
        yield _gauge("outfall_loop_lag_seconds", "Worst lag of the last minute.", self._sources.loop_lag_s())
        restarts = CounterMetricFamily("outfall_task_restarts", "Restarts of failed tasks.", labels=["task"])
        for task, count in self._sources.task_restarts().items():
            restarts.add_metric([task], count)
        yield restarts
        build = GaugeMetricFamily("outfall_build_info", "The product's version.", labels=["version"])
        build.add_metric([self._sources.version], 1)
        yield build


def add_metrics(router: APIRouter, collector: NodeCollector) -> None:
    """Add the route, on a registry of its own."""
    registry = CollectorRegistry()
    registry.register(collector)
    ProcessCollector(registry=registry)

    @router.get("/metrics", tags=["health"], response_class=Response, **stated(None, 401, 403))
    async def show_metrics(request: Request) -> Response:
        """Figures for Prometheus; without a sign-in only for this machine."""
        if not is_this_machine(request) and not principal_of(request).may(Permission.VIEW):
            raise Forbidden("not_permitted", "this role may not view")
        return Response(generate_latest(registry), media_type=_FORMAT)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=value)

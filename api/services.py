"""What the API is given; it constructs none of it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

from alarms.judging.reader import JudgementReader
from alarms.notify.service import Pushes
from alarms.service import AlarmService
from api.metrics import MetricsSources
from api.stream import Stream
from collectors.figures import ConnectionFigures, Diagnosis
from collectors.outages import OutageStore
from config.folder import PlantFolder
from history.entries import Entries
from history.live import LiveTable
from history.periods import Periods
from history.targets import Target
from operations.accounts import Accounts
from operations.assessment.service import Assessments
from operations.desk import Desk
from operations.handover.service import Handovers
from operations.logbook.service import Logbook
from reports.service import Reports
from telemetry.clock import Clock
from telemetry.protocols import HistoryReader, Origins


@dataclass(frozen=True, slots=True)
class Health:
    """Why each part does not do its work; None while it does.

    Without the first three the node is not ready; without the others it is degraded: it reads, keeps
    and alarms, but nobody can sign in, figures or judgements fall behind, or closed days are not put in
    order.
    and judges, but nobody can sign in, figures fall behind, closed days are not put in order, or
    nobody is told of alarms.
    """

    store: str | None = None
    alarms: str | None = None
    collectors: str | None = None
    people: str | None = None
    figures: str | None = None
    housekeeping: str | None = None
    judging: str | None = None
    pushes: str | None = None

    @property
    def ready(self) -> bool:
        """Whether readings come in, are kept and judged."""
        return self.store is None and self.alarms is None and self.collectors is None

    def reasons(self) -> Iterator[tuple[str, str]]:
        """Yield the parts that do not work, each with its reason."""
        for part in fields(self):
            reason = getattr(self, part.name)
            if reason is not None:
                yield part.name, reason


@dataclass(frozen=True, slots=True)
class ApiServices:
    """The node's parts behind the API."""

    folder: PlantFolder
    clock: Clock
    live: LiveTable
    history: HistoryReader
    origins: Origins
    periods: Periods
    judgements: JudgementReader
    entries: Entries
    reports: Reports
    desk: Desk
    assessments: Assessments
    handovers: Handovers
    alarms: AlarmService
    accounts: Accounts
    stream: Stream
    health: Callable[[], Health]
    metrics: MetricsSources
    targets: Mapping[str, Target]
    logbook: Logbook
    pushes: Pushes
    connections: Callable[[], Sequence[ConnectionFigures]]
    outages: OutageStore
    diagnosis: Diagnosis

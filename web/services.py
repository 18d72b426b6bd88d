"""What the console is given; it constructs none of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from alarms.judging.reader import JudgementReader
from alarms.notify.service import Pushes
from alarms.service import AlarmService
from collectors.figures import ConnectionFigures, Diagnosis
from collectors.outages import OutageStore
from config.folder import PlantFolder
from history.entries import Entries
from history.live import LiveTable
from history.targets import Target
from operations.accounts import Accounts
from operations.assessment.service import Assessments
from operations.desk import Desk
from operations.handover.rules import Standing
from operations.handover.service import Handovers
from operations.logbook.service import Logbook
from reports.service import Reports
from telemetry.clock import Clock
from telemetry.protocols import HistoryReader


@dataclass(frozen=True, slots=True)
class WebServices:
    """The node's parts behind the console's pages."""

    folder: PlantFolder
    clock: Clock
    live: LiveTable
    history: HistoryReader
    entries: Entries
    reports: Reports
    desk: Desk
    judgements: JudgementReader
    assessments: Assessments
    handovers: Handovers
    alarms: AlarmService
    accounts: Accounts
    connections: Callable[[], Sequence[ConnectionFigures]]
    outages: OutageStore
    diagnosis: Diagnosis
    targets: Mapping[str, Target]
    logbook: Logbook
    pushes: Pushes
    overdue: Callable[[], Standing | None]
    """The handover that the manager was told of, as it was last looked for."""
    preparing: Callable[[], bool] = lambda: False
    """Whether a demo's month is still being lived, so that pages about people say too little."""

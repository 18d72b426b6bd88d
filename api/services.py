"""What the API is given; it constructs none of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from alarms.service import AlarmService
from api.metrics import MetricsSources
from api.stream import Stream
from config.folder import PlantFolder
from history.entries import Entries
from history.live import LiveTable
from history.periods import Periods
from history.targets import Target
from operations.accounts import Accounts
from telemetry.clock import Clock
from telemetry.protocols import HistoryReader, Origins


@dataclass(frozen=True, slots=True)
class Health:
    """Why each part does not do its work; None while it does."""

    store: str | None = None
    alarms: str | None = None
    collectors: str | None = None

    @property
    def ready(self) -> bool:
        """Whether readings come in, are kept and judged."""
        return not list(self.reasons())

    def reasons(self) -> Iterator[tuple[str, str]]:
        """Yield the parts that do not work, each with its reason."""
        for part in ("store", "alarms", "collectors"):
            reason = getattr(self, part)
            if reason is not None:
                yield part, reason


@dataclass(frozen=True, slots=True)
class ApiServices:
    """The node's parts behind the API."""

    folder: PlantFolder
    clock: Clock
    live: LiveTable
    history: HistoryReader
    origins: Origins
    periods: Periods
    entries: Entries
    alarms: AlarmService
    accounts: Accounts
    stream: Stream
    health: Callable[[], Health]
    metrics: MetricsSources
    targets: Mapping[str, Target]

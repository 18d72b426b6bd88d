"""What the console is given; it constructs none of it."""

from dataclasses import dataclass

from alarms.service import AlarmService
from config.folder import PlantFolder
from history.live import LiveTable
from operations.accounts import Accounts
from telemetry.clock import Clock
from telemetry.protocols import HistoryReader


@dataclass(frozen=True, slots=True)
class WebServices:
    """The node's parts behind the console's pages."""

    folder: PlantFolder
    clock: Clock
    live: LiveTable
    history: HistoryReader
    alarms: AlarmService
    accounts: Accounts

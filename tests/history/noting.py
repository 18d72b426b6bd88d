"""What people do, committed at once, for tests without a writer."""

from dataclasses import dataclass, replace

from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.embedded import EmbeddedHistory, Note
from history.entries import Entries
from tests.clock import MovedClock

DEMO = read_folder(DEMO_FOLDER).plant


@dataclass
class Noting:
    """Commits at once."""

    history: EmbeddedHistory
    clock: MovedClock

    async def append_noted(self, note: Note) -> int:
        return self.history.commit_noted(note, self.clock.now_us()).number


def entries_at(history: EmbeddedHistory, now_us: int, plant: str = DEMO.id) -> Entries:
    clock = MovedClock(at_us=now_us)
    return Entries(history, Noting(history, clock), replace(DEMO, id=plant), clock)

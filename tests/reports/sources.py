"""What reports are made from: the demo plant's folder, and a store with nothing entered by people."""

from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.embedded import EmbeddedHistory
from history.entries import Entry
from reports.collect import FigureReader, Sources
from telemetry.plant import Name

FOLDER = read_folder(DEMO_FOLDER)


class NoEntries:
    async def listed(self, tag: str | None, before: int | None, limit: int) -> list[Entry]:
        return []


def sources_of(history: EmbeddedHistory, figures: FigureReader) -> Sources:
    """Return where a report of the demo plant takes its figures from."""
    return Sources(
        plant=FOLDER.plant,
        node=FOLDER.node,
        settings=FOLDER.report,
        calendar=FOLDER.calendar,
        figures=figures,
        entries=NoEntries(),
        origins=history,
        limits=FOLDER.limits,
        alarm_names=lambda key: Name(key, key),
    )

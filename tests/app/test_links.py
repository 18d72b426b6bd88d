import asyncio
from dataclasses import dataclass, field

from app.links import Link, Links
from telemetry.plant import link_tag
from telemetry.protocols import LinkState
from telemetry.samples import SampleBatch
from tests.contracts.samples import Row, rows_of

IDS = {link_tag("PLC1"): 1, link_tag("PLC2"): 2}


@dataclass
class Heard:
    said: list[tuple[str, int, str | int]] = field(default_factory=list)

    def lost(self, channel: str, at_us: int, cause: str) -> None:
        self.said.append((channel, at_us, cause))

    def back(self, channel: str, at_us: int, missed: int) -> None:
        self.said.append((channel, at_us, missed))


@dataclass
class Kept:
    rows: list[Row] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def append(self, samples: SampleBatch) -> int:
        self.rows += rows_of(samples)
        self.enough.set()
        return 1


async def test_a_change_too_many_drops_the_oldest_and_keeps_the_order() -> None:
    sink = Kept()
    links = Links(["PLC1", "PLC2"], IDS, sink, Heard())
    for at in range(1, 4):
        links.lost("PLC1", 10 * at, "no answer")
        links.back("PLC2", 10 * at + 1, 0)

    running = asyncio.create_task(links.run())
    await sink.enough.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert sink.rows == [
        (2, 11, 1.0, 192),
        (1, 20, 0.0, 192),
        (2, 21, 1.0, 192),
        (1, 30, 0.0, 192),
        (2, 31, 1.0, 192),
    ]


def test_states_are_the_last_word_on_each_channel_and_who_keeps_outages_hears_all() -> None:
    heard = Heard()
    links = Links(["PLC1", "PLC2"], IDS, Kept(), heard)
    links.back("PLC1", 5, 0)
    links.lost("PLC1", 9, "no answer")

    assert links.states() == {
        "PLC1": Link("PLC1", LinkState.DOWN, 9, "no answer"),
        "PLC2": Link("PLC2", LinkState.CONNECTING, 0),
    }
    assert heard.said == [("PLC1", 5, 0), ("PLC1", 9, "no answer")]

"""A node in small, for tests that kill it: it reads on and replicates for good.

    python -m tests.history.influx.replicating FOLDER URL

Commits a reading of every point each 50 ms, and says `read N` with how many seconds there are of them.
"""

import asyncio
import sys
from pathlib import Path

from tests.history.influx.plants import running, site


async def main(folder: Path, url: str) -> None:
    async with site(folder) as here, running(here.replicator(url)):
        second = here.history.last_number
        while True:
            here.tick(second)
            second += 1
            print("read", second, flush=True)  # noqa: T201
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))

"""The quarantine in the node's own store."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import Engine, delete, insert, select

from collectors.quarantine import KeptPoint
from collectors.tables import quarantined_point
from storage.unit_of_work import reading, writing


class QuarantineStore:
    """As collectors.quarantine.QuarantineBook: a channel's points are replaced as a whole."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def kept(self, channel: str) -> Sequence[KeptPoint]:
        """Return what was left out when it was last noted, by tag; StoreError."""
        return await asyncio.to_thread(self._read, channel)

    async def note(self, channel: str, points: Sequence[KeptPoint]) -> None:
        """Keep these in place of what was kept before; StoreError."""
        await asyncio.to_thread(self._write, channel, points)

    def _read(self, channel: str) -> list[KeptPoint]:
        table = quarantined_point
        columns = [column for column in table.columns if column is not table.c.channel]
        query = select(*columns).where(table.c.channel == channel).order_by(table.c.tag)
        with reading(self._engine) as connection:
            return [KeptPoint(*row) for row in connection.execute(query)]

    def _write(self, channel: str, points: Sequence[KeptPoint]) -> None:
        rows = [
            {
                "channel": channel,
                "tag": point.tag,
                "address": point.address,
                "reason": point.reason,
                "quality": point.quality,
                "since_us": point.since_us,
                "next_try_us": point.next_try_us,
                "wait_us": point.wait_us,
            }
            for point in points
        ]
        with writing(self._engine) as connection:
            connection.execute(delete(quarantined_point).where(quarantined_point.c.channel == channel))
            if rows:
                connection.execute(insert(quarantined_point), rows)

"""Handing samples over to the store, which may refuse them for a while."""

import asyncio
import logging
from typing import Final

from collectors.backoff import Backoff
from telemetry.errors import StoreError
from telemetry.protocols import Sink
from telemetry.samples import SampleBatch

logger = logging.getLogger(__name__)

_LONGEST_WAIT_S: Final = 5.0


class Delivery:
    """Appends until the samples are kept: who waits for it is held back as long as the store is."""

    def __init__(self, title: str, sink: Sink) -> None:
        self.failing: str | None = None
        self._title = title
        self._sink = sink

    async def keep(self, samples: SampleBatch) -> None:
        """Return once the samples are durable; the store's refusals are waited out."""
        backoff = Backoff(_LONGEST_WAIT_S)
        while True:
            try:
                await self._sink.append(samples)
            except StoreError as error:
                if self.failing is None:
                    logger.warning("%s waits: the store keeps nothing: %s", self._title, error)
                self.failing = str(error)
                await asyncio.sleep(backoff.next_s())
            else:
                if self.failing is not None:
                    logger.info("%s goes on: the store keeps samples again", self._title)
                self.failing = None
                return

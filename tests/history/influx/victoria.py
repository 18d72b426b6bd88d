"""Debian's VictoriaMetrics in a process of its own: it takes line protocol v2 as InfluxDB 2 does."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.collectors.modbus.devices import free_port

PROGRAM = shutil.which("victoria-metrics", path=f"{os.environ.get('PATH', '')}:/usr/bin:/usr/local/bin")


class Victoria:
    """A server that can be stopped, killed and started again; its data survive in its folder."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self.url = f"http://127.0.0.1:{port}"
        self._port = port

    async def start(self) -> None:
        assert PROGRAM is not None
        self._process = await asyncio.create_subprocess_exec(
            PROGRAM,
            f"-storageDataPath={self._folder}",
            f"-httpListenAddr=127.0.0.1:{self._port}",
            "-retentionPeriod=100y",
            "-dedup.minScrapeInterval=1ms",
            "-loggerLevel=ERROR",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        async with httpx.AsyncClient(trust_env=False) as client:
            for _ in range(500):
                try:
                    if (await client.get(f"{self.url}/health")).status_code == 200:
                        return
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
        raise AssertionError("victoria-metrics does not answer")

    async def stop(self) -> None:
        """End it as a service is ended: what it took is on disk."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def readings(self, field: str = "quality") -> dict[tuple[str, int], float]:
        """Return what it holds of a field: point and ms to value."""
        found: dict[tuple[str, int], float] = {}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            await client.get(f"{self.url}/internal/force_flush")
            match = {"match[]": f'{{__name__=~".+_{field}"}}', "start": "0", "end": "4000000000"}
            for line in (await client.get(f"{self.url}/api/v1/export", params=match)).text.splitlines():
                series = json.loads(line)
                tag = series["metric"]["point"]
                for time_ms, value in zip(series["timestamps"], series["values"], strict=True):
                    found[tag, time_ms] = value
        return found


@asynccontextmanager
async def victoria(folder: Path) -> AsyncIterator[Victoria]:
    """Yield a running server; skips where VictoriaMetrics is not installed."""
    if PROGRAM is None:
        pytest.skip("victoria-metrics is not installed")
    server = Victoria(folder / "victoria", free_port())
    await server.start()
    try:
        yield server
    finally:
        await server.stop()

"""A node whose plant folder names an InfluxDB sends it readings and, beside them, their figures."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.build import opened_stores, wire
from app.data import DataFolder
from config.demo import DEMO_FOLDER
from config.read import read_folder
from history.influx.settings import InfluxSettings
from history.targets import TargetState
from telemetry.errors import ConfigError
from telemetry.samples import SampleBatch
from tests.clock import MovedClock
from tests.history.influx.plants import until
from tests.history.influx.scripted import target

T0_US = 1_795_219_200_000_000
HOUR_US = 3_600_000_000


async def test_readings_and_figures_go_to_a_bucket_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INFLUX_TOKEN", "sesame")
    async with target() as server:
        folder = replace(read_folder(DEMO_FOLDER), influx=InfluxSettings(url=server.url, org="works"))
        with opened_stores(DataFolder(tmp_path), folder) as stores:
            parts = wire(folder, stores, MovedClock(T0_US + HOUR_US + 61_000_000))
            times_us = T0_US + np.arange(0, 3600, 60) * 1_000_000
            stores.history.commit(
                SampleBatch.of(parts.series_ids["AE_DO1"], times_us, 2.0, 192), T0_US + HOUR_US
            )
            while parts.periods.bring_up(parts.clock.now_us()):
                pass

            tasks = [asyncio.create_task(each.run()) for each in parts.replicators.values()]
            try:
                await until(lambda: len(server.points) == 60 + 60 + 3)
                await until(
                    lambda: all(each.status.state is TargetState.UP for each in parts.replicators.values())
                )
            finally:
                for task in tasks:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    assert sorted(parts.replicators) == ["influxdb", "influxdb-figures", "influxdb-judgements"]
    buckets = {
        lines[0].partition(",")[0]: head for head, lines in zip(server.heads, server.requests, strict=True)
    }
    assert "bucket=outfall&" in buckets["aerobic"]
    assert all("bucket=outfall_figures&" in buckets[period] for period in ("minute", "hour", "day", "month"))


async def test_a_node_whose_token_is_not_there_yet_runs_and_says_so_and_takes_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("history.influx.backoff.MISCONFIGURED_S", 0.05)
    token = tmp_path / "tokens" / "influx-node.token"
    token.parent.mkdir()
    async with target() as server:
        settings = InfluxSettings(url=server.url, org="works", token_file=str(token))
        folder = replace(read_folder(DEMO_FOLDER), influx=settings)
        with opened_stores(DataFolder(tmp_path), folder) as stores:
            parts = wire(folder, stores, MovedClock(T0_US))
            stores.history.commit(SampleBatch.of(parts.series_ids["AE_DO1"], [T0_US], 2.0, 192), T0_US)
            readings = parts.replicators["influxdb"]
            running = asyncio.create_task(readings.run())
            try:
                await until(lambda: readings.status.state is TargetState.MISCONFIGURED)
                said = readings.status.last_error
                token.touch(0o600)
                token.write_text("sesame\n", "ascii")
                await until(lambda: readings.status.state is TargetState.UP)
            finally:
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running

    assert said == f"{token}: the token cannot be read (No such file or directory): mend token_file"
    assert len(server.points) == 1


def test_a_token_that_others_may_read_still_refuses(tmp_path: Path) -> None:
    token = tmp_path / "influx-node.token"
    token.write_text("sesame", "ascii")
    token.chmod(0o644)
    settings = InfluxSettings(url="http://127.0.0.1:1", org="works", token_file=str(token))
    folder = replace(read_folder(DEMO_FOLDER), influx=settings)

    with opened_stores(DataFolder(tmp_path), folder) as stores:
        with pytest.raises(ConfigError, match="others may read or write the token"):
            wire(folder, stores, MovedClock(T0_US))

"""Clocks that are wrong, on the running product: the node's own, and a device's."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from config.read import read_folder
from history.embedded import EmbeddedHistory
from telemetry.samples import SampleBatch
from tests.system.plants import address_of, demo_copied
from tests.system.product import Product, eventually, running, user_added

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

HOUR_US = 3_600_000_000
UNCERTAIN, GOOD = "uncertain", "good"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return demo_copied(tmp_path / "plant")


def kept_by_a_node_an_hour_ahead(folder: Path, data: Path) -> None:
    """Leave what a node would have whose clock was an hour ahead until it was stopped."""
    plant = read_folder(folder).plant
    history = EmbeddedHistory.open(data / "readings.duckdb")
    ids = history.series_ids(plant.id, ["AE_DO1"])
    at_us = time.time_ns() // 1000 + HOUR_US
    history.commit(SampleBatch.of(ids["AE_DO1"], at_us, 2.0, 192), at_us)
    history.close()


def published(folder: Path, topic: str, message: dict[str, Any]) -> None:
    """Publish a message to the plant's broker, as a station would."""
    broker = read_folder(folder).mqtt["MQTT"]
    client = Client(CallbackAPIVersion.VERSION2)
    client.connect(broker.host, broker.port)
    client.loop_start()
    client.publish(topic, json.dumps(message), qos=1).wait_for_publish(10)
    client.disconnect()
    client.loop_stop()


def active(node: Product, key: str) -> Any:
    return next((alarm for alarm in node.get("/api/v1/alarms")["items"] if alarm["key"] == key), None)


def words(node: Product, page: str, language: str) -> str:
    answer = node.http.get(page, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_wrong_clocks_are_alarms_and_what_is_true_goes_on(folder: Path, tmp_path: Path) -> None:
    data, log = tmp_path / "data", tmp_path / "log"
    kept_by_a_node_an_hour_ahead(folder, data)
    user_added(folder, data, "王磊", "engineer", "long enough 1")
    with running(["simulate", folder, "--data", tmp_path / "devices"], tmp_path / "devices.log", "") as plant:
        assert plant.process.stdout is not None
        assert plant.process.stdout.readline()  # the devices listen
        with running(["run", folder, "--data", data], log, address_of(folder)) as node:
            node.sign_in("王磊", "long enough 1")
            behind = eventually(lambda: active(node, "NODE.clock.H"), "the clock's alarm")
            assert behind["priority"] == "high"
            assert 3500 < behind["value"] <= 3600
            eventually(
                lambda: True if node.latest("AE_DO1")["quality"]["class"] == UNCERTAIN else None,
                "what the node stamps is uncertain",
            )

            ahead = datetime.now(UTC) + timedelta(hours=2)
            published(folder, "fangcheng1/LS1/readings", {"ts": ahead.isoformat(), "values": {"LIT": 3.25}})
            future = eventually(lambda: active(node, "NODE.future.H"), "the future's alarm")
            assert future["priority"] == "medium"
            assert 7000 < future["value"] <= 7200

            true = eventually(lambda: a_true_one(node, "LS1_LIT"), "true samples are shown again", 60)
            assert true["quality"]["class"] == GOOD
            span = {"from": (ahead - timedelta(seconds=1)).isoformat(), "to": "2100-01-01T00:00:00Z"}
            kept = node.get("/api/v1/readings", point="LS1_LIT", **span)["items"]
            assert [(item["value"], item["quality"]["class"]) for item in kept] == [(3.25, UNCERTAIN)]

            for page in ("/alarms", "/wall", "/alarms/journal"):
                assert "节点时钟回拨 读数存疑" in words(node, page, "zh-CN"), page
                assert "Device time ahead readings uncertain" in words(node, page, "en"), page
            assert "节点时钟回拨" in words(node, f"/alarms/{behind['id']}", "zh-CN")
    said = log.read_text()
    assert said.count("this node's clock was set back") == 1
    assert len(re.findall(r"time from the future: LS1_LIT is 7\d\d\d\.\d s ahead of this node", said)) == 1


def a_true_one(node: Product, tag: str) -> Any:
    latest = node.latest(tag)
    if latest["time"] is None or latest["value"] == 3.25:
        return None
    return latest if datetime.fromisoformat(latest["time"]) < datetime.now(UTC) + timedelta(hours=1) else None

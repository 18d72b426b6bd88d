"""Settings as short as a test wants them, and what lift stations send."""

import json
from typing import Any

from collectors.mqtt.settings import MqttSettings

TAGS = ("LS1_LIT", "LS1_P1_ST", "LS2_LIT", "LS2_P1_ST")
IDS = {tag: number for number, tag in enumerate(TAGS, start=1)}


def subscription(**more: Any) -> dict[str, Any]:
    fields = {
        "topic": "plant/{station}/readings",
        "tag": "{station}_{key}",
        "time": "ts",
        "values": "values",
        "expected_every": "1h",
    }
    return fields | more


def settings(port: int = 1883, *subscriptions: dict[str, Any], **more: Any) -> MqttSettings:
    fields: dict[str, Any] = {
        "type": "mqtt",
        "host": "127.0.0.1",
        "port": port,
        "client_id": "node",
        "timeout": "1s",
        "backoff_max": "200ms",
        "subscriptions": subscriptions or (subscription(),),
    }
    return MqttSettings(**fields | more)


def reading(ts: Any, **values: Any) -> bytes:
    """Return a lift station's message."""
    return json.dumps({"ts": ts, "values": values}).encode()

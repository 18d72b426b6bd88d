"""Settings of an MQTT connection and of the topics subscribed over it."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from telemetry.settings import Duration, Settings


class SubscriptionSettings(Settings):
    """One topic template and how its JSON messages become samples.

    `{name}` in `topic` stands for exactly one level and is usable in `tag`, together with `{key}`,
    the key of a value: topic `lift/{station}/readings`, tag `{station}_{key}`.
    """

    topic: str = Field(min_length=1, description="topic, `{name}` for one level")
    tag: str = Field(min_length=1, description="the point's tag, from the topic's names and {key}")
    time: str | None = Field(default=None, description="path of the time in the message; receipt if absent")
    values: str = Field(
        default="", description="path of the object that holds key: value; the message itself if absent"
    )
    quality: str | None = Field(default=None, description="path of an object key: OPC quality byte")
    expected_every: Duration = Field(
        default=timedelta(minutes=1), description="how often a message is due from each topic"
    )


class MqttSettings(Settings):
    """An MQTT broker and what is read from it. QoS 1, persistent session, acknowledged after commit."""

    type: Literal["mqtt"]
    host: str = Field(min_length=1, description="host name or address of the broker")
    port: int = Field(default=1883, ge=1, le=65535, description="TCP port")
    client_id: str = Field(min_length=1, max_length=64, description="keeps its session at the broker")
    username: str | None = Field(default=None, description="name to sign in to the broker with")
    password_env: str | None = Field(default=None, description="environment variable with the password")
    password_file: str | None = Field(default=None, description="file with the password, outside the folder")
    keepalive: Duration = Field(
        default=timedelta(seconds=30), description="silence after which the line is tried"
    )
    max_inflight: int = Field(
        default=200, ge=1, le=65535, description="unacknowledged messages taken at once"
    )
    backoff_max: Duration = Field(
        default=timedelta(seconds=30), description="longest wait between tries of a lost broker"
    )
    max_payload: int = Field(default=256 * 1024, ge=64, description="bytes; longer messages are set aside")
    subscriptions: tuple[SubscriptionSettings, ...] = Field(
        min_length=1, description="the topics and what becomes of their messages"
    )

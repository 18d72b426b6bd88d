"""Settings of an MQTT connection and of the topics subscribed over it."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from collectors.mqtt.template import tag_template, topic_template
from collectors.spans import Span
from telemetry.settings import Settings


def _is_topic(text: str) -> str:
    topic_template(text)
    return text


def _is_path(text: str) -> str:
    if text and not all(text.split(".")):
        raise ValueError("a path is written a.b.c")
    return text


Path = Annotated[str, AfterValidator(_is_path)]


class SubscriptionSettings(Settings):
    """One topic template and how its JSON messages become samples.

    `{name}` in `topic` stands for exactly one level and is usable in `tag`, together with `{key}`,
    the key of a value: topic `lift/{station}/readings`, tag `{station}_{key}`. A name takes as
    little of a tag as it can, from left to right: LS2_P1_ST is P1_ST of station LS2.

    Paths are written `a.b.c`. A time is RFC 3339 with an offset, or s, ms, µs or ns since 1970.
    """

    topic: Annotated[str, AfterValidator(_is_topic)] = Field(
        min_length=1, description="topic, `{name}` for one level"
    )
    tag: str = Field(min_length=1, description="the point's tag, from the topic's names and {key}")
    time: Path | None = Field(default=None, description="path of the time in the message; receipt if absent")
    values: Path = Field(
        default="", description="path of the object that holds key: value; the message itself if absent"
    )
    quality: Path | None = Field(default=None, description="path of an object key: OPC quality byte")
    expected_every: Span = Field(
        default=timedelta(minutes=1), description="how often a message is due from each topic"
    )

    @model_validator(mode="after")
    def _tag_follows_topic(self) -> Self:
        try:
            tag_template(self.tag, topic_template(self.topic))
        except ValueError as error:
            raise ValueError(f"tag {self.tag!r}: {error}") from None
        return self


class MqttSettings(Settings):
    """An MQTT broker and what is read from it. QoS 1, persistent session, acknowledged after commit."""

    type: Literal["mqtt"]
    host: str = Field(min_length=1, description="host name or address of the broker")
    port: int = Field(default=1883, ge=1, le=65535, description="TCP port")
    client_id: str = Field(min_length=1, max_length=64, description="keeps its session at the broker")
    username: str | None = Field(default=None, description="name to sign in to the broker with")
    password_env: str | None = Field(default=None, description="environment variable with the password")
    password_file: str | None = Field(default=None, description="file with the password, outside the folder")
    keepalive: Span = Field(
        default=timedelta(seconds=30),
        ge=timedelta(seconds=1),
        le=timedelta(seconds=65535),
        description="how long the broker may keep silent; whole seconds",
    )
    timeout: Span = Field(
        default=timedelta(seconds=5), description="how long the broker may take to accept the connection"
    )
    max_inflight: int = Field(
        default=200, ge=1, le=65535, description="unacknowledged messages taken at once"
    )
    backoff_max: Span = Field(
        default=timedelta(seconds=30), description="longest wait between tries of a lost broker"
    )
    max_payload: int = Field(default=256 * 1024, ge=64, description="bytes; longer messages are set aside")
    subscriptions: tuple[SubscriptionSettings, ...] = Field(
        min_length=1, description="the topics and what becomes of their messages"
    )

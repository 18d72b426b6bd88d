"""Settings of an MQTT connection and of the topics subscribed over it."""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from collectors.mqtt.layout import Layout, default_tag, layout_mistakes, layout_of
from collectors.mqtt.template import tag_template, topic_template
from collectors.mqtt.times import zone_of
from collectors.spans import Span
from telemetry.settings import Settings

PORT: Final = 1883
TLS_PORT: Final = 8883


def _is_topic(text: str) -> str:
    topic_template(text)
    return text


def _is_path(text: str) -> str:
    if text and not all(text.split(".")):
        raise ValueError("a path is written a.b.c")
    return text


def _is_zone(text: str) -> str:
    zone_of(text)
    return text


Path = Annotated[str, AfterValidator(_is_path)]


class SubscriptionSettings(Settings):
    """One topic template and how its messages become samples.

    `{name}` in `topic` stands for exactly one level and is usable in `tag`, together with `{key}`,
    the key of a value: topic `lift/{station}/readings`, tag `{station}_{key}`. A name takes as
    little of a tag as it can, from left to right: LS2_P1_ST is P1_ST of station LS2. A topic may
    name the point itself, `plant/{tag}` or `lift/{station}/{key}`; a message then is one value.

    Paths are written `a.b.c`, with the index where there is a list. A time is RFC 3339 with an
    offset, or s, ms, µs or ns since 1970.
    """

    topic: Annotated[str, AfterValidator(_is_topic)] = Field(
        min_length=1, description="topic, `{name}` for one level"
    )
    tag: str = Field(
        min_length=1,
        description="the point's tag, from the topic's names and {key};"
        " may be left out where {tag} or {key} is a level of the topic",
    )
    format: Literal["json", "plain"] = Field(
        default="json", description="what a message is; `plain` is one number, true, false, on or off"
    )
    records: Path | None = Field(
        default=None, description="path of a list, each entry of which is read as a message of its own"
    )
    values: Path = Field(
        default="",
        description="path of the object that holds key: value, or of a list (the key is the index);"
        " the message itself if absent",
    )
    items: Path | None = Field(
        default=None, description="path of a list of objects, one a value; '' is the message itself"
    )
    name: Path | None = Field(
        default=None, min_length=1, description="path, in an item, of the key of the value"
    )
    value: Path | None = Field(
        default=None,
        min_length=1,
        description="path of the value in an item, in the object under a key, or in the message if that is"
        " one value",
    )
    time: Path | None = Field(
        default=None,
        description="path of the time, in the message or beside the value; receipt if absent",
    )
    time_zone: Annotated[str, AfterValidator(_is_zone)] | None = Field(
        default=None,
        max_length=100,
        description="zone of times without an offset, such as Asia/Shanghai or +08:00",
    )
    quality: Path | None = Field(
        default=None,
        description="path of an OPC quality byte (or good, uncertain, bad) beside the value, or of an object"
        " key: byte",
    )
    text_numbers: bool = Field(
        default=False, description='whether text such as "2.31" or "on" is a value in JSON too'
    )
    expected_every: Span = Field(
        default=timedelta(minutes=1), description="how often a message is due from each topic"
    )

    @property
    def layout(self) -> Layout:
        """How a message holds its values."""
        return layout_of(self.format, self.topic, self.tag, self._written)

    @property
    def _written(self) -> set[str]:
        return {name for name in self.model_fields_set if getattr(self, name) is not None}

    @model_validator(mode="before")
    @classmethod
    def _tag_of_topic(cls, written: Any) -> Any:
        if isinstance(written, dict) and "tag" not in written and isinstance(written.get("topic"), str):
            tag = default_tag(written["topic"])
            return written if tag is None else {**written, "tag": tag}
        return written

    @model_validator(mode="after")
    def _tag_follows_topic(self) -> Self:
        try:
            tag_template(self.tag, topic_template(self.topic), self.layout in (Layout.ONE, Layout.PLAIN))
        except ValueError as error:
            raise ValueError(f"tag {self.tag!r}: {error}") from None
        for _, what, mend in layout_mistakes(self.layout, self._written):
            raise ValueError(f"{what}; {mend}")
        return self


class TlsSettings(Settings):
    """How the broker is known to be the right one, and how it knows the node. Nothing switches that off."""

    ca: str | None = Field(
        default=None,
        min_length=1,
        description="PEM file of the authority that signed the broker's certificate; this machine's if none",
    )
    certificate: str | None = Field(
        default=None, min_length=1, description="PEM file with the node's own certificate, for the broker"
    )
    key: str | None = Field(
        default=None, min_length=1, description="PEM file with its private key, outside the folder"
    )
    server_name: str | None = Field(
        default=None, min_length=1, max_length=253, description="name in its certificate; the host if none"
    )


def _tls(written: Any) -> Any:
    """`tls: true` is TLS with nothing said, `tls: false` none."""
    return {} if written is True else None if written is False else written


def _version(written: Any) -> Any:
    return "5" if written in (5, "5.0") and not isinstance(written, bool) else written


def _is_status_topic(text: str) -> str:
    if set(text) & set("+#{}"):
        raise ValueError("it is one topic, without wildcards or {names}; write it in full")
    topic_template(text)
    return text


class MqttSettings(Settings):
    """An MQTT broker and what is read from it. QoS 1, persistent session, acknowledged after commit."""

    type: Literal["mqtt"]
    host: str = Field(min_length=1, description="host name or address of the broker")
    port: int = Field(default=PORT, ge=1, le=65535, description=f"TCP port; {TLS_PORT} where tls is written")
    version: Annotated[Literal["3.1.1", "5"], BeforeValidator(_version)] = Field(
        default="3.1.1", description="of MQTT; nothing else is tried"
    )
    tls: Annotated[TlsSettings | None, BeforeValidator(_tls)] = Field(
        default=None, description="`true`, or the keys below: the connection is encrypted"
    )
    client_id: str = Field(min_length=1, max_length=64, description="keeps its session at the broker")
    username: str | None = Field(default=None, description="name to sign in to the broker with")
    password_env: str | None = Field(default=None, description="environment variable with the password")
    password_file: str | None = Field(default=None, description="file with the password, outside the folder")
    status_topic: Annotated[str, AfterValidator(_is_status_topic)] | None = Field(
        default=None,
        min_length=1,
        description="topic that holds, retained, `online` while the node is connected and else `offline`",
    )
    session_expiry: Span | None = Field(
        default=None,
        description="how long the broker keeps the session while the node is away, with version 5;"
        " for ever if none",
    )
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

    @model_validator(mode="before")
    @classmethod
    def _port_of_tls(cls, written: Any) -> Any:
        if isinstance(written, dict) and written.get("tls") not in (None, False):
            return {"port": TLS_PORT, **written}
        return written

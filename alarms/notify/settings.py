"""Settings of the pushes to people."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from alarms.notify.permitted import KINDS, network_of
from alarms.notify.targets import kind_of
from alarms.settings import Priority
from telemetry.settings import Duration, Settings

FALLBACK_VARIABLE: Final = "OUTFALL_FALLBACK_TARGETS"
"""Where the targets that are nobody's are looked for when the plant folder names no other place."""


_HOST: Final = re.compile(r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")


def _is_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("not an address; write https://plant.example:8443") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("not an address; write https://plant.example:8443")
    if parts.username is not None or parts.password is not None:
        raise ValueError("names a user; write the bare address: links carry their own word")
    if parts.query or parts.fragment:
        raise ValueError("has something behind its path; write the bare address")
    return url.rstrip("/")


def _is_kind(word: str) -> str:
    if kind_of(f"{word}://") != word:
        raise ValueError("no kind of target; write what stands before its ://, such as wecombot")
    return word


def _is_inside(word: str) -> str:
    if network_of(word) is None and _HOST.fullmatch(word) is None:
        raise ValueError("no host and no network; write ntfy.plant.lan, 10.1.2.3 or 10.1.0.0/16")
    return word


def _priority_of(word: Any) -> Any:
    by_word = {priority.word: priority for priority in Priority}
    if isinstance(word, Priority):
        return word
    if not isinstance(word, str) or word not in by_word:
        raise ValueError(f"no priority; write {', '.join(by_word)}")
    return by_word[word]


class PushSettings(Settings):
    """Who is told of what, and how soon the next one is. Targets never stand in the folder."""

    public_url: Annotated[str, AfterValidator(_is_address)] | None = Field(
        default=None,
        max_length=500,
        description="address of this node as phones reach it, for the links; without it pushes have none",
    )
    priority: Annotated[Priority, BeforeValidator(_priority_of)] = Field(
        default=Priority.HIGH, description="lowest priority that is pushed"
    )
    wait: Duration = Field(
        default=timedelta(minutes=5),
        ge=timedelta(seconds=30),
        le=timedelta(hours=12),
        description="how long an alarm may stay unanswered before the second step is told",
    )
    gather: Duration = Field(
        default=timedelta(seconds=3),
        ge=timedelta(0),
        le=timedelta(minutes=1),
        description="how long a push waits for what belongs to the same cause",
    )
    together: Duration = Field(
        default=timedelta(minutes=1),
        ge=timedelta(0),
        le=timedelta(minutes=30),
        description="how long after a trip or a lost line what it explains joins its push",
    )
    again: Duration = Field(
        default=timedelta(minutes=10),
        ge=timedelta(0),
        le=timedelta(hours=12),
        description="how long the same alarm, raised again, is not pushed again",
    )
    at_most: int = Field(
        default=10,
        ge=1,
        le=200,
        description="pushes a person gets in 10 minutes, twice that of critical ones; one sums up the rest",
    )
    end: bool = Field(default=True, description="whether it is pushed that an alarm is over, or was answered")
    link_expires: Duration = Field(
        default=timedelta(hours=24),
        ge=timedelta(minutes=10),
        le=timedelta(days=7),
        description="how long a link in a push works",
    )
    timeout: Duration = Field(
        default=timedelta(seconds=10),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=1),
        description="how long a target may take to answer",
    )
    tries: int = Field(
        default=12, ge=1, le=100, description="tries of a target that fails; 12 take about half an hour"
    )
    fallback_env: str | None = Field(
        default=None,
        description="environment variable with the targets told when nobody is on duty;"
        f" {FALLBACK_VARIABLE} if none is named",
    )
    fallback_file: str | None = Field(
        default=None, min_length=1, description="file with these targets, outside the folder"
    )
    fallback_language: Literal["zh_CN", "en"] = Field(
        default="zh_CN", description="language of what these are told"
    )
    kinds: tuple[Annotated[str, AfterValidator(_is_kind)], ...] = Field(
        default=KINDS,
        max_length=64,
        description="kinds of targets that contacts may be; webhooks (`json`, `form` …) are named where there"
        " are any",
    )
    private: tuple[Annotated[str, AfterValidator(_is_inside)], ...] = Field(
        default=(),
        max_length=64,
        description="hosts and networks inside at which contacts may be, such as `ntfy.plant.lan` and"
        " `10.1.0.0/16`; all others inside are refused",
    )

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.gather >= self.wait:
            raise ValueError("gather is not below wait; write less in gather")
        return self

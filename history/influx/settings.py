"""Settings of an InfluxDB 2 that readings are replicated to."""

from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints

from telemetry.settings import Duration, Settings

TOKEN_VARIABLE: Final = "INFLUX_TOKEN"
"""Where the token is looked for when the plant folder names no other place."""


def _is_address(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("not an address; write http://127.0.0.1:8086") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError("not an address; write http://127.0.0.1:8086 or https://…")
    if parts.username is not None or parts.password is not None:
        raise ValueError("names a user; write the bare address: the node signs in with a token")
    if parts.query or parts.fragment:
        raise ValueError("has something behind its path; write the bare address")
    return url.rstrip("/")


Word = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
# `_figures` is added to it for the bucket beside it, and a leading `_` is InfluxDB's own.
BucketName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]


class InfluxSettings(Settings):
    """An InfluxDB 2, or whatever takes its line protocol. The token never stands in the folder."""

    url: Annotated[str, AfterValidator(_is_address)] = Field(
        max_length=500, description="address, http or https, such as http://127.0.0.1:8086"
    )
    org: Word = Field(description="organisation in InfluxDB")
    bucket: BucketName = Field(
        default="outfall",
        description="bucket of the readings; that of their figures has _figures behind its name",
    )
    token_env: str | None = Field(
        default=None, description=f"environment variable with the token; {TOKEN_VARIABLE} if none is named"
    )
    token_file: str | None = Field(
        default=None, min_length=1, description="file with the token, outside the folder"
    )
    verify: bool = Field(default=True, description="whether the server's certificate is checked")
    ca: str | None = Field(
        default=None, min_length=1, description="PEM file with the authority that signed its certificate"
    )
    timeout: Duration = Field(
        default=timedelta(seconds=10),
        ge=timedelta(seconds=1),
        le=timedelta(minutes=2),
        description="how long an answer may take",
    )
    gzip: bool = Field(default=True, description="whether requests are compressed")
    rows_per_request: int = Field(default=5000, ge=100, le=50_000, description="most readings in one request")
    live_every: Duration = Field(
        default=timedelta(milliseconds=500),
        ge=timedelta(milliseconds=100),
        le=timedelta(seconds=1),
        description="how often the newest readings are sent",
    )
    replay_rows_per_s: int = Field(
        default=50_000, ge=100, le=1_000_000, description="most readings a second of what was missed"
    )
    replay_share: float = Field(
        default=0.5, gt=0, le=1, description="most of the time that may go into what was missed"
    )
    retention_days: int | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="days InfluxDB keeps readings, for `influx setup`; all if none",
    )

    @property
    def figures_bucket(self) -> str:
        """Bucket of the figures by period; kept for ever."""
        return f"{self.bucket}_figures"

    @property
    def address(self) -> str:
        """What tells one target from another: where readings go."""
        return f"{self.url} {self.org}/{self.bucket}"

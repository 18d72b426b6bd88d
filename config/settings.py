"""Settings of the node's own server."""

from typing import Annotated

from pydantic import Field, StringConstraints

from telemetry.settings import Settings

HostName = Annotated[str, StringConstraints(min_length=1, max_length=253)]


class ServerSettings(Settings):
    """Where the console and the API listen. Beyond this machine they speak TLS."""

    host: str = Field(default="127.0.0.1", min_length=1, max_length=255, description="address to listen on")
    port: int = Field(default=8080, ge=0, le=65535, description="TCP port; 0 takes a free one")
    tls_certificate: str | None = Field(
        default=None, min_length=1, description="PEM file, outside the folder"
    )
    tls_key: str | None = Field(default=None, min_length=1, description="PEM file, outside the folder")
    names: tuple[HostName, ...] = Field(
        default=(),
        max_length=32,
        description="names by which browsers reach the node, as in its certificate; others are refused",
    )

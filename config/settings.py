"""Settings of the node's own server."""

from pydantic import Field

from telemetry.settings import Settings


class ServerSettings(Settings):
    """Where the console and the API listen. Beyond this machine they speak TLS."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    port: int = Field(default=8080, ge=0, le=65535)
    tls_certificate: str | None = Field(default=None, description="PEM file, outside the folder")
    tls_key: str | None = Field(default=None, description="PEM file, outside the folder")

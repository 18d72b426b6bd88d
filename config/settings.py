"""Settings of the node itself: its server, and the alarms it raises about itself."""

from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from telemetry.settings import Duration, Settings

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


class NodeAlarmSettings(Settings):
    """When the node raises an alarm about itself: its disk, its clock, the clocks of its devices."""

    disk_low_mb: int = Field(
        default=2048, ge=128, le=100_000_000, description="less left on the data disk is an alarm, MB"
    )
    disk_very_low_mb: int = Field(
        default=512,
        ge=128,
        le=100_000_000,
        description="less is one of high priority, MB; at 64 readings stop",
    )
    disk_deadband_mb: int = Field(
        default=128, ge=0, le=1_000_000, description="so much above the limit ends the alarm, MB"
    )
    clock_behind: Duration = Field(
        default=timedelta(seconds=2),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="the node's clock set back by more is an alarm",
    )
    device_ahead: Duration = Field(
        default=timedelta(seconds=60),
        ge=timedelta(seconds=1),
        le=timedelta(days=1),
        description="a device's time further ahead of the node's is an alarm, and its readings are uncertain",
    )

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.disk_very_low_mb >= self.disk_low_mb:
            raise ValueError(
                f"disk_very_low_mb {self.disk_very_low_mb} is not below disk_low_mb {self.disk_low_mb};"
                " write less in disk_very_low_mb"
            )
        return self

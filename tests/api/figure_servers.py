"""Servers that figures are sent to, and what they then hold, in the words of line protocol."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bench.influxd import BUCKET, ORG, TOKEN
from telemetry.clock import to_us
from tests.history.influx.influxd import Server
from tests.history.influx.scripted import Target

Fields = dict[str, float]
FIGURES = f"{BUCKET}_figures"


class Holding(Protocol):
    """A server with a figures bucket."""

    @property
    def url(self) -> str: ...

    def held(self, period: str, tag: str) -> dict[int, Fields]:
        """Return the fields of each period of a point, by its start in µs."""
        ...


@dataclass
class Scripted:
    target: Target

    @property
    def url(self) -> str:
        return self.target.url

    def held(self, period: str, tag: str) -> dict[int, Fields]:
        found = {}
        for (series, time_us), fields in self.target.points.items():
            if re.match(rf"{period},area=\w+,plant=fangcheng1,point={tag},unit=", series):
                named = (field.split("=") for field in fields.split(","))
                found[time_us] = {name: float(value.rstrip("i")) for name, value in named}
        return found


@dataclass
class Real:
    server: Server

    @property
    def url(self) -> str:
        return self.server.url

    def held(self, period: str, tag: str) -> dict[int, Fields]:
        flux = (
            f'from(bucket: "{FIGURES}") |> range(start: 2000-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z)'
            f' |> filter(fn: (r) => r._measurement == "{period}" and r.point == "{tag}")'
            ' |> toFloat() |> keep(columns: ["_time", "_field", "_value"])'
        )
        answer = self.server.ask("POST", f"/api/v2/query?org={ORG}", flux, "application/vnd.flux")
        found: dict[int, Fields] = {}
        head: list[str] = []
        for line in answer.splitlines():
            cells = line.split(",")
            if "_value" in cells:
                head = cells
            elif len(cells) == len(head):
                row = dict(zip(head, cells, strict=True))
                at_us = to_us(datetime.fromisoformat(row["_time"]))
                found.setdefault(at_us, {})[row["_field"]] = float(row["_value"])
        return found


def token() -> str:
    return TOKEN

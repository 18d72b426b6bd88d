"""Servers that figures are sent to, and what they then hold, in the words of line protocol."""

import json
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

    @property
    def token(self) -> str:
        """The token to write with."""
        ...

    def held(self, period: str, tag: str) -> dict[int, Fields]:
        """Return the fields of each period of a point, by its start in µs."""
        ...


@dataclass
class Scripted:
    target: Target
    token: str = TOKEN

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
    token: str

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


def made_for_figures(server: Server) -> str:
    """Make the figures' bucket, and return a token that may write to it and nothing else."""
    (org,) = json.loads(server.ask("GET", f"/api/v2/orgs?org={ORG}"))["orgs"]
    bucket = json.loads(
        server.ask("POST", "/api/v2/buckets", json.dumps({"orgID": org["id"], "name": FIGURES}))
    )
    resource = {"type": "buckets", "id": bucket["id"], "orgID": org["id"]}
    wanted = {"orgID": org["id"], "permissions": [{"action": "write", "resource": resource}]}
    token: str = json.loads(server.ask("POST", "/api/v2/authorizations", json.dumps(wanted)))["token"]
    return token

"""The node's own metrics by name, type, labels and meaning, for docs/reference/api.md."""

from types import SimpleNamespace
from typing import Any

from api.metrics import MetricsSources, NodeCollector
from history.live import LiveTable
from telemetry.clock import SystemClock
from tests.docs.settings_tables import table


def metrics_table() -> str:
    """Return the metrics of a node that has nothing to tell."""
    rows = []
    for metric in _collector().collect():
        name = f"{metric.name}_total" if metric.type == "counter" else metric.name
        labels = ", ".join(f"`{label}`" for label in getattr(metric, "_labelnames", ()))
        rows.append((f"`{name}`", metric.type, labels, metric.documentation.rstrip(".")))
    return table(("metric", "type", "labels", "meaning"), rows)


def _collector() -> NodeCollector:
    writer: Any = SimpleNamespace(
        queued_rows=0, lost_rows=0, committed_rows=0, last_commit_seconds=0.0, failing=None
    )
    upkeep: Any = SimpleNamespace(
        people_away=None,
        figures_failing=None,
        figures_behind_us=0,
        judging_failing=None,
        judging_behind_us=0,
        housekeeping_failing=None,
        compacted_us=None,
    )
    alarms: Any = SimpleNamespace(active=list, evaluated_through=0)
    stream: Any = SimpleNamespace(clients=0, dropped={})
    accounts: Any = SimpleNamespace(signed_in=0, refused=0, throttled=0)
    sources = MetricsSources(
        writer=writer,
        upkeep=upkeep,
        committed_batches=int,
        connections=list,
        targets=list,
        loop_lag_s=float,
        task_restarts=dict,
        version="0",
    )
    return NodeCollector(sources, LiveTable([], {}), alarms, stream, accounts, SystemClock())

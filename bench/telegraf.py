"""Telegraf reading the same devices into line protocol, where it is installed."""

import subprocess
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from bench.processes import cpu_s

_AGENT: Final = """\
[agent]
  interval = "1s"
  flush_interval = "1s"
  metric_buffer_limit = 1000000
  omit_hostname = true
  quiet = true
[[outputs.file]]
  files = ["{file}"]
  data_format = "influx"
"""
_DEVICE: Final = """\
[[inputs.modbus]]
  name = "PLC{unit}"
  controller = "tcp://127.0.0.1:{port}"
  configuration_type = "request"
  [[inputs.modbus.request]]
    slave_id = {unit}
    byte_order = "ABCD"
    register = "holding"
    fields = [{fields}]
"""


def cpu_s_per_million(
    program: str, port: int, devices: int, floats: int, warm: timedelta, measured: timedelta
) -> float:
    """Return the CPU seconds for a million values, each device read once a second."""
    with tempfile.TemporaryDirectory() as place:
        file, config = Path(place) / "lines", Path(place) / "telegraf.conf"
        config.write_text(_configuration(file, port, devices, floats))
        process = subprocess.Popen([program, "--config", str(config)], stderr=subprocess.DEVNULL)
        try:
            time.sleep(warm.total_seconds())
            before, written = cpu_s(process.pid), file.stat().st_size
            time.sleep(measured.total_seconds())
            used = cpu_s(process.pid) - before
            with file.open() as lines:
                lines.seek(written)
                values = lines.read().count("=") - devices
        finally:
            process.terminate()
            process.wait(10)
    due = devices * floats * measured.total_seconds()
    if values < 0.8 * due:
        raise RuntimeError(f"Telegraf wrote {values:,} of {due:,.0f} values")
    return used / due * 1e6


def _configuration(file: Path, port: int, devices: int, floats: int) -> str:
    fields = ",\n".join(
        f'{{ address={2 * place}, name="f{place}", type="FLOAT32" }}' for place in range(floats)
    )
    inputs = (_DEVICE.format(unit=unit, port=port, fields=fields) for unit in range(1, devices + 1))
    return _AGENT.format(file=file) + "".join(inputs)

"""Install the wheel into a new environment, start the demo from there, and read a value over HTTP.

usage: python tools/wheel_check.py WORK_FOLDER REQUIREMENTS WHEEL
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

SECONDS = 90.0


def main(work: Path, requirements: Path, wheel: Path) -> None:
    """Raise where any step fails."""
    work.mkdir(parents=True, exist_ok=True)
    environment = work / "venv"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    pip = [environment / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--require-hashes", "-r", requirements], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)
    # What a plant engineer may well have where he stands; it must not shadow the product's own.
    (work / "config").mkdir(exist_ok=True)
    (work / "config" / "__init__.py").write_text("raise RuntimeError('shadowed')\n")
    command = [environment / "bin" / "outfall", "demo", "--port", "0", "--data", "data"]
    with subprocess.Popen(command, cwd=work, stdout=subprocess.PIPE, text=True) as demo:
        try:
            value = first_value(demo)
        finally:
            demo.send_signal(signal.SIGTERM)
            code = demo.wait(30)
    if code != 0:
        raise RuntimeError(f"the demo ended with code {code} after SIGTERM")
    sys.stdout.write(f"wheel: {wheel.name} under Python {sys.version.split()[0]} reads {value}\n")


def first_value(demo: "subprocess.Popen[str]") -> str:
    """Return the first reading that the demo serves."""
    assert demo.stdout is not None
    found = re.search(r"http://[\d.]+:\d+", demo.stdout.readline())
    if found is None:
        raise RuntimeError("the first line of the demo names no address")
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        try:
            return latest(found[0])
        except (urllib.error.URLError, ConnectionError, LookupError):
            time.sleep(0.2)
    raise RuntimeError(f"no reading within {SECONDS:g} s")


def latest(address: str) -> str:
    """Return one point's value through the API; LookupError while there is none."""
    form = urllib.parse.urlencode({"grant_type": "password", "username": "operator", "password": "demo"})
    with urllib.request.urlopen(f"{address}/api/v1/auth/token", form.encode(), timeout=5) as answer:
        token = json.load(answer)["access_token"]
    request = urllib.request.Request(
        f"{address}/api/v1/readings/latest?tag=INF_FIT101", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        item = json.load(answer)["items"][0]
    if item["value"] is None:
        raise LookupError(item["tag"])
    return f"{item['tag']} = {item['value']:.1f}"


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    main(*(Path(argument).resolve() for argument in sys.argv[1:4]))

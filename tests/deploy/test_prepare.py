"""deploy/prepare.py, and the broker that starts on what it makes."""

import os
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from config.check import check
from tests.deploy.prepared import ROOT, prepare

MOSQUITTO = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")


def test_secrets_are_random_and_shut_to_others(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    prepare(tmp_path / "one")
    (tmp_path / "two").mkdir()
    prepare(tmp_path / "two")
    one, two = (tmp_path / name / "secrets" for name in ("one", "two"))

    assert stat.S_IMODE(one.stat().st_mode) == 0o700
    for file in one.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) in (0o600, 0o644)
        assert file.read_bytes() != (two / file.name).read_bytes()
    for name in ("tls_key", "tls_certificate", "outfall_pgpass", "mqtt_password"):
        assert stat.S_IMODE((one / name).stat().st_mode) == 0o600


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    prepare(tmp_path)
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}

    said = prepare(tmp_path)

    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    assert "made" not in said


def test_the_containers_never_run_as_root(tmp_path: Path) -> None:
    prepare(tmp_path)
    name, _, uid = (tmp_path / ".env").read_text("ascii").strip().partition("=")

    assert name == "OUTFALL_UID"
    assert int(uid) > 0
    owners = {file.stat().st_uid for file in (tmp_path / "secrets").iterdir()}
    assert owners == {int(uid)}


def test_the_plant_to_begin_with_has_no_mistakes(tmp_path: Path) -> None:
    prepare(tmp_path)

    assert check(tmp_path / "plant") == []
    text = (tmp_path / "plant" / "plant.yaml").read_text("utf-8")
    assert "host: 0.0.0.0\n  port: 8443\n  tls_certificate: /run/secrets/tls_certificate\n" in text


@contextmanager
def _broker(tmp_path: Path) -> Iterator[int]:
    """Run Mosquitto as the container does, its paths led into a folder of this test."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shutil.copytree(ROOT / "deploy" / "mosquitto", tmp_path / "config")
    (tmp_path / "data").mkdir()
    file = tmp_path / "config" / "mosquitto.conf"
    text = file.read_text("utf-8").replace("/run/secrets", str(tmp_path / "secrets"))
    text = text.replace("/mosquitto/", f"{tmp_path}/").replace("listener 1883", f"listener {port} 127.0.0.1")
    # Started by root it becomes another user, to whom this test's folders are shut.
    file.write_text(text + ("user root\n" if os.geteuid() == 0 else ""), "utf-8")
    assert MOSQUITTO is not None
    with subprocess.Popen([MOSQUITTO, "-c", file], stdout=subprocess.PIPE, text=True) as broker:
        try:
            until = time.monotonic() + 8
            while time.monotonic() < until and broker.poll() is None:
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield port
        finally:
            broker.terminate()
            broker.wait(5)


def _signed_in(port: int, password: str | None) -> str:
    """Return what the broker says to somebody who signs in."""
    answers: list[str] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="test")
    if password is not None:
        client.username_pw_set("outfall", password)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.append(str(reason))
    client.connect("127.0.0.1", port)
    until = time.monotonic() + 5
    while not answers and time.monotonic() < until:
        client.loop(0.1)
    client.disconnect()
    return answers[0]


def test_the_broker_takes_its_settings_and_the_nodes_password_and_nobody_else(tmp_path: Path) -> None:
    if MOSQUITTO is None:
        pytest.skip("needs Mosquitto: apt-get install mosquitto")
    prepare(tmp_path)
    password = (tmp_path / "secrets" / "mqtt_password").read_text("ascii").strip()

    with _broker(tmp_path) as port:
        said = [_signed_in(port, password), _signed_in(port, "wrong"), _signed_in(port, None)]

    assert said == ["Success", "Not authorized", "Not authorized"]


@pytest.mark.parametrize(
    "script", ["echo no such curve >&2; exit 1", "exit 0", 'touch "${@: -1}"; echo killed >&2; exit 9']
)
def test_where_openssl_fails_nothing_is_left_that_passes_for_a_certificate(
    tmp_path: Path, script: str
) -> None:
    programs, folder = tmp_path / "programs", tmp_path / "folder"
    programs.mkdir()
    folder.mkdir()
    broken = programs / "openssl"
    broken.write_text(f"#!/bin/bash\n{script}\n")
    broken.chmod(0o755)
    command = [sys.executable, "-I", str(ROOT / "deploy" / "prepare.py"), str(folder)]

    failed = subprocess.run(
        command,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    left = sorted(file.name for file in (folder / "secrets").iterdir() if "tls" in file.name)
    # As versions before left it.
    (folder / "secrets" / "tls_key").touch(0o600)
    said = prepare(folder)

    assert failed.returncode == 1
    assert left == []
    assert failed.stderr.startswith("prepare: openssl made no certificate: ")
    assert failed.stderr.count("\n") == 1
    assert "secrets/tls_certificate, tls_key: made" in said


def test_half_a_pair_is_not_taken_for_one(tmp_path: Path) -> None:
    prepare(tmp_path)
    (tmp_path / "secrets" / "tls_key").unlink()

    again = subprocess.run(
        [sys.executable, "-I", str(ROOT / "deploy" / "prepare.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )

    assert again.returncode == 1
    assert again.stderr == ("prepare: secrets/tls_key is missing; put it there, or remove tls_certificate\n")

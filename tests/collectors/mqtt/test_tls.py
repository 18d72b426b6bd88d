"""TLS to a real broker: it works where all is right, and each thing that is wrong is said as itself."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from collectors.mqtt.settings import TlsSettings
from collectors.mqtt.tls import context_of, words_of
from telemetry.errors import ConfigError
from tests.collectors.mqtt.broker import Mosquitto, mosquitto
from tests.collectors.mqtt.certificates import Authority, openssl
from tests.collectors.mqtt.running import running
from tests.collectors.mqtt.subscriptions import settings
from tests.collectors.recording import RecordingOutages, RecordingSink, until


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "plant")


@pytest.fixture(scope="session")
def other(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("other"), "other")


@asynccontextmanager
async def encrypted(folder: Path, pair: tuple[Path, Path], *lines: str) -> AsyncIterator[Mosquitto]:
    """Yield a broker that speaks TLS only."""
    certificate, key = pair
    about = (f"certfile {certificate}", f"keyfile {key}", *(lines or ("allow_anonymous true",)))
    async with mosquitto(folder, *about) as broker:
        yield broker


async def events_of(
    port: int, tls: Any, sink: RecordingSink, outages: RecordingOutages, **more: Any
) -> tuple[tuple[str, str], str]:
    """Return the first event of a collector, and its cause."""
    async with running(settings(port, tls=tls, **more), sink, outages):
        await until(lambda: outages.events)
    cause = outages.causes[0] if outages.causes else ""
    return outages.events[0], cause.removeprefix(f"no connection to {more.get('host', '127.0.0.1')}:{port}: ")


async def test_a_broker_whose_authority_is_named_is_trusted(
    authority: Authority, tmp_path: Path, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with encrypted(tmp_path, authority.signed("broker")) as broker:
        event, _ = await events_of(broker.port, {"ca": str(authority.file)}, sink, outages)

    assert event == ("back", "MQTT")


async def test_tls_alone_trusts_what_the_machine_trusts(
    authority: Authority,
    tmp_path: Path,
    sink: RecordingSink,
    outages: RecordingOutages,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(ssl.get_default_verify_paths().openssl_cafile_env, str(authority.file))
    async with encrypted(tmp_path, authority.signed("broker")) as broker:
        event, _ = await events_of(broker.port, True, sink, outages)

    assert event == ("back", "MQTT")


async def test_a_broker_of_another_authority_is_not_trusted(
    authority: Authority, other: Authority, tmp_path: Path, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with encrypted(tmp_path, authority.signed("broker")) as broker:
        event, cause = await events_of(broker.port, {"ca": str(other.file)}, sink, outages)

    assert (event, cause) == (
        ("lost", "MQTT"),
        "its certificate is not trusted: name its authority's file in tls.ca"
        " (unable to get local issuer certificate)",
    )


async def test_an_expired_certificate_of_the_broker_is_said(
    authority: Authority, tmp_path: Path, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async with encrypted(tmp_path, authority.signed("old", days=-1)) as broker:
        event, cause = await events_of(broker.port, {"ca": str(authority.file)}, sink, outages)

    assert (event, cause) == (
        ("lost", "MQTT"),
        "its certificate has expired: it is to be renewed there",
    )


async def test_a_certificate_for_another_name_needs_that_name(
    authority: Authority, tmp_path: Path, sink: RecordingSink, outages: RecordingOutages
) -> None:
    pair = authority.signed("named", names="DNS:broker.plant.lan")
    async with encrypted(tmp_path, pair) as broker:
        event, cause = await events_of(broker.port, {"ca": str(authority.file)}, sink, outages)
        named = RecordingOutages()
        tls = {"ca": str(authority.file), "server_name": "broker.plant.lan"}
        second, _ = await events_of(broker.port, tls, sink, named)

    assert event == ("lost", "MQTT")
    assert cause.startswith("its certificate is for another name: write the right one in tls.server_name (")
    assert second == ("back", "MQTT")


async def test_a_self_signed_certificate_is_trusted_where_it_is_named(
    tmp_path: Path, sink: RecordingSink, outages: RecordingOutages
) -> None:
    file, key = tmp_path / "self.pem", tmp_path / "self.key"
    about: list[str | Path] = ["-subj", "/CN=self", "-keyout", key, "-out", file]
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-addext", "subjectAltName=IP:127.0.0.1", *about)
    async with encrypted(tmp_path, (file, key)) as broker:
        event, cause = await events_of(broker.port, True, sink, outages)
        named = RecordingOutages()
        second, _ = await events_of(broker.port, {"ca": str(file)}, sink, named)

    assert (event, cause) == (
        ("lost", "MQTT"),
        "its certificate is signed by itself: name that file in tls.ca",
    )
    assert second == ("back", "MQTT")


async def test_a_broker_that_wants_a_certificate_gets_the_node_s(
    authority: Authority, other: Authority, tmp_path: Path, sink: RecordingSink, outages: RecordingOutages
) -> None:
    certificate, key = authority.signed("node")
    strange = dict(zip(("certificate", "key"), map(str, other.signed("stranger")), strict=True))
    expired = dict(zip(("certificate", "key"), map(str, authority.signed("late", days=-1)), strict=True))
    ca = {"ca": str(authority.file)}
    wants = (f"cafile {authority.file}", "require_certificate true", "use_identity_as_username true")
    causes = []
    async with encrypted(tmp_path, authority.signed("broker"), *wants) as broker:
        for tls in (ca, ca | strange, ca | expired):
            event, cause = await events_of(broker.port, tls, sink, RecordingOutages())
            assert event == ("lost", "MQTT")
            causes.append(cause)
        event, _ = await events_of(
            broker.port, ca | {"certificate": str(certificate), "key": str(key)}, sink, outages
        )

    assert event == ("back", "MQTT")
    # The broker may close before its alert is read: then nothing says more than that.
    assert causes[0] in (
        "it wants a certificate of the node: write tls.certificate and tls.key",
        "the broker closed the connection before it answered: it may want tls.certificate and tls.key",
    )
    closed = "the broker closed the connection"
    assert causes[1] in ("it does not trust the node's certificate: its authority is another one", closed)
    assert causes[2] in ("the node's certificate has expired: renew it", closed)


async def test_a_broker_without_tls_is_said_so(
    authority: Authority, tmp_path: Path, sink: RecordingSink, outages: RecordingOutages
) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with mosquitto(tmp_path) as broker:
        event, cause = await events_of(broker.port, {"ca": str(authority.file)}, sink, outages)
    _, web = await events_of(port, {"ca": str(authority.file)}, sink, RecordingOutages())
    server.close()

    assert event == ("lost", "MQTT")
    assert cause in (
        "it ends the connection in the midst of the handshake; does it speak TLS there?",
        "Connection reset by peer",
    )
    assert web == "it does not speak TLS there"


async def test_files_are_read_anew_for_each_connection(
    authority: Authority, tmp_path: Path, sink: RecordingSink, outages: RecordingOutages
) -> None:
    late = tmp_path / "late.pem"
    tls = {"ca": str(late)}
    async with (
        encrypted(tmp_path, authority.signed("broker")) as broker,
        running(settings(broker.port, tls=tls), sink, outages),
    ):
        await until(lambda: outages.events)
        late.write_bytes(authority.file.read_bytes())
        await until(lambda: len(outages.events) == 2)

    assert outages.events == [("lost", "MQTT"), ("back", "MQTT")]
    assert outages.causes == [
        f"no connection to 127.0.0.1:{broker.port}: tls.ca {late}:"
        " cannot be read (No such file or directory): mend tls.ca"
    ]


def test_each_file_that_cannot_be_used_is_named_with_its_mend(authority: Authority, tmp_path: Path) -> None:
    certificate, key = authority.signed("whole")
    _, foreign = authority.signed("foreign")
    text, encrypted_key, missing = tmp_path / "text.pem", tmp_path / "encrypted.key", tmp_path / "missing"
    text.write_text("not a certificate")
    openssl("rsa", "-aes128", "-passout", "pass:long enough", "-in", key, "-out", encrypted_key)
    encrypted_key.chmod(0o600)
    told = []
    for written in (
        {"ca": str(missing)},
        {"ca": str(text)},
        {"ca": str(tmp_path)},
        {"ca": "a\0b"},
        {"certificate": str(missing), "key": str(key)},
        {"certificate": str(text), "key": str(key)},
        {"certificate": str(certificate), "key": str(foreign)},
        {"certificate": str(certificate), "key": str(encrypted_key)},
    ):
        with pytest.raises(ConfigError) as caught:
            context_of(TlsSettings(**written))
        told.append(str(caught.value))

    assert told == [
        f"tls.ca {missing}: cannot be read (No such file or directory): mend tls.ca",
        f"tls.ca {text}: holds no certificate: name a PEM file",
        f"tls.ca {tmp_path}: is no plain file: name one",
        "tls.ca a\0b: cannot be read (not a path): mend tls.ca",
        f"tls.certificate {missing}: cannot be read (No such file or directory): mend tls.certificate",
        f"tls.certificate {text}: no certificate and key in PEM there: name such files",
        f"tls.key {foreign}: it does not belong to tls.certificate {certificate}: name its own",
        f"tls.key {encrypted_key}: it is encrypted: write it without a passphrase, for the node's user alone",
    ]


def test_a_key_that_others_may_read_is_refused(authority: Authority) -> None:
    certificate, key = authority.signed("open")
    key.chmod(0o644)

    with pytest.raises(ConfigError, match=f"others may read or write it: chmod 600 {key}"):
        context_of(TlsSettings(certificate=str(certificate), key=str(key)))


def test_the_broker_s_certificate_and_name_are_always_checked() -> None:
    context = context_of(TlsSettings())

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_failure_nobody_foresaw_is_told_in_its_own_words() -> None:
    assert words_of(ssl.SSLError(1, "[SSL: ODD_THING] odd thing (_ssl.c:1)")).startswith("TLS fails: ")

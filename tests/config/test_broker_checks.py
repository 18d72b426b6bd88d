from pathlib import Path

from collectors.mqtt.settings import MqttSettings, TlsSettings
from config.broker_checks import broker_mistakes, placed
from tests.collectors.mqtt.subscriptions import settings


def with_tls(**files: str) -> MqttSettings:
    return settings(tls=files)


def test_files_of_tls_are_found_from_the_plant_folder_on(tmp_path: Path) -> None:
    found = placed(with_tls(ca="authority.pem", certificate="/etc/node.pem", key="/etc/node.key"), tmp_path)

    assert found.tls == TlsSettings(
        ca=f"{tmp_path}/authority.pem", certificate="/etc/node.pem", key="/etc/node.key"
    )
    assert placed(settings(), tmp_path) == settings()


def test_an_authority_in_the_folder_and_a_pair_elsewhere_are_well(tmp_path: Path) -> None:
    (tmp_path / "authority.pem").write_text("-----BEGIN CERTIFICATE-----")
    sound = placed(with_tls(ca="authority.pem", certificate="/etc/node.pem", key="/etc/node.key"), tmp_path)

    assert list(broker_mistakes(sound, tmp_path)) == []


def test_a_status_topic_beside_the_subscriptions_is_well(tmp_path: Path) -> None:
    beside = settings(status_topic="plant/LS1/status", version="5", session_expiry="1d")

    assert list(broker_mistakes(beside, tmp_path)) == []

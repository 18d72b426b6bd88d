from pathlib import Path

import pytest

from collectors.mqtt.settings import MqttSettings, SubscriptionSettings
from config.secrets import SecretMissing, password_of, token_in, token_of
from history.influx.settings import InfluxSettings
from telemetry.errors import ConfigError

PASSWORD = "swordfish"


def broker(**settings: str) -> MqttSettings:
    subscription = SubscriptionSettings(topic="x", tag="{key}")
    return MqttSettings.model_validate(
        {"type": "mqtt", "host": "broker", "client_id": "node", "username": "node", **settings}
        | {"subscriptions": (subscription,)}
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plant").mkdir()
    return tmp_path / "plant"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    path.chmod(0o600)
    return path


def message(folder: Path, environ: dict[str, str] | None = None, **settings: str) -> str:
    with pytest.raises(ConfigError) as caught:
        password_of(broker(**settings), folder, environ or {})
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


def test_a_password_comes_from_the_environment(folder: Path) -> None:
    assert password_of(broker(password_env="MQTT_PASSWORD"), folder, {"MQTT_PASSWORD": PASSWORD}) == PASSWORD


def test_a_password_comes_from_a_file_without_its_line_end(folder: Path, file: Path) -> None:
    assert password_of(broker(password_file=str(file)), folder, {}) == PASSWORD


def test_a_broker_may_have_none(folder: Path) -> None:
    assert password_of(broker(), folder, {}) is None


def test_a_variable_that_is_not_set_is_named(folder: Path) -> None:
    assert message(folder, password_env="MQTT_PASSWORD") == (
        "the environment variable MQTT_PASSWORD named in password_env is not set: set it"
    )


def test_a_password_written_in_place_of_the_variable_is_not_repeated(folder: Path) -> None:
    assert message(folder, password_env=PASSWORD) == (
        "the environment variable named in password_env is not set: set it"
    )


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o620, 0o660])
def test_a_file_others_may_read_or_anybody_else_write_is_refused(folder: Path, file: Path, mode: int) -> None:
    file.chmod(mode)

    assert message(folder, password_file=str(file)) == (
        f"{file}: others may read or write the password: chmod 600 {file}"
    )


@pytest.mark.parametrize("mode", [0o400, 0o440, 0o640])
def test_a_file_its_group_may_read_is_how_containers_hand_a_secret_over(
    folder: Path, file: Path, mode: int
) -> None:
    file.chmod(mode)

    assert password_of(broker(password_file=str(file)), folder, {}) == PASSWORD


@pytest.mark.parametrize("content", ["two words", "schlüssel", "a\tb"])
def test_a_token_that_fits_in_no_header_is_none(folder: Path, file: Path, content: str) -> None:
    file.write_text(content, "utf-8")

    with pytest.raises(ConfigError, match="holds no token: write it there as one line") as refusal:
        token_in(file, "--token-file", folder)
    assert content not in str(refusal.value)


def test_a_token_that_is_not_there_yet_is_told_from_one_that_is_wrong(folder: Path, file: Path) -> None:
    with pytest.raises(SecretMissing, match="No such file"):
        token_of(influx(token_file=f"{file}.gone"), folder, {})
    file.chmod(0o644)
    with pytest.raises(ConfigError) as refusal:
        token_of(influx(token_file=str(file)), folder, {})
    assert not isinstance(refusal.value, SecretMissing)


def test_a_file_within_the_plant_folder_is_refused_even_behind_a_link(folder: Path, file: Path) -> None:
    inside = folder / "password"
    inside.write_text(PASSWORD)
    file.unlink()
    file.symlink_to(inside)

    assert message(folder, password_file=str(file)) == (
        f"{file}: the password stands in the plant folder: move it elsewhere"
    )


def test_a_missing_file_a_folder_and_an_empty_file_say_so(folder: Path, file: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch(mode=0o600)

    assert message(folder, password_file=str(tmp_path / "gone")) == (
        f"{tmp_path}/gone: the password cannot be read (No such file or directory): mend password_file"
    )
    assert "Is a directory" in message(folder, password_file=str(tmp_path))
    assert message(folder, password_file=str(empty)) == (
        f"{empty}: holds no password: write it there as one line of UTF-8"
    )


def influx(**settings: str) -> InfluxSettings:
    return InfluxSettings.model_validate({"url": "http://127.0.0.1:8086", "org": "works"} | settings)


def test_a_token_comes_from_its_variable_or_its_file(folder: Path, file: Path) -> None:
    assert token_of(influx(), folder, {"INFLUX_TOKEN": PASSWORD}) == PASSWORD
    assert token_of(influx(token_env="OTHER"), folder, {"OTHER": PASSWORD}) == PASSWORD
    assert token_of(influx(token_file=str(file)), folder, {}) == PASSWORD


def test_a_token_that_is_not_there_is_asked_for(folder: Path, file: Path) -> None:
    with pytest.raises(ConfigError, match="INFLUX_TOKEN is not set: set it, or name a token_file"):
        token_of(influx(), folder, {})
    with pytest.raises(ConfigError, match="named in token_env is not set"):
        token_of(influx(token_env="OTHER"), folder, {})
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="others may read or write the token: chmod 600"):
        token_of(influx(token_file=str(file)), folder, {})

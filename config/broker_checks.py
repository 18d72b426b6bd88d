"""What an MQTT connection's settings have to do with each other and with the plant folder."""

from collections.abc import Iterator
from pathlib import Path

from collectors.mqtt.plan import topic_filters
from collectors.mqtt.settings import MqttSettings, TlsSettings
from collectors.mqtt.topics import covers
from config.hosts import host_mistake
from config.problems import quoted
from config.secrets import is_inside
from config.yaml_file import Path_


def placed(mqtt: MqttSettings, folder: Path) -> MqttSettings:
    """Return the settings with the files that a relative path names found in the plant folder."""
    if mqtt.tls is None:
        return mqtt
    files = {
        name: str(folder.absolute() / file)
        for name in ("ca", "certificate", "key")
        if (file := getattr(mqtt.tls, name)) is not None
    }
    return mqtt.model_copy(update={"tls": mqtt.tls.model_copy(update=files)})


def broker_mistakes(mqtt: MqttSettings, folder: Path) -> Iterator[tuple[Path_, str, str]]:
    """Yield place, mistake and mend of what `validate` cannot see; files are as `placed` gives them."""
    if mqtt.tls is not None:
        yield from _tls_mistakes(mqtt.tls, folder)
    if mqtt.session_expiry is not None and mqtt.version != "5":
        mend = "write version: 5, or remove it: a session of 3.1.1 lasts"
        yield ("session_expiry",), "session_expiry without version 5", mend
    topic = mqtt.status_topic
    if topic is not None and any(covers(known, topic) for known in topic_filters(mqtt)):
        mend = "name another: the node would read what it says of itself"
        yield ("status_topic",), f"status_topic {quoted(topic)} is one of the subscriptions'", mend


def _tls_mistakes(tls: TlsSettings, folder: Path) -> Iterator[tuple[Path_, str, str]]:
    if tls.certificate is None and tls.key is not None:
        yield ("tls", "key"), "tls.key stands alone", "add certificate, or remove both"
    if tls.key is None and tls.certificate is not None:
        yield ("tls", "certificate"), "tls.certificate stands alone", "add key, or remove both"
    if tls.key is not None and is_inside(Path(tls.key), folder):
        mend = "move it elsewhere, and write its full path"
        yield ("tls", "key"), "tls.key stands in the plant folder", mend
    for name in ("ca", "certificate"):
        file = getattr(tls, name)
        # What is elsewhere may be there only on the machine the node runs on.
        if file is not None and is_inside(Path(file), folder) and not Path(file).is_file():
            shown = quoted(str(Path(file).relative_to(folder.absolute())))
            yield ("tls", name), f"tls.{name}: there is no file {shown} in the folder", "write its full path"
    mistake = host_mistake(tls.server_name) if tls.server_name is not None else None
    if mistake is not None:
        what, mend = (text.replace("host", "server_name") for text in mistake)
        yield ("tls", "server_name"), f"tls.{what}", mend

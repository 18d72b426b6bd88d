"""connections.yaml: Modbus and MQTT connections by id, which is the source in points.csv."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from collectors.modbus.settings import ModbusSettings
from collectors.mqtt.settings import MqttSettings
from config.broker_checks import broker_mistakes, placed
from config.channels import subscription_mistakes
from config.hosts import host_mistake
from config.modbus_lines import channels_written, check_lines, line_mistakes
from config.problems import Problems, choose, quoted
from config.secrets import is_inside, is_variable
from config.validation import validate
from config.yaml_file import Path_, YamlFile, read_yaml
from telemetry.plant import NODE

HOLDS: Final = "the Modbus and MQTT connections by id"
MANUAL: Final = "MANUAL"
Mistake = tuple[Path_, str, str]
"""A place within a connection, what is wrong there and how to mend it."""

TYPES: Final = ("modbus", "mqtt")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(slots=True)
class ConnectionsFile:
    """connections.yaml; `types` also has the ids whose settings have mistakes, None where unreadable.

    Where a Modbus connection has units, `types` has their channels in its place.
    """

    modbus: dict[str, ModbusSettings] = field(default_factory=dict)
    mqtt: dict[str, MqttSettings] = field(default_factory=dict)
    types: dict[str, str | None] | None = None
    lines: dict[str, int] = field(default_factory=dict)
    yaml: YamlFile | None = None

    @property
    def devices(self) -> dict[str, ModbusSettings]:
        """The settings of each sound Modbus unit by its channel, which is the source of its points."""
        return {
            channel: unit
            for name, line in self.modbus.items()
            for channel, unit in line.by_channel(name).items()
        }


def read_connections(folder: Path, problems: Problems) -> ConnectionsFile:
    """Read connections.yaml."""
    result = ConnectionsFile()
    yaml = read_yaml(folder / "connections.yaml", HOLDS, problems)
    if yaml is None:
        return result
    if not isinstance(yaml.value, dict):
        problems.add(
            yaml.file, 1, "connections are not written by id", "write PLC1: and its settings below it"
        )
        return result
    result.yaml = yaml
    result.types = {}
    for name, value in yaml.value.items():
        result.types[name] = None
        result.lines[name] = yaml.line((name,))
        if not yaml.is_spoiled((name,)):
            _read_one(name, value, result, yaml, problems)
    check_lines(result.modbus, yaml, problems)
    _check_brokers(result, folder, yaml, problems)
    return result


def _read_one(name: str, value: Any, result: ConnectionsFile, yaml: YamlFile, problems: Problems) -> None:
    subject = f"connection {quoted(name)}"
    if not _ID.fullmatch(name) or name in (MANUAL, NODE):
        mend = "write an id of letters, digits, _ and - other than MANUAL and NODE"
        problems.add(yaml.file, yaml.line((name,)), f"{subject}: the id cannot be used", mend)
    type_ = value.get("type") if isinstance(value, Mapping) else None
    if type_ not in TYPES:
        what = "type is missing" if type_ is None else f"type is {quoted(str(type_))}"
        mend = "write type: modbus or type: mqtt" if type_ is None else choose(str(type_), TYPES, "write")
        problems.add(yaml.file, yaml.line((name, "type")), f"{subject}: {what}", mend)
        return
    assert result.types is not None
    result.types[name] = type_
    host = value.get("host")
    mistake = host_mistake(host) if isinstance(host, str) and host else None
    if mistake is not None:
        problems.add(yaml.file, yaml.line((name, "host")), f"{subject}: {mistake[0]}", mistake[1])
    if type_ == "modbus":
        _read_line(name, value, result, yaml, problems)
        return
    told = _check_templates(name, value.get("subscriptions"), yaml, problems)
    mqtt = validate(MqttSettings, value, yaml, (name,), subject, problems, told)
    if mqtt is not None and not told:
        result.mqtt[name] = placed(mqtt, yaml.file.parent)


def _read_line(
    name: str, value: Mapping[str, Any], result: ConnectionsFile, yaml: YamlFile, problems: Problems
) -> None:
    assert result.types is not None
    channels = channels_written(name, value)
    if channels != [name]:
        del result.types[name]
        result.types |= dict.fromkeys(channels, "modbus")
    subject = f"connection {quoted(name)}"
    found = list(line_mistakes(value, yaml.file.parent))
    for path, what, mend in found:
        problems.add(yaml.file, yaml.line((name, *path)), f"{subject}: {what}", mend)
    # What the settings would say of themselves as a whole was said better here.
    told: set[Path_] = {(), *(path for path, _, _ in found)} if found else set()
    modbus = validate(ModbusSettings, value, yaml, (name,), subject, problems, told)
    if modbus is not None and not found:
        result.modbus[name] = modbus.rooted(yaml.file.parent.absolute())


def _check_templates(name: str, raw: Any, yaml: YamlFile, problems: Problems) -> set[Path_]:
    """Tell the mistakes of subscriptions, each on its own line, and return where they stand."""
    told: set[Path_] = set()
    for index, item in enumerate(raw if isinstance(raw, list) else []):
        if not isinstance(item, dict):
            continue
        at: Path_ = ("subscriptions", index)
        for key, what, mend in subscription_mistakes(item):
            subject = f"connection {quoted(name)}: subscriptions[{index}]"
            problems.add(yaml.file, yaml.line((name, *at, key)), f"{subject}: {what}", mend)
            told |= {at, (*at, "topic"), (*at, "tag")}
    return told


def _check_brokers(result: ConnectionsFile, folder: Path, yaml: YamlFile, problems: Problems) -> None:
    first: dict[str, str] = {}
    for name, mqtt in result.mqtt.items():
        other = first.setdefault(mqtt.client_id, name)
        found = [*_password_mistakes(mqtt, folder), *_same_topics(mqtt), *broker_mistakes(mqtt, folder)]
        if other != name:
            what = f"the same client_id as {quoted(other)} on line {yaml.line((other, 'client_id'))}"
            found.append(
                (("client_id",), what, "give it its own: a broker throws out the other of two alike")
            )
        for path, what, mend in found:
            subject = f"connection {quoted(name)}"
            problems.add(yaml.file, yaml.line((name, *path)), f"{subject}: {what}", mend)


def _password_mistakes(mqtt: MqttSettings, folder: Path) -> Iterator[Mistake]:
    env, file = mqtt.password_env, mqtt.password_file
    if env is not None and file is not None:
        yield ("password_file",), "password_env and password_file both stand here", "keep one"
    if env is not None and not is_variable(env):
        mend = "write the name of one such as MQTT_PASSWORD, not the password"
        yield ("password_env",), "password_env is no variable's name", mend
    if file is not None and is_inside(folder / file, folder):
        mend = "move it elsewhere, and write its full path"
        yield ("password_file",), "password_file stands in the plant folder", mend
    if mqtt.username is None and (env is not None or file is not None):
        key = "password_env" if env is not None else "password_file"
        yield (key,), f"{key} without username", "add username"


def _same_topics(mqtt: MqttSettings) -> Iterator[Mistake]:
    first: dict[str, int] = {}
    for index, subscription in enumerate(mqtt.subscriptions):
        levels = re.sub(r"\{[^/]*\}", "+", subscription.topic)
        other = first.setdefault(levels, index)
        if other != index:
            what = f"subscriptions[{index}]: the same topic as subscriptions[{other}]"
            yield ("subscriptions", index, "topic"), what, "keep one"

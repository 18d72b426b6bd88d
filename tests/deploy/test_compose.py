"""docker-compose.yml: valid, and everything it names is there."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from app.cli import _parser
from tests.deploy.prepared import prepare

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
COMPOSE_MD = (ROOT / "docs" / "how-to" / "compose.md").read_text("utf-8")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
KEPT = sorted(name for name, its in SERVICES.items() if its["restart"] == "unless-stopped")
OURS = sorted(name for name, its in SERVICES.items() if "build" in its)
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|KEY", re.IGNORECASE)


def test_it_is_what_the_compose_specification_allows() -> None:
    schema = json.loads((ROOT / "tests" / "deploy" / "compose-spec.json").read_text("utf-8"))

    # The schema names its draft by a URL without a fragment, which the library does not know.
    jsonschema.Draft7Validator(schema).validate(COMPOSE)


def test_every_secret_that_is_used_is_declared_and_every_declared_one_is_made(tmp_path: Path) -> None:
    prepare(tmp_path)
    used = {name for its in SERVICES.values() for name in its.get("secrets", [])}
    declared = {name: tmp_path / its["file"] for name, its in COMPOSE["secrets"].items()}

    assert used == set(declared)
    assert [name for name, file in declared.items() if not file.is_file()] == []
    assert {file.name for file in (tmp_path / "secrets").iterdir()} == set(declared)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_reads_only_secrets_that_it_was_given(name: str) -> None:
    its = SERVICES[name]
    said = json.dumps([its.get("environment", {}), its.get("command", []), its.get("entrypoint", [])])

    assert set(re.findall(r"/run/secrets/(\w+)", said)) <= set(its.get("secrets", []))


def test_the_plants_and_the_brokers_settings_read_only_secrets_they_were_given(tmp_path: Path) -> None:
    prepare(tmp_path)
    plant = (tmp_path / "plant" / "plant.yaml").read_text("utf-8")
    broker = (ROOT / "deploy" / "mosquitto" / "mosquitto.conf").read_text("utf-8")

    assert set(re.findall(r"/run/secrets/(\w+)", plant)) == {"tls_certificate", "tls_key"}
    assert set(re.findall(r"/run/secrets/(\w+)", plant)) <= set(SERVICES["outfall"]["secrets"])
    assert re.findall(r"/run/secrets/(\w+)", broker) == SERVICES["mosquitto"]["secrets"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_secret_stands_in_the_file(name: str) -> None:
    environment = SERVICES[name].get("environment", {})
    suspicious = {key: value for key, value in environment.items() if SECRET.search(key)}

    assert all(
        key.endswith("_FILE") and value.startswith("/run/secrets/") for key, value in suspicious.items()
    )
    assert not [value for value in environment.values() if re.search(r"://[^/@]*:[^/@]*@", value)]


@pytest.mark.parametrize("name", SERVICES)
def test_images_are_pinned(name: str) -> None:
    image = SERVICES[name]["image"]

    assert image == "outfall:local" or re.search(r":\d+\.\d+(\.\d+)?(-\w+)?$", image)


@pytest.mark.parametrize("name", KEPT)
def test_what_keeps_running_says_whether_it_is_well(name: str) -> None:
    its = SERVICES[name]

    assert its["healthcheck"].get("disable", False) == (name == "simulator")
    assert its["healthcheck"].get("test", ["CMD"])[0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_can_come_true(name: str) -> None:
    for other, its in SERVICES[name].get("depends_on", {}).items():
        match its["condition"]:
            case "service_healthy":
                assert SERVICES[other]["healthcheck"]["test"]
            case "service_completed_successfully":
                assert SERVICES[other]["restart"].startswith("on-failure")
            case condition:
                assert condition == "service_started"


def test_the_node_starts_whoever_else_does_not() -> None:
    waited_for, asked = dict(SERVICES["outfall"]["depends_on"]), ["outfall"]
    while asked:
        for other, its in SERVICES[asked.pop()].get("depends_on", {}).items():
            waited_for[other] = its
            asked.append(other)

    # Compose starts a service only when those it depends on have started, who wait for theirs.
    assert waited_for == {
        "postgres": {"condition": "service_started"},
        "mosquitto": {"condition": "service_started"},
    }


def test_a_node_that_no_device_answers_is_no_unhealthy_container() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    asked = SERVICES["outfall"]["healthcheck"]["test"]

    assert asked[-1].endswith("/health/live")
    assert json.dumps(asked[1:]) in dockerfile


def test_a_backup_has_a_place_beside_the_data_that_the_nodes_user_may_write() -> None:
    mounts = {volume["target"]: volume for volume in SERVICES["outfall"]["volumes"]}
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    data = re.search(r"OUTFALL_DATA=(\S+)", dockerfile)
    made = re.search(r"install --directory --owner outfall --group outfall --mode 0700 (.+) \\", dockerfile)
    said = re.findall(r"docker compose exec outfall (outfall backup .+)", COMPOSE_MD)

    assert data is not None
    assert made is not None
    assert mounts["/backup"].get("read_only", False) is False
    assert mounts["/backup"]["source"] != mounts[data[1]]["source"]
    # A new volume takes its owner from the folder of the image.
    assert {"/backup", data[1]} <= set(made[1].split())
    for command in said:
        options = _parser().parse_args(command.split()[1:])
        assert (str(options.folder), str(options.to)) == ("/plant", "/backup")
    assert said


@pytest.mark.parametrize(
    ("service", "program"), [("postgres", "pg_dump"), ("postgres", "pg_restore"), ("influxdb", "influx")]
)
def test_the_page_says_how_the_servers_are_backed_up_by_services_that_are_here(
    service: str, program: str
) -> None:
    found = re.findall(r"docker compose exec (?:-T )?(\S+) (\S+)", COMPOSE_MD)

    assert (service, program) in found
    assert {name for name, _ in found} <= set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
def test_volumes_are_declared_and_what_is_mounted_from_here_is_here(name: str, tmp_path: Path) -> None:
    prepare(tmp_path)
    for volume in SERVICES[name].get("volumes", []):
        if volume["type"] == "volume":
            assert volume["source"] in COMPOSE["volumes"]
        else:
            assert volume["read_only"]
            assert (ROOT / volume["source"]).exists() or (tmp_path / volume["source"]).exists()


@pytest.mark.parametrize("name", SERVICES)
def test_it_is_open_to_this_machine_only_and_bounded(name: str) -> None:
    its = SERVICES[name]
    limits = its["deploy"]["resources"]["limits"]

    assert all(port.startswith("127.0.0.1:") for port in its.get("ports", []))
    assert its["security_opt"] == ["no-new-privileges:true"]
    assert set(limits) == {"cpus", "memory"}
    assert its.get("network_mode") == "service:outfall" or its["networks"] == ["outfall"]


@pytest.mark.parametrize("name", [name for name in OURS if "entrypoint" not in SERVICES[name]])
def test_what_our_image_is_told_to_do_is_a_command_of_ours(name: str) -> None:
    options = _parser().parse_args([str(word) for word in SERVICES[name]["command"]])

    assert callable(options.run)


@pytest.mark.parametrize("name", OURS)
def test_our_image_writes_only_where_something_is_mounted(name: str) -> None:
    its = SERVICES[name]

    assert its["read_only"]
    assert its["tmpfs"] == ["/tmp"]
    assert its["cap_drop"] == ["ALL"]


def test_what_the_dashboards_write_and_grafana_reads_is_the_same_place() -> None:
    from dashboards.provisioning import BOARDS_AT, TOKEN

    mounts = {v["target"]: v["source"] for v in SERVICES["grafana"]["volumes"]}
    written = {v["target"]: v["source"] for v in SERVICES["dashboards"]["volumes"]}

    assert BOARDS_AT == "/etc/grafana/provisioning/outfall"
    assert mounts["/etc/grafana/provisioning"] == written["/provisioning"]
    assert TOKEN == "$__file{/run/outfall/influx-grafana.token}"
    assert mounts["/run/outfall"] == "tokens"


def test_every_package_of_the_wheel_reaches_the_builder() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    allowed = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line.startswith("!")
    }

    assert set(packages) <= allowed

import json
import subprocess
import sys

import yaml

from dashboards.description import Store
from dashboards.people import UID, PeopleStore
from dashboards.provisioning import files, source
from tests.dashboards.plants import view


def test_the_same_plant_gives_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from dashboards.provisioning import files; from dashboards.description import Store;"
        " from tests.dashboards.plants import view;"
        " print(hashlib.sha256(b''.join(files(view('demo'), Store()).values())).hexdigest())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=9,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert said[0] == said[1]


def test_the_token_is_read_from_a_file_and_stands_nowhere() -> None:
    made = files(view("demo"), Store())
    data_source = yaml.safe_load(made["datasources/outfall.yaml"])["datasources"][0]

    assert data_source["secureJsonData"] == {"token": "$__file{/run/outfall/influx-grafana.token}"}
    assert data_source["jsonData"]["version"] == "Flux"
    assert data_source["uid"] == "outfall-influxdb"
    assert "token" not in json.dumps(source(Store(), None))


def test_the_rosters_data_source_is_there_only_where_it_is_set_up() -> None:
    people = PeopleStore.at("postgresql://reader@postgres/outfall?sslmode=disable")
    without = yaml.safe_load(files(view("demo"), Store())["datasources/outfall.yaml"])["datasources"]
    made = files(view("demo"), Store(people=UID), people)
    [influx, roster] = yaml.safe_load(made["datasources/outfall.yaml"])["datasources"]

    assert without == [influx]
    assert roster["uid"] == "outfall-postgresql"
    assert (roster["url"], roster["user"], roster["editable"]) == ("postgres:5432", "reader", False)
    assert roster["jsonData"]["database"] == "outfall"
    assert roster["jsonData"]["sslmode"] == "disable"
    assert roster["secureJsonData"] == {"password": "$__file{/run/secrets/postgres_grafana_password}"}


def test_grafana_expands_nothing_else_in_the_data_source() -> None:
    store = Store(bucket="b$HOME", url="http://x/${PATH}")
    data_source = yaml.safe_load(files(view("tiny"), store)["datasources/outfall.yaml"])["datasources"][0]

    assert data_source["url"] == "http://x/$${PATH}"
    assert data_source["jsonData"]["defaultBucket"] == "b$$HOME"


def test_every_board_lies_where_the_provider_looks() -> None:
    made = files(view("demo"), Store())
    provider = yaml.safe_load(made["dashboards/outfall.yaml"])["providers"][0]
    boards = [json.loads(content) for name, content in made.items() if name.startswith("outfall/")]

    assert provider["options"]["path"].endswith("/outfall")
    assert provider["folder"] == "方诚一厂"
    assert sorted(board["uid"] for board in boards) == [
        "outfall-fangcheng1-aeration",
        "outfall-fangcheng1-analysers",
        "outfall-fangcheng1-compliance",
        "outfall-fangcheng1-wall",
    ]

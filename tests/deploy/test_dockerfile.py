"""The Dockerfile by the rules that linters have for it; tools/image_check.py replays its steps."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "Dockerfile").read_text("utf-8")


def _image_check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("image_check", ROOT / "tools" / "image_check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CHECK = _image_check()
STAGES: dict[str, list[tuple[str, str]]] = CHECK.stages_of(TEXT)


def test_the_base_image_is_pinned_and_the_same_in_both_stages() -> None:
    assert re.search(r"^ARG PYTHON_IMAGE=python:\d+\.\d+\.\d+-slim-\w+$", TEXT, re.MULTILINE)
    assert re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE) == ["${PYTHON_IMAGE}"] * 2


def test_what_runs_is_no_root_and_is_told_to_stop_as_the_node_wants() -> None:
    words = [word for word, _ in STAGES["run"]]
    run = dict(STAGES["run"])

    assert run["USER"] == "outfall"
    assert "RUN" not in words[words.index("USER") :]
    assert run["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(run["ENTRYPOINT"]) == ["outfall"]
    assert run["VOLUME"] == "/var/lib/outfall"


def test_nothing_is_fetched_that_is_not_locked_with_its_hash() -> None:
    steps = [rest for steps in STAGES.values() for word, rest in steps if word == "RUN"]
    installs = [
        part for step in steps for part in step.split(" && ") if "pip install" in part or "pip wheel" in part
    ]

    assert len(installs) == 4
    assert all("--require-hashes" in part or "--no-index" in part for part in installs)
    assert not [step for step in steps if re.search(r"\b(curl|wget|apt-get|sudo)\b", step)]
    assert "ADD" not in {word for steps in STAGES.values() for word, _ in steps}


def test_the_locked_requirements_of_the_image_have_the_database_and_no_tests() -> None:
    locked = (ROOT / "requirements" / "container.txt").read_text("utf-8")
    names = set(re.findall(r"^([a-z0-9-]+)==", locked, re.MULTILINE))
    runtime = (ROOT / "requirements" / "runtime.txt").read_text("utf-8")

    assert names >= set(re.findall(r"^([a-z0-9-]+)==", runtime, re.MULTILINE)) | {"psycopg", "psycopg-binary"}
    assert not names & {"pytest", "ruff", "mypy"}


def test_every_file_that_is_copied_reaches_the_builder() -> None:
    rules = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    for steps in STAGES.values():
        for word, rest in steps:
            if word == "COPY" and not rest.startswith("--from="):
                for source in rest.split()[:-1]:
                    assert source == "." or ((ROOT / source).is_file() and CHECK.reaches(source, rules))


@pytest.mark.parametrize(
    ("file", "reached"),
    [
        ("app/cli.py", True),
        ("web/static/app.css", True),
        ("tests/conftest.py", False),
        ("secrets/tls_key", False),
        (".env", False),
        ("plant/plant.yaml", False),
        ("app/__pycache__/cli.cpython-311.pyc", False),
        ("requirements/dev.txt", False),
    ],
)
def test_secrets_and_what_is_not_the_product_stay_out_of_the_image(file: str, reached: bool) -> None:
    rules = (ROOT / ".dockerignore").read_text("utf-8").splitlines()

    assert CHECK.reaches(file, rules) is reached

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOT_LAYERS = {"bench", "simulator", "tests"}


def test_every_top_level_package_stands_under_the_layer_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    contracts = settings["importlinter"]["contracts"]
    layered = {
        name.strip()
        for contract in contracts
        if contract["type"] == "layers"
        for layer in contract["layers"]
        for name in layer.split("|")
    }
    packages = {folder.parent.name for folder in ROOT.glob("*/__init__.py")}

    assert packages - NOT_LAYERS == layered
    assert packages == set(settings["importlinter"]["root_packages"])
    assert packages <= set(settings["mypy"]["packages"])
    assert packages - {"bench", "tests"} == set(settings["hatch"]["build"]["targets"]["wheel"]["packages"])


def test_packages_say_nothing_in_their_init() -> None:
    spoken = [
        str(path) for path in ROOT.glob("*/**/__init__.py") if ".venv" not in str(path) and path.read_text()
    ]

    assert spoken == []

"""`outfall dashboards`, as it is typed."""

import json
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from app.cli import main
from app.plant_view import view_of
from config.demo import DEMO_FOLDER
from config.read import read_folder
from dashboards.analysers import analysers
from dashboards.description import Store
from tests.dashboards.grafana import TOKEN, Grafana, served


def run(words: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(["dashboards", *words])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_build_writes_files_once_and_leaves_them_alone_after(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["build", str(DEMO_FOLDER), "--out", str(tmp_path / "out"), "--day", "2026-11-21"]

    first, again = run(words, capsys), run(words, capsys)

    written = sorted(str(f.relative_to(tmp_path / "out")) for f in tmp_path.rglob("*") if f.is_file())
    assert written == [
        "alerting/outfall.yaml",
        "dashboards/outfall.yaml",
        "datasources/outfall.yaml",
        "outfall/outfall-fangcheng1-aeration.json",
        "outfall/outfall-fangcheng1-analysers.json",
        "outfall/outfall-fangcheng1-compliance.json",
        "outfall/outfall-fangcheng1-wall.json",
        "plugins/outfall.yaml",
    ]
    assert first[1].count(": created") == 8
    assert again[1].count(": unchanged") == 8


def test_build_speaks_english_when_asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["build", str(DEMO_FOLDER), "--out", str(tmp_path), "--language", "en"], capsys)

    wall = json.loads((tmp_path / "outfall" / "outfall-fangcheng1-wall.json").read_text("utf-8"))
    assert wall["title"] == "Fangcheng Plant 1 · Wall"


def test_build_draws_the_limits_of_the_day_that_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walls = []
    for day in ("2026-07-01", "2026-11-21"):
        run(["build", str(DEMO_FOLDER), "--out", str(tmp_path), "--day", day], capsys)
        walls.append((tmp_path / "outfall" / "outfall-fangcheng1-wall.json").read_text("utf-8"))

    assert "内控 3.2 · 日限 4" in walls[0]
    assert "内控 4.8 · 日限 5" in walls[1], "5 (8) by the water, which no board knows, is the stricter"


def test_push_says_what_became_of_each_thing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    token = tmp_path / "token"
    token.write_text(f"{TOKEN}\n", "ascii")
    token.chmod(0o600)

    with served(Grafana()) as url:
        words = ["push", str(DEMO_FOLDER), "--url", url, "--token-file", str(token), "--folder", "我的厂"]
        code, out, err = run([*words, "--influx-token-file", str(token)], capsys)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "folder 我的厂: created",
        "data source Outfall InfluxDB: created",
        "dashboard 方诚一厂 · 大屏: created",
        "dashboard 方诚一厂 · 曝气: created",
        "dashboard 方诚一厂 · 达标: created",
        "dashboard 方诚一厂 · 在线监测仪: created",
    ]


def test_push_makes_the_rosters_data_source_too_where_it_is_told_of_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token, password = tmp_path / "token", tmp_path / "password"
    for file, content in ((token, TOKEN), (password, "geheim, mit Leerzeichen")):
        file.write_text(f"{content}\n", "utf-8")
        file.chmod(0o600)
    grafana = Grafana()

    with served(grafana) as url:
        words = ["push", str(DEMO_FOLDER), "--url", url, "--token-file", str(token)]
        words += ["--postgres-url", "postgresql://reader@db.example:5433/people"]
        code, out, _ = run([*words, "--postgres-password-file", str(password)], capsys)

    assert code == 0
    assert "data source Outfall PostgreSQL: created" in out.splitlines()
    assert grafana.tokens == ["geheim, mit Leerzeichen"]
    assert grafana.sources["outfall-postgresql"]["url"] == "db.example:5433"
    assert grafana.sources["outfall-postgresql"]["jsonData"]["sslmode"] == "require"
    assert "on_shift_turns" in json.dumps(grafana.boards["outfall-fangcheng1-wall"])


def test_a_password_without_an_address_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN, "ascii")
    token.chmod(0o600)

    code, _, err = run(
        [
            "push",
            str(DEMO_FOLDER),
            "--url",
            "http://127.0.0.1:1",
            "--token-file",
            str(token),
            "--postgres-password-file",
            str(token),
        ],
        capsys,
    )

    assert code == 2
    assert err == "--postgres-password-file needs --postgres-url: say whose password it is\n"


def test_a_grafana_that_is_not_there_is_a_failure_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_text("t", "ascii")
    token.chmod(0o600)

    code, out, err = run(
        ["push", str(DEMO_FOLDER), "--url", "http://127.0.0.1:1", "--token-file", str(token)], capsys
    )

    assert (code, out) == (1, "")
    assert err == (
        "outfall: http://127.0.0.1:1: no Grafana answers there; check --url, and that Grafana runs\n"
    )


@pytest.mark.parametrize("content", [b"", b"two words", "令牌".encode(), b"x" * 5000])
def test_a_file_without_a_token_is_a_mistake(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    token = tmp_path / "token"
    token.write_bytes(content)
    token.chmod(0o600)

    code, _, err = run(
        ["push", str(DEMO_FOLDER), "--url", "http://127.0.0.1:1", "--token-file", str(token)], capsys
    )

    assert code == 2
    assert err.startswith(f"{token}: holds no token: write it there as one line")


@pytest.mark.parametrize("option", ["--token-file", "--influx-token-file"])
def test_a_token_that_others_may_read_or_that_stands_in_the_plant_folder_is_refused(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plant = tmp_path / "plant"
    shutil.copytree(DEMO_FOLDER, plant)
    good, open_to_all, inside = tmp_path / "good", tmp_path / "open", plant / "token"
    for file in (good, open_to_all, inside):
        file.write_text(TOKEN, "ascii")
        file.chmod(0o644 if file == open_to_all else 0o600)
    words = ["push", str(plant), "--url", "http://127.0.0.1:1", "--token-file", str(good)]

    refused = [run([*words, option, str(file)], capsys) for file in (open_to_all, inside)]

    assert [code for code, _, _ in refused] == [2, 2]
    assert refused[0][2] == f"{open_to_all}: others may read or write the token: chmod 600 {open_to_all}\n"
    assert refused[1][2] == f"{inside}: the token stands in the plant folder: move it elsewhere\n"


def test_other_commands_do_not_load_the_grafana_client() -> None:
    code = (
        "import sys, app.cli; app.cli._parser();"
        " print('grafana_api' in sys.modules, 'requests' in sys.modules)"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=9, check=True)

    assert said.stdout == "False False\n"


def test_the_analysers_board_has_the_target_of_the_rules(tmp_path: Path) -> None:
    plant = tmp_path / "plant"
    shutil.copytree(DEMO_FOLDER, plant)
    rules = "rule_sets:\n  - valid_from: 2026-11-15\n    online_rate_target: 0.975\n"
    (plant / "rules.yaml").write_text(rules)
    folder = read_folder(plant)

    november, october = (
        json.dumps(analysers(view_of(folder, day, "en"), Store()))
        for day in (date(2026, 11, 1), date(2026, 10, 31))
    )

    assert "Uptime this month, against 97.5 %" in november
    assert "r.valid * 1000 < r.due * 975" in november
    assert "Uptime this month, against 95 %" in october
    assert "r.valid * 1000 < r.due * 950" in october

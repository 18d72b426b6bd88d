import stat
from pathlib import Path

import pytest

from history.influx.settings import InfluxSettings
from history.influx.setup import GRAFANA, NODE, TASK, TokenFiles, received_flux, set_up
from telemetry.errors import ConfigError, StoreError
from tests.collectors.modbus.devices import free_port
from tests.history.influx.management import OPERATOR, Management, management

PLANT = "fangcheng1"
NODES, GRAFANAS = f"{NODE} {PLANT}", f"{GRAFANA} {PLANT}"


def settings(url: str) -> InfluxSettings:
    return InfluxSettings(url=url, org="works", retention_days=400)


@pytest.fixture
def files(tmp_path: Path) -> TokenFiles:
    return TokenFiles(tmp_path / "tokens" / "node.token", tmp_path / "tokens" / "grafana.token")


def run(server: Management, files: TokenFiles, token: str = OPERATOR) -> list[str]:
    said: list[str] = []
    set_up(settings(server.url), PLANT, token, files, said.append)
    return said


def test_what_a_plant_needs_is_made_and_each_token_may_no_more_than_it_must(files: TokenFiles) -> None:
    with management() as server:
        said = run(server, files)

        assert [line.split(":")[0] for line in said if ": made" in line] == [
            "organisation works", "bucket outfall", "bucket outfall_figures",
            f"token {NODES}", f"token {GRAFANAS}", f"task {TASK}",
        ]  # fmt: skip
        kept = {bucket["name"]: bucket["retentionRules"] for bucket in server.buckets}
        assert kept["outfall"] == [{"type": "expire", "everySeconds": 400 * 86400}]
        assert kept["outfall_figures"] == []
        ids = {bucket["id"] for bucket in server.buckets}
        may = {
            made["description"]: {(one["action"], one["resource"]["id"]) for one in made["permissions"]}
            for made in server.authorizations
        }
        assert may == {NODES: {("write", id_) for id_ in ids}, GRAFANAS: {("read", id_) for id_ in ids}}
        assert [task["flux"] for task in server.tasks] == [received_flux(settings(server.url))]


def test_tokens_are_written_for_their_owner_alone_and_never_said(files: TokenFiles) -> None:
    with management() as server:
        said = run(server, files)

        assert files.node.read_text() == "secret-0\n"
        assert files.grafana.read_text() == "secret-1\n"
        assert {stat.S_IMODE(file.stat().st_mode) for file in (files.node, files.grafana)} == {0o600}
        assert stat.S_IMODE(files.node.parent.stat().st_mode) == 0o700
        assert not [line for line in said if "secret-" in line or OPERATOR in line]


def test_done_again_it_changes_nothing_and_says_that_all_was_there(files: TokenFiles) -> None:
    with management() as server:
        run(server, files)
        before = (list(server.buckets), list(server.authorizations), list(server.tasks))

        said = run(server, files)

        assert all("was there" in line for line in said)
        assert (server.buckets, server.authorizations, server.tasks) == before


def test_a_token_that_is_not_taken_any_more_and_a_task_of_old_are_made_anew(files: TokenFiles) -> None:
    with management() as server:
        run(server, files)
        server.authorizations = [made for made in server.authorizations if made["description"] != GRAFANAS]
        server.tasks[0]["flux"] = server.tasks[0]["flux"].replace("-25h", "-1h")

        said = run(server, files)

        assert [line.partition(",")[0] for line in said if "was there" not in line] == [
            f"token {GRAFANAS}: made",
            f"task {TASK}: brought up to date",
        ]
        assert server.tasks[0]["flux"].strip() == received_flux(settings(server.url)).strip()


def test_another_retention_is_left_as_it_is_and_said(files: TokenFiles) -> None:
    with management() as server:
        run(server, files)
        server.buckets[0]["retentionRules"] = [{"type": "expire", "everySeconds": 86400}]

        said = run(server, files)

        kept = "readings are kept 1 days, left as it is; plant.yaml says 400 days"
        assert f"bucket outfall: was there, {kept}" in said
        assert server.buckets[0]["retentionRules"][0]["everySeconds"] == 86400


def test_a_token_that_is_wrong_or_may_too_little_is_told_apart_and_never_shown(files: TokenFiles) -> None:
    with management() as server:
        with pytest.raises(StoreError, match="not known there, or may not do this") as wrong:
            run(server, files, "wrong-token")
        server.may_make_orgs = False
        with pytest.raises(StoreError, match=r"could not be made.*take an operator token"):
            run(server, files)

        assert "wrong-token" not in str(wrong.value)
        assert not files.node.exists()


def test_a_server_that_does_not_answer_is_said_with_what_to_do(files: TokenFiles) -> None:
    with pytest.raises(StoreError, match=r"it does not answer.*start it, or mend url"):
        set_up(settings(f"http://127.0.0.1:{free_port()}"), PLANT, OPERATOR, files, print)


def test_a_token_nobody_could_keep_is_taken_back(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    files = TokenFiles(tmp_path / "taken" / "node.token", tmp_path / "grafana.token")
    with management() as server:
        with pytest.raises(ConfigError, match="the token cannot be written"):
            run(server, files)

        assert server.authorizations == []


@pytest.mark.parametrize("status", [500, 503, 429, 408, 302])
def test_a_token_that_could_not_be_tried_is_left_alone_and_said_with_what_to_do(
    files: TokenFiles, status: int
) -> None:
    with management() as server:
        run(server, files)
        before = (files.node.read_text(), list(server.authorizations))
        server.troubled = status

        with pytest.raises(StoreError, match=rf"{NODES} in .*still works is not known.*run it again") as told:
            run(server, files)

        assert (files.node.read_text(), server.authorizations) == before
        assert "secret-" not in str(told.value)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_token_that_does_not_work_is_made_anew_and_the_former_one_of_this_plant_is_revoked(
    files: TokenFiles, status: int
) -> None:
    with management() as server:
        set_up(settings(server.url), "other", OPERATOR, TokenFiles(Path(f"{files.node}2"), files.node), print)
        run(server, files)
        server.troubled = status

        said = run(server, files)

        assert [line for line in said if "revoked" in line] == [
            f"token {NODES}: made, may write both buckets, in {files.node}; 1 former revoked",
            f"token {GRAFANAS}: made, may read both buckets, in {files.grafana}; 1 former revoked",
        ]
        assert sorted(made["description"] for made in server.authorizations) == [
            f"{GRAFANA} {PLANT}", f"{GRAFANA} other", f"{NODE} {PLANT}", f"{NODE} other",
        ]  # fmt: skip
        kept = {made["token"] for made in server.authorizations}
        assert {files.node.read_text().strip(), files.grafana.read_text().strip()} <= kept


def test_the_former_token_lives_on_where_the_new_one_cannot_be_kept(files: TokenFiles) -> None:
    with management() as server:
        run(server, files)
        server.authorizations[0]["token"] = "changed"
        before = list(server.authorizations)
        files.node.unlink()
        files.node.mkdir()

        with pytest.raises(ConfigError, match="the token cannot be written"):
            run(server, files)

        assert server.authorizations == before


def test_an_organisation_is_named_in_the_task_as_flux_reads_it() -> None:
    named = InfluxSettings(url="http://127.0.0.1:1", org='a$b ${c} "d" \\e')

    assert 'org: "a$b \\${c} \\"d\\" \\\\e")' in received_flux(named)

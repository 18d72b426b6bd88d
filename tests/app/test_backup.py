"""Backups of a node's data, and what a restore makes of them or refuses."""

import asyncio
import fcntl
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.backup import Backups
from app.build import Stores
from app.data import DataFolder
from app.manifest import HASH_NAME, encoded, read_manifest
from app.restore import check_backup, restored
from telemetry.errors import OutfallError, StoreError
from tests.app.kept import PLANT, TAGS, node_data, reopened

AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
NAME = "fangcheng1-20261121T020000Z"
LIMITED = """
import asyncio, resource, sys
from datetime import UTC, datetime
from pathlib import Path
from app.backup import Backups
from app.data import DataFolder
from history.embedded import EmbeddedHistory
from telemetry.errors import StoreError
data = DataFolder(Path(sys.argv[1]))
history = EmbeddedHistory.open(data.readings)
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
try:
    asyncio.run(Backups(data, "fangcheng1", "node1", history).take(Path(sys.argv[2]), datetime.now(UTC)))
except StoreError as error:
    print(error)
"""


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[tuple[DataFolder, Stores]]:
    with node_data(tmp_path / "data") as opened:
        yield opened


@pytest.fixture
def to(tmp_path: Path) -> Path:
    folder = tmp_path / "backups"
    folder.mkdir()
    return folder


@pytest.fixture
def backups(kept: tuple[DataFolder, Stores]) -> Backups:
    data, stores = kept
    return Backups(data, PLANT.plant.id, PLANT.node, stores.history)


def appeared(folder: Path) -> None:
    while not left(folder):
        time.sleep(0.0001)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


async def everything(stores: Stores) -> tuple[object, ...]:
    history = stores.history
    samples = [await history.samples(tag, -(10**18), 10**18, 1_000_000) for tag in TAGS]
    columns = [(each.series, each.times_us, each.values, each.quality) for each in samples]
    journal = stores.journal.page(before=None, limit=100)
    accounts = list(stores.accounts.list())
    return (
        [[column.tobytes() for column in each] for each in columns],
        history.last_number,
        repr(journal),
        stores.journal.verify(),
        stores.journal.progress(),
        accounts,
    )


async def test_what_was_backed_up_is_the_same_restored_elsewhere(
    backups: Backups, kept: tuple[DataFolder, Stores], to: Path, tmp_path: Path
) -> None:
    made = await backups.take(to, AT)
    before = await everything(kept[1])
    restored(made.path, tmp_path / "elsewhere")

    with reopened(tmp_path / "elsewhere") as stores:
        after = await everything(stores)
    assert made.path == to / NAME
    assert after == before
    assert left(to) == [NAME]
    assert "backup.partial" not in left(kept[0].path)
    assert check_backup(made.path) == made.manifest
    assert (tmp_path / "elsewhere" / "simulator.json").read_text() == "{}"


async def test_reports_that_were_made_are_in_it_and_those_being_made_are_not(
    backups: Backups, kept: tuple[DataFolder, Stores], to: Path, tmp_path: Path
) -> None:
    report = kept[0].reports / "2026-10-5f0c2ad91b7e"
    for folder in (report, kept[0].reports / ".partial-1"):
        folder.mkdir(parents=True)
        (folder / "report.zh.pdf").write_bytes(b"%PDF-1.7 October")

    made = await backups.take(to, AT)
    restored(made.path, tmp_path / "elsewhere")

    found = sorted(path.name for path in (tmp_path / "elsewhere" / "reports").iterdir())
    assert found == [report.name]
    assert (
        tmp_path / "elsewhere/reports" / report.name / "report.zh.pdf"
    ).read_bytes() == b"%PDF-1.7 October"
    assert check_backup(made.path) == made.manifest


async def test_a_backup_is_its_owners_alone(backups: Backups, to: Path) -> None:
    made = await backups.take(to, AT)

    modes = {stat.S_IMODE(path.stat().st_mode): path.is_dir() for path in (made.path, *made.path.rglob("*"))}
    assert modes == {0o700: True, 0o600: False}


async def test_who_can_check_it_needs_no_outfall(backups: Backups, to: Path) -> None:
    made = await backups.take(to, AT)

    checked = await asyncio.to_thread(
        subprocess.run, ["sha256sum", "-c", HASH_NAME], cwd=made.path, capture_output=True, check=False
    )
    assert checked.returncode == 0


async def test_every_file_that_is_changed_cut_or_gone_is_named(
    backups: Backups, to: Path, tmp_path: Path
) -> None:
    whole = (await backups.take(to, AT)).path
    files = sorted(path.relative_to(whole) for path in whole.rglob("*") if path.is_file())
    assert len(files) > 15
    for number, file in enumerate(files):
        for harm in (flip, cut, os.unlink):
            broken = tmp_path / f"broken{number}{harm.__name__}"
            shutil.copytree(whole, broken)
            harm(broken / file)
            for look in (check_backup, lambda backup: restored(backup, tmp_path / "elsewhere")):
                with pytest.raises(StoreError) as refused:
                    look(broken)
                named = str(refused.value).split(":")[0]
                # The manifest and its hash stand for each other.
                assert Path(named).name == file.name or ("manifest" in named and "manifest" in file.name)
    assert not (tmp_path / "elsewhere").exists()
    assert not (tmp_path / "elsewhere.restore.partial").exists()


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0x10
    file.write_bytes(content)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 99}, "format 99 is not known here: it was written by a newer Outfall"),
        ({"schemas": {"history": 99, "node": "", "people": None}}, "version 99, this Outfall knows"),
        ({"files": [{"path": "../escape", "bytes": 1, "sha256": ""}]}, "is not understood"),
    ],
)
async def test_a_manifest_that_is_not_ours_to_read_is_refused(
    backups: Backups, to: Path, tmp_path: Path, change: dict[str, object], words: str
) -> None:
    made = await backups.take(to, AT)
    content = json.dumps(json.loads(encoded(made.manifest)[0]) | change).encode()
    (made.path / "manifest.json").write_bytes(content)
    (made.path / HASH_NAME).write_text(f"{hashlib.sha256(content).hexdigest()}  manifest.json\n")

    with pytest.raises(StoreError, match=words):
        restored(made.path, tmp_path / "elsewhere")
    assert not (tmp_path / "elsewhere").exists()


async def test_a_backup_that_was_not_finished_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"{NAME}.partial").mkdir()

    with pytest.raises(StoreError, match="was not finished"):
        read_manifest(tmp_path / f"{NAME}.partial")


async def test_a_folder_with_anything_in_it_is_not_restored_into(
    backups: Backups, to: Path, tmp_path: Path
) -> None:
    made = await backups.take(to, AT)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "node.sqlite").write_text("mine")
    (tmp_path / "empty").mkdir()

    with pytest.raises(OutfallError, match="is not empty; name another with --data"):
        restored(made.path, tmp_path / "taken")
    restored(made.path, tmp_path / "empty")

    assert left(tmp_path / "taken") == ["node.sqlite"]
    assert left(tmp_path / "empty") == [
        "months",
        "node.sqlite",
        "people.sqlite",
        "photos",
        "readings.duckdb",
        "simulator.json",
    ]


async def test_a_data_folder_that_is_a_disk_of_its_own_is_filled(
    backups: Backups, to: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = await backups.take(to, AT)
    (tmp_path / "disk" / "lost+found").mkdir(parents=True)
    monkeypatch.setattr(Path, "is_mount", lambda path: path.name == "disk")

    restored(made.path, tmp_path / "disk")

    assert left(tmp_path / "disk") == [
        "lost+found",
        "months",
        "node.sqlite",
        "people.sqlite",
        "photos",
        "readings.duckdb",
        "simulator.json",
    ]


async def test_a_target_that_cannot_be_is_refused_with_a_mend(
    backups: Backups, kept: tuple[DataFolder, Stores], to: Path, tmp_path: Path
) -> None:
    (to / NAME).mkdir()
    for target, words in (
        (kept[0].path, "lies in the data folder itself"),
        (kept[0].path / "months", "lies in the data folder itself"),
        (tmp_path / "not-mounted", "is no folder; make it, or mount its disk"),
        (to, "is there already; take another in a second"),
    ):
        with pytest.raises(OutfallError, match=words):
            await backups.take(target, AT)
    assert left(to / NAME) == []


@pytest.mark.not_as_root
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
async def test_a_target_that_may_not_be_written_is_refused(backups: Backups, to: Path) -> None:
    os.chmod(to, 0o500)
    with pytest.raises(OutfallError, match="may not write there"):
        await backups.take(to, AT)


async def test_what_a_killed_backup_left_is_removed_but_not_what_another_is_at(
    backups: Backups, to: Path
) -> None:
    killed, running = to / "fangcheng1-20261120T020000Z.partial", to / "fangcheng1-20261120T030000Z.partial"
    for folder in (killed, running):
        folder.mkdir()
        (folder / "node.sqlite").write_text("")
    descriptor = os.open(running, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)

    await backups.take(to, AT)

    os.close(descriptor)
    assert left(to) == [running.name, NAME]


async def test_a_second_backup_at_once_is_refused(backups: Backups, to: Path) -> None:
    first = asyncio.create_task(backups.take(to, AT))
    await asyncio.sleep(0)

    with pytest.raises(OutfallError, match="another backup of this node is being taken"):
        await backups.take(to, AT)
    await first


async def test_a_backup_that_is_given_up_leaves_nothing(
    backups: Backups, kept: tuple[DataFolder, Stores], to: Path
) -> None:
    taking = asyncio.create_task(backups.take(to, AT))
    await asyncio.to_thread(appeared, to)
    taking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await taking
    assert left(to) == []
    assert "backup.partial" not in left(kept[0].path)


async def test_a_damaged_month_file_stops_the_backup(
    backups: Backups, kept: tuple[DataFolder, Stores], to: Path
) -> None:
    month = next((kept[0].path / "months").iterdir())
    flip(month)

    with pytest.raises(StoreError, match=rf"{month.name}: is not as it was written, so no backup was taken"):
        await backups.take(to, AT)
    assert left(to) == []


async def test_a_target_without_enough_room_is_refused_before_the_history_is_copied(
    backups: Backups, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.statvfs

    def nearly_full(path: object) -> object:
        disk = real(path)  # type: ignore[arg-type]
        return os.statvfs_result((*disk[:4], 1, *disk[5:])) if str(to) in str(path) else disk

    monkeypatch.setattr(os, "statvfs", nearly_full)
    with pytest.raises(
        StoreError, match=r"the backup wants \d+ MB, 0 are left on that disk; free space there"
    ):
        await backups.take(to, AT)
    assert left(to) == []


def test_a_disk_that_fills_up_meanwhile_leaves_nothing(to: Path, tmp_path: Path) -> None:
    with node_data(tmp_path / "data"):
        pass

    done = subprocess.run(
        [sys.executable, "-c", LIMITED, tmp_path / "data", to], capture_output=True, text=True, check=True
    )
    assert str(to) in done.stdout
    assert left(to) == []


async def test_accounts_in_postgresql_are_left_to_pg_dump(
    backups: Backups, to: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OUTFALL_PEOPLE_URL", "postgresql+psycopg://outfall@db/outfall")

    made = await backups.take(to, AT)
    restored(made.path, tmp_path / "elsewhere")

    assert "pg_dump" in made.words[1]
    assert "people.sqlite" not in left(made.path) + left(tmp_path / "elsewhere")


def photos_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("photos/*/*.jpg")}


async def test_the_logs_photos_are_in_it_and_come_back(
    backups: Backups, kept: tuple[DataFolder, Stores], to: Path, tmp_path: Path
) -> None:
    made = await backups.take(to, AT)
    restored(made.path, tmp_path / "elsewhere")

    assert len(photos_in(kept[0].path)) == 1
    assert photos_in(tmp_path / "elsewhere") == photos_in(made.path) == photos_in(kept[0].path)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "elsewhere" / "photos").rglob("*")}
    assert modes == {0o700, 0o600}


async def test_a_photo_that_is_not_as_it_was_written_is_not_backed_up(
    backups: Backups, kept: tuple[DataFolder, Stores], to: Path
) -> None:
    [photo] = kept[0].path.glob("photos/*/*.jpg")
    photo.write_bytes(b"another")

    with pytest.raises(StoreError, match="put it back from an earlier backup's photos/"):
        await backups.take(to, AT)
    assert left(to) == []


async def test_a_backup_without_a_photo_that_the_log_names_is_refused(
    backups: Backups, kept: tuple[DataFolder, Stores], to: Path, tmp_path: Path
) -> None:
    [photo] = kept[0].path.glob("photos/*/*.jpg")
    photo.unlink()
    made = await backups.take(to, AT)

    with pytest.raises(StoreError, match="is not there, but the log names it"):
        restored(made.path, tmp_path / "elsewhere")


async def test_a_backup_of_before_there_were_photos_is_restored(
    backups: Backups, to: Path, tmp_path: Path, kept: tuple[DataFolder, Stores]
) -> None:
    made = await backups.take(to, AT)
    content = encoded(made.manifest.model_copy(update={"format": 1}))
    (made.path / "manifest.json").write_bytes(content[0])
    (made.path / HASH_NAME).write_bytes(content[1])

    assert restored(made.path, tmp_path / "elsewhere").format == 1

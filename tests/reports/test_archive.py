"""The archive: what was made stays as it was made, and what was not finished is not there."""

from dataclasses import replace
from pathlib import Path

import pytest

from reports.archive import ABOUT, MOST_OF_A_MONTH, About, Archive, FileOf, report_id
from reports.inputs import sha256
from telemetry.errors import Conflict, NotFound, StoreError

CONTENT = b'{"report": 1}'


def about(number: int, month: str = "2026-10", *, provisional: bool = False) -> About:
    return About(
        id=report_id(month, f"{number:064x}"[::-1]), plant="small", month=month, made_us=number,
        through_us=number, provisional=provisional, by=None, by_id=None, version="0.1.0",
        inputs_sha256="ab" * 32, ledger_head=None, journal_head=None, lacking="",
        files={"report.json": FileOf(sha256(CONTENT), len(CONTENT))},
    )  # fmt: skip


def kept(archive: Archive, which: About) -> None:
    with archive.partial() as folder:
        (folder / "report.json").write_bytes(CONTENT)
        archive.keep(folder, which)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "reports")


def test_the_newest_month_comes_first_and_of_a_month_the_newest_report(archive: Archive) -> None:
    made = [about(1), about(5, "2026-09"), about(3)]
    for one in made:
        kept(archive, one)

    assert [one.made_us for one in archive.listed()] == [3, 1, 5]
    assert archive.about(made[0].id) == made[0]
    assert archive.file(made[0].id, "json", "zh") == ("report.json", CONTENT)


def test_an_archive_that_is_not_there_yet_has_nothing(archive: Archive) -> None:
    assert archive.listed() == []


@pytest.mark.parametrize("report", ["../node", "2026-10-", "2026-13-000000000000", "", "a" * 400])
def test_an_id_is_never_taken_for_a_path(archive: Archive, report: str) -> None:
    with pytest.raises(NotFound):
        archive.file(report, "json", "zh")


def test_a_changed_file_and_a_lost_one_are_refused(archive: Archive, tmp_path: Path) -> None:
    kept(archive, about(1))
    file = archive.path(about(1).id, "json", "zh")

    file.write_bytes(CONTENT + b" ")
    with pytest.raises(StoreError, match="was changed"):
        archive.file(about(1).id, "json", "zh")
    file.unlink()
    with pytest.raises(StoreError, match="from a backup"):
        archive.file(about(1).id, "json", "zh")


def test_a_file_that_no_report_told_of_is_refused(archive: Archive) -> None:
    kept(archive, about(1))
    archive.path(about(1).id, "pdf", "zh").write_bytes(b"%PDF")

    with pytest.raises(StoreError, match="was changed"):
        archive.file(about(1).id, "pdf", "zh")


def test_what_was_not_finished_is_gone_with_the_next_one(archive: Archive, tmp_path: Path) -> None:
    left = tmp_path / "reports" / ".partial-killed"
    left.mkdir(parents=True)
    (left / "report.json").write_bytes(CONTENT)

    with pytest.raises(ValueError, match="broken"), archive.partial():
        raise ValueError("broken")

    assert list((tmp_path / "reports").iterdir()) == []


def test_of_a_month_in_course_the_newest_ten_are_kept_and_of_others_all(archive: Archive) -> None:
    for number in range(1, 14):
        kept(archive, about(number, provisional=True))
        kept(archive, about(number + 100, "2026-09"))

    found = archive.listed()

    assert [one.made_us for one in found if one.provisional] == list(range(13, 3, -1))
    assert sum(not one.provisional for one in found) == 13


def test_a_month_has_a_bounded_number_of_reports_and_none_is_removed(archive: Archive) -> None:
    for number in range(1, MOST_OF_A_MONTH + 1):
        archive.check_room("2026-10")
        kept(archive, about(number))

    with pytest.raises(Conflict, match="one of them will do"):
        archive.check_room("2026-10")
    archive.check_room("2026-09")
    assert len(archive.listed()) == MOST_OF_A_MONTH


@pytest.mark.parametrize("text", [b"{}", b"", b"\xff\x00", b"[" * 100_000])
def test_an_unreadable_description_hides_its_own_report_only(
    archive: Archive, tmp_path: Path, text: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    kept(archive, about(1))
    kept(archive, about(2))
    (tmp_path / "reports" / about(1).id / ABOUT).write_bytes(text)

    kept(archive, about(3))

    assert [one.made_us for one in archive.listed()] == [3, 2]
    assert archive.file(about(2).id, "json", "zh") == ("report.json", CONTENT)
    with pytest.raises(StoreError, match="put it back from a backup"):
        archive.file(about(1).id, "json", "zh")
    assert len([line for line in caplog.records if about(1).id in line.message]) == 1


def test_making_the_same_report_again_keeps_the_first(archive: Archive) -> None:
    kept(archive, about(1))
    kept(archive, replace(about(1), by="王磊"))

    assert [one.by for one in archive.listed()] == [None]

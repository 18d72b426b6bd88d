"""What a node keeps, looked through from end to end: `outfall verify`."""

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from alarms.journal import JournalRepository
from app import manifest
from app.copying import Look, go_on, hashed, in_thread
from app.data import DataFolder
from app.manifest import photo_of
from app.photos_named import photos_named
from history.embedded import EmbeddedHistory
from history.integrity import Finding, months_listed, rows_wrong, tables_wrong
from history.month_standing import hash_wrong
from history.segments import FOLDER, Segment
from operations.ledger_check import LedgerDamaged, looked_through
from storage import copies
from storage.engine import is_sqlite, open_engine, sqlite_url
from telemetry.errors import NotFound, StoreError

_MOST_FILES: Final = 20
_REPORT: Final = "report.json"
_RESTORE: Final = "restore a backup: outfall restore BACKUP --data DIR"
_RECORDS: Final = f"{_RESTORE}; and find out who wrote to the people's store"
_JOURNAL: Final = f"{_RESTORE}; and find out who wrote to the data folder"


async def verified(data: DataFolder, history: EmbeddedHistory) -> list[Finding]:
    """Look through an open node's data, and return what was found of each part."""
    stores = [
        await in_thread(lambda _: _store(data.node)),
        await in_thread(lambda _: _journal(data.node, history)),
        await in_thread(lambda _: _accounts(data)),
        await in_thread(lambda _: _ledger(data)),
        *await in_thread(partial(_photos, data)),
        *await in_thread(partial(_reports, data)),
    ]
    try:
        tables = await tables_wrong(history)
    except StoreError as error:
        tables = Finding("readings.duckdb", "", str(error))
    return [*stores, _mended(tables, _RESTORE), *await _months(data, history)]


def unopened(data: DataFolder, error: StoreError) -> list[Finding]:
    """Return what can be said of data whose history cannot be opened."""
    return [
        _store(data.node),
        _journal(data.node),
        _accounts(data),
        _ledger(data),
        *_photos(data),
        *_reports(data),
        Finding("readings.duckdb", "", str(error)),
    ]


async def _months(data: DataFolder, history: EmbeddedHistory) -> list[Finding]:
    folder, wrong = data.path / FOLDER, []
    with history.month_files_kept():
        try:
            listed = await months_listed(history)
        except StoreError as error:
            return [Finding(f"{FOLDER}/", "", str(error))]
        for segment in listed:
            mend = f"put it back from a backup's {FOLDER}/ (SHA-256 {segment.sha256}), or {_RESTORE}"
            found = await in_thread(partial(hash_wrong, folder, segment))
            if found is None:
                mend = f"it was written so, which should not be: report it, and {_RESTORE}"
                found = await _rows(history, segment)
            if found is not None:
                wrong.append(Finding(f"{FOLDER}/{segment.file}", f"{segment.rows} rows", f"{found}; {mend}"))
    count = f"{len(listed)} files, {sum(item.rows for item in listed)} rows"
    summary = Finding(f"{FOLDER}/", count, f"{len(wrong)} files are damaged" if wrong else None)
    return [summary, *wrong[:_MOST_FILES]]


async def _rows(history: EmbeddedHistory, segment: Segment) -> str | None:
    try:
        return await rows_wrong(history, segment)
    except StoreError as error:
        return str(error)


def _photos(data: DataFolder, look: Look = go_on) -> list[Finding]:
    """Look whether each photo is as it was written, and whether those are there that the log names."""
    folder = data.path / manifest.PHOTOS
    held = {f"{manifest.PHOTOS}/{file.parent.name}/{file.name}" for file in folder.glob("??/*.jpg")}
    wrong: dict[str, str] = {}
    for path in sorted(held):
        try:
            if hashed(data.path / path, look)[0] != photo_of(path):
                wrong[path] = "is not as it was written"
        except OSError as error:
            wrong[path] = str(error.strerror)
    if make_url(data.people_url).get_backend_name() == "sqlite":
        try:
            wrong |= {path: "is not there" for path in photos_named(data.people) if path not in held}
        except StoreError as error:
            wrong[manifest.PEOPLE] = str(error)
    if not held and not wrong:
        return []
    mend = f"put it back from a backup's {manifest.PHOTOS}/, or {_RESTORE}"
    summary = f"{len(wrong)} photos are damaged" if wrong else None
    damaged = [Finding(path, "", f"{what}; {mend}") for path, what in sorted(wrong.items())]
    return [Finding(f"{manifest.PHOTOS}/", f"{len(held)} photos", summary), *damaged[:_MOST_FILES]]


def _reports(data: DataFolder, look: Look = go_on) -> list[Finding]:
    """Look whether each report's files are as they were written, and bear the name of what they hold."""
    from reports.archive import ABOUT, Archive, report_id

    folders = sorted(path for path in data.reports.glob("20*") if path.is_dir())
    archive, wrong = Archive(data.reports), dict[str, str]()
    for folder in folders:
        name = f"{manifest.REPORTS}/{folder.name}"
        try:
            about = archive.about(folder.name)
        except (NotFound, StoreError) as error:
            wrong[name] = str(error)
            continue
        told = about.files.get(_REPORT)
        if about.id != folder.name or told is None or report_id(about.month, told.sha256) != folder.name:
            wrong[f"{name}/{ABOUT}"] = "is not of the report beside it"
        for file, kept in sorted(about.files.items()):
            try:
                if hashed(folder / file, look)[0] != kept.sha256:
                    wrong[f"{name}/{file}"] = "is not as it was written"
            except OSError as error:
                wrong[f"{name}/{file}"] = str(error.strerror)
    if not folders:
        return []
    mend = f"put it back from a backup's {manifest.REPORTS}/, or {_RESTORE}"
    summary = f"{len(wrong)} of their files are damaged" if wrong else None
    damaged = [Finding(path, "", f"{what}; {mend}") for path, what in sorted(wrong.items())]
    return [Finding(f"{manifest.REPORTS}/", f"{len(folders)} reports", summary), *damaged[:_MOST_FILES]]


def _store(file: Path) -> Finding:
    return _looked(file.name, _RESTORE, lambda: _tables_of(file))


def _tables_of(file: Path) -> tuple[str, str | None]:
    found = copies.mistakes(file)
    return f"{sum(copies.rows_of(file).values())} rows", found[0] if found else None


def _journal(file: Path, history: EmbeddedHistory | None = None) -> Finding:
    return _looked("alarm journal", _JOURNAL, lambda: _chain_of(file, history))


def _chain_of(file: Path, history: EmbeddedHistory | None) -> tuple[str, str | None]:
    if not file.exists():
        raise StoreError("is not there")
    engine = open_engine(sqlite_url(file))
    try:
        journal = JournalRepository(engine, plant="", node="")
        # What was judged was committed before, so its number is read first.
        progress = journal.progress()
        chain = journal.verify()
    finally:
        engine.dispose()
    through = progress.evaluated_through if progress else 0
    if history is not None and through > history.last_number:
        wrong = f"judged through batch {through}, but the history ends with {history.last_number}"
        return f"{chain.records} records", wrong
    return f"{chain.records} records", None


def _accounts(data: DataFolder) -> Finding:
    if make_url(data.people_url).get_backend_name() == "sqlite":
        return _store(data.people)
    return Finding("accounts", "in PostgreSQL, not looked at")


def _ledger(data: DataFolder) -> Finding:
    """Look whether the records of people's work are as they were written, wherever they stand."""
    if is_sqlite(data.people_url) and not data.people.exists():
        return Finding("ledger", "", f"{data.people.name} is not there; {_RESTORE}")
    engine = open_engine(data.people_url, pooled=False)
    try:
        heads = looked_through(engine)
    except LedgerDamaged as error:
        return _mended(Finding("ledger", "", str(error)), _RECORDS)
    except StoreError as error:
        return Finding("ledger", "", f"cannot be looked at: {error}")
    finally:
        engine.dispose()
    told = (f"{node} to record {head.records} ({head.short})" for node, head in sorted(heads.items()))
    return Finding("ledger", ", ".join(told))


def _looked(part: str, mend: str, look: Callable[[], tuple[str, str | None]]) -> Finding:
    try:
        found, wrong = look()
    except StoreError as error:
        found, wrong = "", str(error)
    return _mended(Finding(part, found, wrong), mend)


def _mended(finding: Finding, mend: str) -> Finding:
    """Return a finding that says what to do, once."""
    wrong = finding.wrong
    if wrong is None or wrong.endswith(mend):
        return finding
    return Finding(finding.part, finding.found, f"{wrong.removesuffix('; restore a backup')}; {mend}")


def table_of(findings: Iterable[Finding]) -> Iterable[str]:
    """Yield a line for each part, and below them one for each that is wrong."""
    listed = list(findings)
    part = max((len(item.part) for item in listed), default=0)
    found = max((len(item.found) for item in listed), default=0)
    for item in listed:
        yield f"{item.part:{part}}  {item.found:{found}}  {'DAMAGED' if item.wrong else 'as written'}"
    for item in listed:
        if item.wrong:
            yield f"{item.part}: {item.wrong}"

"""The data folder: who may hold it, and what is said when it cannot be held."""

import os
from pathlib import Path

import pytest

from app.data import DataFolder
from telemetry.errors import StoreError


def test_the_lock_names_its_process(tmp_path: Path) -> None:
    with DataFolder(tmp_path).held():
        assert (tmp_path / "node.lock").read_text() == f"{os.getpid()}\n"


def test_a_folder_is_held_by_one_node_alone(tmp_path: Path) -> None:
    with DataFolder(tmp_path).held():
        with pytest.raises(StoreError, match=rf"another node \(process {os.getpid()}\)"):
            with DataFolder(tmp_path).held():
                pass


def test_a_full_disk_is_said_with_a_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", refuse)

    with pytest.raises(StoreError, match="No space left on device; free space"):
        with DataFolder(tmp_path).held():
            pass

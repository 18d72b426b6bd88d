import subprocess
import sys
from pathlib import Path

import pytest

from app.data import DataFolder
from telemetry.errors import StoreError

HOLDING = """
import sys
from pathlib import Path
from app.data import DataFolder
with DataFolder(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_node_is_told_which_process_has_the_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=rf"another node \(process {other.pid}\) runs"):
            DataFolder(tmp_path).held().__enter__()
        other.communicate()

    with DataFolder(tmp_path).held():
        assert (tmp_path / "node.lock").read_text().strip().isdigit()


def test_a_folder_that_cannot_be_written_is_refused_with_a_mend(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder" / "node.lock").mkdir(parents=True)

    with pytest.raises(StoreError, match=r"cannot be used as data folder: .*--data"):
        DataFolder(tmp_path / "file" / "data").held().__enter__()
    with pytest.raises(StoreError, match=r"cannot be written: .*--data"):
        DataFolder(tmp_path / "folder").held().__enter__()

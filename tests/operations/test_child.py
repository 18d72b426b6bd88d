"""What a child process may take, and what is heard of one that ended."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from operations.child import ChildEnded, answer_of

_BOUNDED = "from operations.child import stand_back\nstand_back({})\n"


@pytest.fixture
def says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], object]:
    """Return what writes the module `said`, which a child then runs."""
    kept = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    monkeypatch.setenv("PYTHONPATH", kept)
    return (tmp_path / "said.py").write_text


async def test_a_child_answers_its_order(says: Callable[[str], object]) -> None:
    says("import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read()[::-1])\n")

    assert await answer_of("said", b"\0abc" * 100_000, 30) == b"cba\0" * 100_000


async def test_a_child_that_fails_leaves_its_last_words(says: Callable[[str], object]) -> None:
    says("import sys\nsys.exit('no figures')\n")

    with pytest.raises(ChildEnded) as ended:
        await answer_of("said", b"", 30)

    assert (ended.value.code, ended.value.words) == (1, "no figures")


async def test_a_child_has_no_more_memory_than_it_was_given(says: Callable[[str], object]) -> None:
    says(_BOUNDED.format(256 * 1024 * 1024) + "bytearray(512 * 1024 * 1024)\n")

    with pytest.raises(ChildEnded) as ended:
        await answer_of("said", b"", 30)

    assert ended.value.words.splitlines()[-1] == "MemoryError"


async def test_a_child_works_no_longer_than_it_was_given(says: Callable[[str], object]) -> None:
    says(_BOUNDED.format("None, 1") + "while True: pass\n")

    with pytest.raises(ChildEnded) as ended:
        await answer_of("said", b"", 30)

    assert ended.value.code < 0


async def test_a_child_that_does_not_answer_is_ended(says: Callable[[str], object], tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    says(f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(60)\n")

    with pytest.raises(TimeoutError):
        await answer_of("said", b"", 2)

    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)

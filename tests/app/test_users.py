import subprocess
import sys
from pathlib import Path

import pytest

import config

PLANT = Path(config.__file__).parent / "demo"
OUTFALL = [sys.executable, "-c", "from app.cli import main; main()"]


@pytest.mark.parametrize(
    ("role", "password", "code", "said"),
    [
        ("emperor", "long enough it is", 2, "role 'emperor' does not exist; take one of:"),
        ("operator", "short", 1, "a password has at least"),
    ],
)
def test_an_account_that_cannot_be_is_refused(
    tmp_path: Path, role: str, password: str, code: int, said: str
) -> None:
    words = ["user", "add", str(PLANT), "li", "--role", role, "--data", str(tmp_path)]

    done = subprocess.run([*OUTFALL, *words], input=password, capture_output=True, text=True, check=False)

    assert (done.returncode, said in done.stderr) == (code, True), done.stderr

"""What deploy/prepare.py makes in a folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def prepare(folder: Path) -> str:
    """Run it as people do; return what it says."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl: apt-get install openssl")
    done = subprocess.run(
        [sys.executable, "-I", str(ROOT / "deploy" / "prepare.py"), str(folder)],
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    return done.stdout

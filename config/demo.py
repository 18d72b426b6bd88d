"""Where the demo plant's folder stands."""

from pathlib import Path
from typing import Final

DEMO_FOLDER: Final = Path(__file__).with_name("demo")

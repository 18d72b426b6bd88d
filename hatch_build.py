"""Compile the message catalogues when the project is built or installed for development."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]
    """Write a .mo beside each .po; the compiled files travel in the wheel, not in git."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile every catalogue below web/locale and name it as an artifact."""
        for po in sorted(Path(self.root, "web", "locale").glob("*/LC_MESSAGES/*.po")):
            with po.open("rb") as source:
                catalogue = read_po(source, locale=po.parts[-3])
            mo = po.with_suffix(".mo")
            with mo.open("wb") as target:
                write_mo(target, catalogue)
            build_data["artifacts"].append(str(mo.relative_to(self.root)))

"""Cut the reports' fonts out of Noto Sans CJK SC: `python tools/report_fonts.py [FOLDER]`.

    OutfallSansSC-Regular.otf   Latin, Greek, symbols, all 20,992 unified hanzi (names have rare ones)
    OutfallSansSC-Bold.otf      the same, but of hanzi only those of GB 2312: headings
    coverage.json               the code points of each, as ranges: what a report cannot show is told

Needs fontTools and Debian's fonts-noto-cjk. The fonts are renamed, as their licence (OFL.txt) asks of
changed ones. Digits of Noto Sans are all of one width, so figures stand below each other.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY: Final = "Outfall Sans SC"
SOURCE: Final = Path("/usr/share/fonts/opentype/noto")
_SC: Final = 2
"""Which face of the collections is simplified Chinese."""
_OTHERS: Final = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x391, 0x3C9), (0x2010, 0x2027), (0x2030, 0x203B), (0x2070, 0x209C),
    (0x20AC, 0x20AC), (0x2100, 0x214F), (0x2150, 0x218F), (0x2190, 0x21FF), (0x2200, 0x22FF),
    (0x2460, 0x24FF), (0x2500, 0x257F), (0x2580, 0x25FF), (0x2600, 0x266F), (0x2700, 0x27BF),
    (0x3000, 0x303F), (0x3105, 0x312F), (0x3220, 0x33FF), (0xFE10, 0xFE4F), (0xFF00, 0xFFEF),
)  # fmt: skip


def main() -> None:
    """Write both weights and what they cover."""
    into = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "reports" / "fonts")
    into.mkdir(parents=True, exist_ok=True)
    covered = {}
    for weight, hanzi in (("Regular", range(0x4E00, 0xA000)), ("Bold", _gb2312())):
        others = (code for first, last in _OTHERS for code in range(first, last + 1))
        made = _cut(weight, {*hanzi, *others})
        made.save(into / f"OutfallSansSC-{weight}.otf")
        covered[weight] = _ranges(made.getBestCmap())
    text = json.dumps(covered, separators=(",", ":"))
    (into / "coverage.json").write_text(text + "\n", encoding="utf-8")


def _gb2312() -> list[int]:
    found = []
    for row in range(0xB0, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                found.append(ord(bytes([row, cell]).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def _cut(weight: str, codes: set[int]) -> TTFont:
    options = subset.Options()
    options.layout_features = ["kern", "tnum"]
    options.drop_tables += ["BASE", "VORG", "vhea", "vmtx"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.name_languages = [0x409]
    options.hinting = False
    font = TTFont(SOURCE / f"NotoSansCJK-{weight}.ttc", fontNumber=_SC)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes)
    cutter.subset(font)
    _rename(font, weight)
    return font


def _rename(font: TTFont, weight: str) -> None:
    full = f"{FAMILY} {weight}"
    postscript = f"OutfallSansSC-{weight}"
    names = {1: FAMILY, 2: weight, 3: f"{postscript};outfall", 4: full, 6: postscript}
    for record in list(font["name"].names):
        if record.nameID in names:
            record.string = names[record.nameID]
    top = font["CFF "].cff
    top.fontNames = [postscript]
    top.topDictIndex[0].FullName = full
    top.topDictIndex[0].FamilyName = FAMILY


def _ranges(codes: Iterable[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


if __name__ == "__main__":
    main()

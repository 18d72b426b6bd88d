"""docs/tutorial/first-day.md, done as it says."""

import shlex
from pathlib import Path

import pytest

from app.cli import main
from config.check import check
from config.read import read_folder
from tests.docs.pages import ROOT, fences

PAGE = ROOT / "docs" / "tutorial" / "first-day.md"


def test_the_list_of_the_page_goes_into_the_folder_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = list(fences(PAGE))
    lines = [line for block in blocks if not block.language for line in block.text.splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("outfall ")]
    (init,) = [words for words in commands if words[0] == "init"]
    (imported,) = [words for words in commands if words[0] == "points"]
    (connections,) = [block.text for block in blocks if block.language == "yaml"]
    (listed,) = [block.text for block in blocks if block.language == "csv"]

    codes = []
    for words in (init, imported, [word for word in imported if word != "--dry-run"]):
        with pytest.raises(SystemExit) as ended:
            main(words)
        codes.append(ended.value.code)
        Path("my-plant/connections.yaml").write_text(connections, "utf-8")
        Path("list.csv").write_text(listed, "utf-8")
        # The page has the header renamed once it was seen what is not used.
        listed = listed.replace("备注", "倍率") if len(codes) == 2 else listed
        Path("list.csv").write_text(listed, "utf-8")

    said = capsys.readouterr().out
    assert codes == [0, 0, 0]
    assert "40007 → FC03 offset 6" in said
    assert 'list.csv: not used: "备注"' in said
    assert check(Path("my-plant")) == []
    assert [
        (p.tag, p.offset, str(p.data_type), p.scale) for p in read_folder(Path("my-plant")).modbus_points
    ] == [
        ("PS_LIT101", 0, "F32", 1.0),
        ("SC_LDT101", 2, "F32", 1.0),
        ("INF_FIT101", 6, "F32", 1.0),
        ("INF_FQ101", 8, "U32", 1.0),
        ("PS_P101A_I", 27, "U16", 0.1),
    ]

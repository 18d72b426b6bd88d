import re

from tests.docs.pages import ROOT, fences, headings, links

ENGLISH = ROOT / "README.md"
CHINESE = ROOT / "README.zh-CN.md"


def test_both_readmes_have_the_same_sections_in_the_same_order() -> None:
    sections = {
        "Outfall": "Outfall",
        "Try it": "试一试",
        "What it does": "它做什么",
        "Your own plant": "接入自己的厂",
        "Documentation": "文档",
    }
    english, chinese = headings(ENGLISH), headings(CHINESE)

    assert [words for _, words in english] == list(sections)
    assert chinese == [(level, sections[words]) for level, words in english]


def test_both_readmes_show_the_same_commands_and_pages() -> None:
    def shown(target: str) -> str:
        return target.replace("wall-zh", "wall-en")

    def pages(targets: list[str]) -> list[str]:
        return sorted(shown(target) for target in targets if not target.startswith("README"))

    assert [fence.text for fence in fences(CHINESE)] == [fence.text for fence in fences(ENGLISH)]
    assert pages(links(CHINESE)) == pages(links(ENGLISH))


def test_both_readmes_have_the_same_rows_in_their_tables() -> None:
    def rows(text: str) -> int:
        return len(re.findall(r"^\|", text, re.MULTILINE))

    assert rows(CHINESE.read_text("utf-8")) == rows(ENGLISH.read_text("utf-8"))

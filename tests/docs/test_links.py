from pathlib import Path

import pytest

from tests.docs.pages import ROOT, anchors, links, pages

IMAGES = ["docs/images/wall-en.png", "docs/images/wall-zh.png", "docs/images/grafana-wall.png"]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_pages_leads_somewhere(page: Path) -> None:
    broken = []
    for target in links(page):
        if "://" in target:
            continue
        path, _, fragment = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        known = file.is_file() or str(file.relative_to(ROOT)) in IMAGES
        if not known or (fragment and fragment not in anchors(file)):
            broken.append(target)

    assert broken == []


def test_the_pictures_of_the_wall_are_there() -> None:
    missing = [image for image in IMAGES if not (ROOT / image).is_file()]

    assert missing == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = [target.partition("#")[0] for target in links(page) if "://" not in target]
        waiting += [(page.parent / target).resolve() for target in targets if target]

    assert [page for page in pages() if page not in reached] == []

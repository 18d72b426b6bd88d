"""Every word is in the catalogues, and no word stands outside them."""

import re
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from web.language import Language
from web.script_words import for_scripts

WEB = Path(__file__).parents[2] / "web"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
TEMPLATES = sorted(WEB.glob("templates/**/*.html"))


def used() -> set[str]:
    found = extract_from_dir(WEB, METHODS, keywords=KEYWORDS)
    return {message[0] if isinstance(message, tuple) else message for _, _, message, _, _ in found}


def catalogue(tag: str) -> Catalog:
    text = (WEB / "locale" / tag / "LC_MESSAGES" / "web.po").read_bytes()
    return read_po(BytesIO(text), locale=tag)


def messages(tag: str) -> dict[str, Message]:
    return {m.id[0] if isinstance(m.id, (tuple, list)) else m.id: m for m in catalogue(tag) if m.id}


def texts(message: Message) -> list[str]:
    text = message.string
    return list(text) if isinstance(text, (tuple, list)) else [cast(str, text)]


@pytest.mark.parametrize("tag", ["zh_CN", "en"])
def test_the_catalogue_holds_exactly_the_words_that_are_used(tag: str) -> None:
    assert set(messages(tag)) == used(), "run `make translations`"


def test_every_word_is_translated_into_chinese() -> None:
    untranslated = [m for m, message in messages("zh_CN").items() if not all(texts(message)) or message.fuzzy]

    assert untranslated == []


@pytest.mark.parametrize("tag", ["zh_CN", "en"])
def test_a_translation_keeps_what_is_filled_in(tag: str) -> None:
    def places(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)\d*[sd]", text))

    wrong = [
        (key, text)
        for key, message in messages(tag).items()
        for text in texts(message)
        if text and not places(text) <= places(key) | places(str(message.id[-1]))
    ]

    assert wrong == []


@pytest.mark.parametrize("word", ["轮班规律", "由厂长认定", "核查不合格"])
def test_a_thing_has_one_name_in_chinese(word: str) -> None:
    """轮班方式, whoever settled it (认定人), 核查或比对不合格."""
    assert [key for key, message in messages("zh_CN").items() if word in "".join(texts(message))] == []


def test_english_shows_no_mark_meant_for_translators() -> None:
    english = Language("en")
    marked = [key for key in messages("en") if "|" in key and "|" in english(key)]

    assert marked == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_text_of_a_template_stands_outside_the_catalogues(template: Path) -> None:
    text = template.read_text("utf-8")
    # These blocks stand inside attributes of the templates they fill.
    text = re.sub(r"\{% block (?:page|page_class|body_class) %\}.*?\{% endblock %\}", "", text)
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
    text = re.sub(r"<svg.*?</svg>|<!doctype[^>]*>", " ", text, flags=re.DOTALL)
    attributes = re.findall(r'(?:title|alt|placeholder|aria-label)="([^"]*)"', text)
    bare = [piece.strip() for piece in re.sub(r"<[^>]*>", "\n", text).split("\n")]
    allowed = {"", "Outfall  ·", "CSV", "JSON", "EN", "中文", "·", "‹", "›", "××", "”", "“"}

    pieces = {*bare, *attributes} - allowed

    assert [piece for piece in pieces if re.search(r"[^\W\d_]", piece)] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_no_template_needs_what_the_policy_forbids(template: Path) -> None:
    text = template.read_text("utf-8")

    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js", text)
    for script in re.findall(r"<script[^>]*>", text):
        assert "src=" in script or 'type="application/json"' in script, script


def test_the_scripts_say_only_what_they_are_given(en: Language) -> None:
    given = for_scripts(en)
    said = {
        word
        for file in (WEB / "static" / "js").glob("*.js")
        for word in re.findall(r"(?<![.\w])words\.(\w+)", file.read_text("utf-8"))
    }

    assert said - set(given) == set()
    assert set(given) - said == set(), "no script says these any more"

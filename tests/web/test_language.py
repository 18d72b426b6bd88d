import pytest

from telemetry.plant import Name
from web.language import Language, choose


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "tag"),
    [
        ("en", "zh_CN", "zh", "en"),
        (None, "en", "zh-CN", "en"),
        (None, None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, None, "fr,zh-CN;q=0.7,en;q=0.3", "zh_CN"),
        (None, None, "fr", "zh_CN"),
        (None, None, None, "zh_CN"),
        ("xx", "../etc", "en;q=nonsense,en", "en"),
    ],
)
def test_what_is_asked_goes_before_what_was_kept_and_that_before_what_the_browser_accepts(
    asked: str | None, kept: str | None, accepted: str | None, tag: str
) -> None:
    assert choose(asked, kept, accepted) == tag


def test_a_message_is_filled_in(zh: Language, en: Language) -> None:
    message = "links %(up)d/%(all)d"

    assert (zh(message, up=9, all=10), en(message, up=9, all=10)) == ("通讯 9/10", "links 9/10")


def test_a_number_takes_its_form(en: Language) -> None:
    forms = [en.ngettext("%(num)d time in 7 days", "%(num)d times in 7 days", n) for n in (1, 2)]

    assert forms == ["1 time in 7 days", "2 times in 7 days"]


def test_names_come_out_of_the_folder(zh: Language, en: Language) -> None:
    name = Name("好氧池", "aerobic tank")

    assert (zh.name(name), en.name(name)) == ("好氧池", "aerobic tank")


def test_the_page_names_its_language_as_browsers_do(zh: Language) -> None:
    assert zh.html == "zh-CN"


def test_words_are_listed_as_each_language_writes_a_list() -> None:
    said = {tag: Language(tag).listed(["王磊", "李静"]) for tag in ("zh_CN", "en")}

    assert said == {"zh_CN": "王磊、李静", "en": "王磊, 李静"}
    assert Language("en").listed([]) == ""

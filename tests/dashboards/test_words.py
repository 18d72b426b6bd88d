"""Grafana's boards say what the console and the reports say."""

from dashboards import words
from dashboards.words import causes
from reports.words import ZH
from web.judged_words import CAUSE
from web.language import Language


def test_a_failed_check_is_called_the_same_on_boards_pages_and_in_reports() -> None:
    chinese = Language("zh_CN")

    assert causes("zh")["QC_FAILED"] == ZH["qc_failed"] == chinese(CAUSE["qc_failed"])


def test_an_empty_list_of_any_time_says_no_records() -> None:
    assert (words.word("no_records", "zh"), words.word("no_records", "en")) == ("没有记录", "no records")

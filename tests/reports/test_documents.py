"""What a report looks like: every word in both languages, nothing lost, nothing the font lacks unsaid."""

import ast
import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from alarms.uptime.records import Cause
from history.marks import MarkKind
from reports import fonts
from reports.document import Document, Figures, Heading, Rounded, Table, Text
from reports.inputs import Compliance, Missing, MonthInputs, as_json
from reports.layout import laid_out
from reports.making import made_report, texts_of, written
from reports.page import html_of, policy
from reports.pdf import pages_of, pdf_of
from reports.words import ZH
from telemetry.plant import Name
from tests.reports.months import MADE_US, analyser, staff, whole_month

ROOT = Path(__file__).parents[2] / "reports"
MISSING = Missing(Name("数据库未应答", "its database did not answer"))
MADE = "2026-11-01T00:30:00+00:00"


def document(inputs: MonthInputs, language: str = "zh") -> Document:
    return laid_out(made_report(as_json(inputs), MADE_US, "0.1.0"), language)


def test_every_word_of_the_code_has_its_chinese() -> None:
    said = set()
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "words":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    said.add(first.value)

    assert len(said) > 100
    assert said - ZH.keys() == set()


def test_both_languages_fill_in_the_same_values() -> None:
    for english, chinese in ZH.items():
        assert set(re.findall(r"{\w+}", english)) == set(re.findall(r"{\w+}", chinese)), english


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_part_that_is_missing_says_so_in_words(language: str) -> None:
    inputs = whole_month(
        compliance=MISSING, analysers=MISSING, alarms=MISSING, staff=MISSING, amendments=MISSING
    )

    shown = document(inputs, language)

    missing = [block.text for block in shown.blocks if isinstance(block, Text) and block.warning]
    assert len(missing) == 5
    assert all(MISSING.missing.in_language(language) in text for text in missing)
    assert not {"results", "analysers", "alarm_figures", "crews", "amendments"} & {
        table.name for table in shown.tables()
    }


def test_an_exceedance_is_listed_with_who_was_on_shift_then_and_before() -> None:
    (table,) = (one for one in document(whole_month()).tables() if one.name == "exceedances")

    assert [row[0] for row in table.rows] == ["10-17", "10-17 18:00–19:00"]
    assert "王磊、李静" in str(table.rows[0])
    assert "陈喆、朱镕" in str(table.rows[0])


def test_results_that_exceed_hour_after_hour_are_one_line_with_the_worst() -> None:
    inputs = whole_month()
    assert isinstance(inputs.compliance, Compliance)
    first = inputs.compliance.exceedances[1]
    hour = first.to_us - first.from_us
    hours = [
        replace(first, from_us=first.from_us + n * hour, to_us=first.to_us + n * hour, value=value)
        for n, value in ((0, 8.0), (1, 9.5), (2, 9.0), (4, 8.5))
    ]

    shown = document(replace(inputs, compliance=replace(inputs.compliance, exceedances=tuple(hours))), "en")

    (table,) = (one for one in shown.tables() if one.name == "exceedances")
    assert [(row[0], row[3], row[4]) for row in table.rows] == [
        ("10-17 18:00–21:00", 3, Rounded(9.5, 2)),
        ("10-17 22:00–23:00", 1, Rounded(8.5, 2)),
    ]


def test_columns_that_are_known_on_some_days_say_on_how_many() -> None:
    (water,) = (table for table in document(whole_month(), "en").tables() if table.name == "water")

    assert water.known == "Effluent volume: known on 30 of 31 days"


def test_a_share_that_missed_its_target_is_not_rounded_up_to_it() -> None:
    shown = document(whole_month(analysers=(analyser("EFF_TP", "出水总磷", "effluent TP", 677),)))

    (table,) = (one for one in shown.tables() if one.name == "analysers")
    (figure,) = (
        one
        for block in shown.blocks
        if isinstance(block, Figures)
        for one in block.items
        if one.label == "在线仪达标率（最低一台）"
    )
    (row,) = table.rows
    assert row[[column.key for column in table.columns].index("uptime")] == 94.9
    assert (figure.value, figure.bad) == (94.9, True)


def test_a_month_that_was_not_measured_says_so_on_its_cover() -> None:
    from reports.inputs import Origin

    inputs = whole_month()
    shown = document(replace(inputs, origins=(Origin(inputs.from_us, inputs.to_us, "simulated"),)), "en")

    assert "not measured but simulated" in shown.cover.warning


def test_the_pdf_is_set_in_both_languages_with_numbered_pages() -> None:
    for language in ("zh", "en"):
        shown = document(whole_month(), language)

        pdf = pdf_of(shown, MADE)

        assert pdf.startswith(b"%PDF-")
        assert b"OutfallSansSC" in pdf
        assert pdf_of(shown, MADE) == pdf
    assert len(pages_of(document(whole_month()), 40)) >= 8


def test_a_character_that_the_font_lacks_is_told_and_stood_in_for(tmp_path: Path) -> None:
    crews = staff()
    rare = replace(crews.crews[0], name=Name("𠮷班", "crew 𠮷"))

    done = written(tmp_path, as_json(whole_month(staff=replace(crews, crews=(rare,)))), MADE_US, "0.1.0")

    assert done.lacking == "𠮷"
    assert fonts.showable("𠮷班") == "〓班"
    assert (tmp_path / "report.zh.pdf").read_bytes().startswith(b"%PDF-")


def test_the_same_inputs_are_written_as_the_same_files(tmp_path: Path) -> None:
    done = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        done.append(written(tmp_path / name, as_json(whole_month()), MADE_US, "0.1.0"))

    assert done[0].files == done[1].files
    assert set(done[0].files) == {
        "inputs.json", "report.json",
        *(f"report.{language}.{kind}" for language in ("zh", "en") for kind in ("pdf", "xlsx", "html")),
    }  # fmt: skip
    for name, told in done[0].files.items():
        content = (tmp_path / "one" / name).read_bytes()
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (told["sha256"], told["bytes"])


def test_what_the_fonts_cover_is_what_is_written_beside_them() -> None:
    covered = json.loads((fonts.FOLDER / "coverage.json").read_text(encoding="utf-8"))

    for weight, ranges in covered.items():
        codes = {code for first, last in ranges for code in range(first, last + 1)}
        assert codes == set(TTFont(fonts.FOLDER / f"OutfallSansSC-{weight}.otf").getBestCmap())
    assert fonts.lacking(["镕喆珺堃 NH₃"]) == "₃"
    assert "Reserved Font Name 'Source'" in (fonts.FOLDER / "OFL.txt").read_text(encoding="utf-8")


def test_no_word_of_the_products_own_is_one_that_the_font_lacks() -> None:
    assert fonts.lacking([*ZH.values(), *ZH, *texts_of(document(whole_month()))]) == ""


def test_the_page_has_no_script_no_inline_style_and_no_address_outside_of_it() -> None:
    page = html_of(document(whole_month())).decode()

    assert "<script" not in page
    assert not re.search(r"\sstyle=", page)
    assert not re.search(r"(?:src|href)=", page)
    assert policy() in page.replace("&#39;", "'")
    assert page.count("<h2") == sum(isinstance(block, Heading) for block in document(whole_month()).blocks)


def test_names_in_a_page_are_text_and_never_markup() -> None:
    crews = staff()
    evil = replace(crews.crews[0], name=Name("<script>alert(1)</script>", "x"))

    page = html_of(document(whole_month(staff=replace(crews, crews=(evil,))))).decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_table_of_days_has_a_total_where_it_says_so() -> None:
    for table in document(whole_month()).tables():
        assert isinstance(table, Table)
        assert all(len(row) == len(table.columns) for row in table.rows), table.name
        assert set(table.totals or {}) <= {column.key for column in table.columns}


def results_of(shown: Document) -> Table:
    return next(block for block in shown.blocks if isinstance(block, Table) and block.name == "results")


def test_the_two_means_of_a_month_say_beside_each_other_what_they_are_of() -> None:
    shown = document(whole_month(), "en")

    said = [block.text for block in shown.blocks if isinstance(block, Text)]
    assert "Mean of judged days" in [column.title for column in results_of(shown).columns]
    assert sum("The mean of judged days counts each of them alike" in text for text in said) == 1
    assert sum("These means are of all days that have a value" in text for text in said) == 1


def test_the_mean_so_far_of_the_day_in_course_is_not_among_the_days_means() -> None:
    inputs = whole_month()
    assert isinstance(inputs.compliance, Compliance)
    item = inputs.compliance.items[0]
    today = replace(item.days[-1], verdict="open", mean=999.0)
    item = replace(item, days=(*item.days[:-1], today))
    before = results_of(document(whole_month(), "en"))

    shown = results_of(document(whole_month(compliance=replace(inputs.compliance, items=(item,))), "en"))

    place = [column.key for column in shown.columns].index("highest")
    assert shown.rows[0][place] == before.rows[0][place]


def test_every_kind_of_mark_and_cause_of_a_loss_has_its_chinese() -> None:
    assert [key for key in (*MarkKind, *Cause) if key.value not in ZH] == []

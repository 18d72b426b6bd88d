"""Every board of every plant, by what Grafana wants and what people need."""

import json
import re
from itertools import combinations
from typing import Any

import pytest

from dashboards import judged, uptime
from dashboards.description import Store
from dashboards.panels import COLUMNS, MONTH_ROWS, WALL_ROWS
from dashboards.people import UID
from dashboards.present import MARK, REASON
from dashboards.provisioning import boards
from tests.dashboards.plants import FOLDERS, view
from tests.dashboards.reading import LITERAL, elements, queries, tags_asked

CASES = [(kind, language) for kind in FOLDERS for language in ("zh", "en")]
TOLD = {"age", "old", "links", "lost", "clock", "energy", "volume", "specific", "on_shift", "nobody"}
TOLD |= {"judged", "behind", "month_days", "month_over", "month_rate", "lowest", "whose", "missing"}
BEFORE = re.compile("^(" + "|".join(re.escape(sign) for sign in (
    MARK, REASON, judged.RESULTS, judged.LOW, judged.TO, judged.HIGH, judged.OVER,
    uptime.LEFT, uptime.SHORT, uptime.SPENT,
)) + ")")  # fmt: skip
VARIABLE = re.compile(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)")
CJK = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def made() -> dict[tuple[str, str], list[dict[str, Any]]]:
    stores = {"zh": Store(people=UID), "en": Store()}
    return {(kind, language): boards(view(kind, language), stores[language]) for kind, language in CASES}


Made = dict[tuple[str, str], list[dict[str, Any]]]


@pytest.mark.parametrize("case", CASES)
def test_a_board_is_json_with_a_lasting_uid(made: Made, case: tuple[str, str]) -> None:
    for board in made[case]:
        assert json.loads(json.dumps(board, allow_nan=False)) == board
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", board["uid"])
        assert board["schemaVersion"] == 42
    assert len({board["uid"] for board in made[case]}) == len(made[case])
    assert [b["uid"] for b in made[case]] == [b["uid"] for b in made[(case[0], "en")]]


@pytest.mark.parametrize("case", CASES)
def test_panels_have_ids_of_their_own_titles_and_descriptions(made: Made, case: tuple[str, str]) -> None:
    for board in made[case]:
        panels = board["panels"]
        assert [panel["id"] for panel in panels] == list(range(1, len(panels) + 1))
        for panel in panels:
            assert panel["title"]
            assert panel["description"]
            assert panel["targets"]
            references = [target["refId"] for target in panel["targets"]]
            assert len(set(references)) == len(references)
            sources = [target["datasource"]["uid"] for target in panel["targets"]]
            assert set(sources) <= {"outfall-influxdb", "outfall-postgresql"}
            if len(set(sources)) > 1:
                assert panel["datasource"] == {"type": "datasource", "uid": "-- Mixed --"}
            else:
                assert panel["datasource"] == panel["targets"][0]["datasource"]
            assert ("outfall-postgresql" in sources) <= (case[1] == "zh")


@pytest.mark.parametrize("case", CASES)
def test_panels_lie_beside_each_other_on_the_grid(made: Made, case: tuple[str, str]) -> None:
    for board in made[case]:
        places = [panel["gridPos"] for panel in board["panels"]]
        for place in places:
            assert 0 <= place["x"]
            assert place["x"] + place["w"] <= COLUMNS
            assert place["w"] > 0
            assert place["h"] > 0
        assert not [(one, two) for one, two in combinations(places, 2) if _overlap(one, two)]


def _overlap(one: dict[str, int], two: dict[str, int]) -> bool:
    apart = one["x"] + one["w"] <= two["x"] or two["x"] + two["w"] <= one["x"]
    return not apart and one["y"] < two["y"] + two["h"] and two["y"] < one["y"] + one["h"]


@pytest.mark.parametrize("case", CASES)
def test_the_wall_fills_one_screen_and_no_more(made: Made, case: tuple[str, str]) -> None:
    wall = made[case][0]
    cells = sum(p["gridPos"]["w"] * p["gridPos"]["h"] for p in wall["panels"])

    assert max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in wall["panels"]) == WALL_ROWS
    assert cells == WALL_ROWS * COLUMNS
    # Rows of 30 px, 8 px apart, 16 px around: what stands on 1080 pixels.
    assert WALL_ROWS * 38 - 8 + 2 * 16 <= 1080
    assert wall["links"] == []


@pytest.mark.parametrize("case", CASES)
def test_queries_name_only_points_that_there_are(made: Made, case: tuple[str, str]) -> None:
    known = {point.tag for point in FOLDERS[case[0]]().plant.points}
    for board in made[case]:
        for query in queries(board):
            assert tags_asked(query) <= known


@pytest.mark.parametrize("case", CASES)
def test_a_sheet_shows_only_what_its_queries_ask_for(made: Made, case: tuple[str, str]) -> None:
    for board in made[case]:
        for panel, element in elements(board):
            asked = set().union(*(tags_asked(target.get("query", "")) for target in panel["targets"]))
            named = [
                part["field"]
                for part in (
                    element["config"]["text"],
                    element["config"]["color"],
                    element["background"]["color"],
                )
                if part.get("field")
            ]
            for field in named:
                assert field in TOLD or field in asked or BEFORE.sub("", field) in asked


@pytest.mark.parametrize("case", CASES)
def test_what_is_drawn_lies_on_its_sheet_under_a_name_of_its_own(made: Made, case: tuple[str, str]) -> None:
    for board in made[case]:
        for panel in board["panels"]:
            own = [element for its, element in elements(board) if its is panel]
            assert len({element["name"] for element in own}) == len(own)
        for _panel, element in elements(board):
            place = element["placement"]
            # A line is higher than its letters, so the box of a text may stand out by part of a line.
            assert all(-12 <= place[side] <= 100 for side in ("left", "right", "top", "bottom"))
            assert place["left"] + place["right"] < 100
            assert place["top"] + place["bottom"] < 100
            assert element["config"]["size"] >= 11


def test_names_that_mean_harm_change_no_query() -> None:
    plain = boards(view("demo"), Store())
    harmful = boards(view("harmful"), Store())
    code = [
        [
            {re.sub(r"\s+", " ", LITERAL.sub('""', query).split("rows: [")[0]) for query in queries(board)}
            for board in made
        ]
        for made in (plain, harmful)
    ]

    assert code[0] == code[1]
    assert len(code[0]) == 4


def test_names_that_mean_harm_are_no_variables_of_grafanas() -> None:
    for board in boards(view("harmful"), Store()):
        shown = [board["title"], board["description"]]
        shown += [panel[key] for panel in board["panels"] for key in ("title", "description")]
        shown += [element["config"]["text"]["fixed"] for _, element in elements(board)]
        assert not [text for text in shown if VARIABLE.search(text) or "\n" in text]


def test_the_five_points_of_a_tiny_plant_are_on_its_wall_and_it_says_that_no_limits_are_entered() -> None:
    wall, *more = boards(view("tiny"), Store())
    shown = {element["config"]["text"].get("field") for _, element in elements(wall)}
    fixed = {element["config"]["text"]["fixed"] for _, element in elements(wall)}

    assert more == []
    assert shown & {f"T_{n}" for n in "ABCDE"}
    assert "限值未录入" in fixed


@pytest.mark.parametrize("kind", ["large", "large, beside"])
def test_a_large_plant_shows_what_fits_and_says_how_much_does_not(kind: str) -> None:
    its = view(kind)
    wall = boards(its, Store())[0]
    fixed = [element["config"]["text"]["fixed"] for _, element in elements(wall)]
    names = {box.name for box in (*its.water, *its.beside)} & set(fixed)
    left_out = [int(found[1]) for text in fixed if (found := re.search(r"另有 (\d+) 个单元", text))]

    assert len(names) + sum(left_out) == 60
    assert len(names) >= 15


def test_an_english_board_has_no_chinese_on_it() -> None:
    for board in boards(view("demo", "en"), Store(people=UID)):
        assert CJK.search(json.dumps(board, ensure_ascii=False)) is None


def test_the_wall_of_the_demo_plant_answers_what_a_wall_is_asked() -> None:
    wall, aeration, *_ = boards(view("demo"), Store())
    asked = set().union(*(tags_asked(query) for query in queries(wall)))
    breathed = set().union(*(tags_asked(query) for query in queries(aeration)))

    assert asked >= {"EFF_AIT_COD", "EFF_AIT_NH3", "EFF_AIT_TN", "EFF_AIT_TP", "EFF_AIT_SS", "EFF_AIT_PH"}
    assert asked >= {"INF_FIT101", "EFF_FIT401", "AE_DO1", "AE_DO4", "BL_B201A_ST", "PS_P101C_ST"}
    assert asked >= {"EFF_ANA_COD_ST", "EFF_ANA_COD_TS", "PLC2.link", "MQTT.LS2.link", "PW_KW", "PW_KWH_TOT"}
    assert breathed >= {"AE_DO1", "AE_FIT_AIR1", "BL_PIT201", "AE_NH31", "AE_MLSS2", "PW_KWH_BL"}
    assert breathed >= {"BL_B201B_I", "BL_B201B_HZ", "BL_B201B_T", "BL_B201B_ST"}
    assert aeration["time"] == {"from": "now-24h", "to": "now"}


def test_what_is_read_from_five_metres_is_large_enough() -> None:
    wall = boards(view("demo"), Store())[0]
    sizes = {
        element["config"]["text"]["field"]: element["config"]["size"]
        for _, element in elements(wall)
        if element["config"]["text"].get("field")
    }

    assert sizes["EFF_AIT_COD"] >= 44
    assert sizes["AE_DO1"] >= 24
    assert sizes["lost"] >= 20


def test_labels_and_what_stands_beside_the_process_are_large_enough_too() -> None:
    its = view("demo")
    wall = boards(its, Store())[0]
    said = {
        text: element["config"]["size"]
        for _, element in elements(wall)
        if (text := element["config"]["text"].get("field") or element["config"]["text"]["fixed"])
    }
    beside = {metric.values[0].tag for box in its.beside for metric in box.metrics}
    sampled = {f"{MARK}{a.sampled}" for a in its.analysers if a.sampled}
    tags = {point.tag for point in FOLDERS["demo"]().plant.points}
    words = {text for text in said if text.removeprefix(MARK).removeprefix(REASON) not in tags}

    assert {text: said[text] for text in words if said[text] < 20} == {}
    assert sampled <= set(said)
    assert {text: said[text] for text in sampled if said[text] < 20} == {}
    assert min(said[tag] for tag in beside & set(said)) >= 24
    # Each has at least its first value.
    assert {box.metrics[0].values[0].tag for box in its.beside if box.metrics} <= set(said)


@pytest.mark.parametrize("case", CASES)
def test_the_boards_of_the_month_fill_one_screen_below_the_choice_of_time(
    made: Made, case: tuple[str, str]
) -> None:
    for board in made[case]:
        if "compliance" not in board["tags"] and "analysers" not in board["tags"]:
            continue
        cells = sum(p["gridPos"]["w"] * p["gridPos"]["h"] for p in board["panels"])
        assert max(p["gridPos"]["y"] + p["gridPos"]["h"] for p in board["panels"]) == MONTH_ROWS
        assert cells == MONTH_ROWS * COLUMNS
        assert board["time"] == {"from": "now/M", "to": "now/M"}
        assert board["timezone"] == "Asia/Shanghai"
        assert board["timepicker"]["hidden"] is False
    # 57 px are Grafana's own.
    assert MONTH_ROWS * 38 - 8 + 57 + 2 * 16 <= 1080


def test_without_a_roster_no_board_speaks_of_shifts() -> None:
    alone, among = (json.dumps(boards(view("demo"), Store(people=uid))) for uid in (None, UID))

    for said in ("on_shift", "postgresql", "Mixed"):
        assert said not in alone
        assert said in among


def test_a_plant_without_limits_and_analysers_has_no_boards_of_them() -> None:
    assert [board["uid"] for board in boards(view("tiny"), Store(people=UID))] == ["outfall-small-wall"]


def test_the_analysers_board_asks_for_what_is_reported_and_knows_what_checks_itself() -> None:
    its = {each.tag: (each.label, each.required, each.checks_itself) for each in view("demo").reported}

    assert its == {
        "EFF_AIT_COD": ("COD", True, True),
        "EFF_AIT_NH3": ("氨氮", True, True),
        "EFF_AIT_TN": ("总氮", True, True),
        "EFF_AIT_TP": ("总磷", True, True),
        "EFF_AIT_SS": ("SS", False, False),
        "EFF_AIT_PH": ("pH", False, False),
    }


def test_verdicts_and_causes_are_words_of_their_own_in_both_languages() -> None:
    for language in ("zh", "en"):
        compliance, analysers = boards(view("demo", language), Store())[2:]
        days, grid = compliance["panels"][1], analysers["panels"][1]
        for panel, least in ((days, 5), (grid, 15)):
            said = panel["fieldConfig"]["defaults"]["mappings"][0]["options"].values()
            words = [option["text"] for option in said]
            assert len(set(words)) == len(words) >= least
            assert panel["type"] == "status-history"
        quiet, loud = (days["fieldConfig"]["defaults"]["mappings"][0]["options"][code] for code in "01")
        assert quiet["color"] != loud["color"]


@pytest.mark.parametrize(
    ("language", "flow", "result"),
    [("zh", "流量数据未到", "今日无有效结果"), ("en", "flow not there yet", "no valid result yet")],
)
def test_a_mean_that_waits_for_the_flow_does_not_say_that_no_result_is_valid(
    language: str, flow: str, result: str
) -> None:
    compliance = boards(view("demo", language), Store())[2]

    asked = [query for query in queries(compliance) if result in query]
    reasons = f'if exists r.n and r.n > 0 then "{flow}" else "{result}"'
    assert asked
    assert all(reasons in query for query in asked)


def test_grids_have_the_hours_of_the_clock_in_their_order_whatever_came_first() -> None:
    grid = boards(view("demo"), Store())[3]["panels"][1]

    order = grid["transformations"][0]["options"]["indexByName"]
    assert [name for name, _ in sorted(order.items(), key=lambda its: its[1])] == [
        "_time",
        *(f"{hour:02}" for hour in range(24)),
    ]

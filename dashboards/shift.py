"""Who is on shift, out of the people's store where that is a PostgreSQL.

Its view `on_shift_turns` has a row a person and turn, times in µs UTC: plant, start_us, end_us, day,
shift_zh, shift_en, crew_zh, crew_en, post_zh, post_en, number, name, signed_in_us, signed_out_us.
"""

from typing import Final

from dashboards.canvas import Sheet
from dashboards.colours import TEXT, VIOLET
from dashboards.description import PlantView, Store
from dashboards.panels import Panel, Place
from dashboards.sql import Sql, literal
from dashboards.tables import Column, table
from dashboards.words import word

ON_SHIFT: Final = "on_shift"
NOBODY: Final = "nobody"
_NOW: Final = "(extract(epoch FROM now()) * 1000000)::bigint"
_IS_NOW: Final = f"start_us <= {_NOW} AND {_NOW} < end_us"
_IS_NEXT: Final = f"start_us = (SELECT min(start_us) FROM turns WHERE start_us > {_NOW})"


def said(sheet: Sheet, x: float, y: float, w: float, h: float, size: int) -> None:
    """Write who is on shift; of the two fields in one place only one ever says something."""
    sheet.field(x, y, w, h, ON_SHIFT, size, colour=TEXT)
    sheet.field(x, y, w, h, NOBODY, size, colour=VIOLET)


def on_shift(view: PlantView) -> Sql:
    """Return one row of texts: `on_shift` with shift, hours and names, or `nobody`."""
    nobody = literal(word("nobody_on_shift", view.language))
    return Sql(
        "\n".join(
            [
                *_turns(view),
                "SELECT coalesce(string_agg(said || '  ' || names, '  ' ORDER BY start_us), '')"
                f" AS {ON_SHIFT},",
                f"CASE WHEN count(*) = 0 THEN {nobody} ELSE '' END AS {NOBODY}",
                f"FROM turns WHERE {_IS_NOW}",
            ]
        )
    )


def turns(view: PlantView, store: Store, place: Place) -> Panel:
    """Return the turns of today, the one of now and the next first, with who signed in when."""
    assert store.people is not None
    language = view.language
    nobody = literal(word("nobody_on_shift", language))
    order = [(_IS_NOW, "now"), (_IS_NEXT, "next"), (f"end_us <= {_NOW}", "over")]
    ranks = " ".join(f"WHEN {held} THEN {rank}" for rank, (held, _) in enumerate(order))
    today = f"({_local('start_us', view)})::date = ({_local(_NOW, view)})::date"
    sql = "\n".join(
        [
            *_turns(view),
            "SELECT turn, shift, crew, people FROM (",
            f"  SELECT CASE {ranks} ELSE 3 END AS turn, start_us,",
            "    said AS shift, crews AS crew, signed AS people",
            f"  FROM turns WHERE {_IS_NOW} OR {_IS_NEXT} OR {today}",
            f"  UNION ALL SELECT 0, 0, '', '', {nobody} WHERE NOT EXISTS (SELECT FROM turns WHERE {_IS_NOW})",
            ") AS listed ORDER BY turn, start_us",
        ]
    )
    words = {
        "0": (word("turn_now", language), TEXT),
        "1": (word("turn_next", language), TEXT),
        "2": (word("turn_over", language), TEXT),
        "3": (word("turn_later", language), TEXT),
    }
    columns = [
        Column("turn", "", width=64, says=words),
        Column("shift", word("shift", language), width=130),
        Column("crew", word("crew", language), width=84),
        Column("people", word("signed", language), wrap=True),
    ]
    title, about = word("on_shift_today", language), word("about_on_shift", language)
    return table(title, about, place, store, [Sql(sql)], columns, empty=word("roster_away", language))


def _turns(view: PlantView) -> list[str]:
    """Return the lines that make `turns`, a row a turn around now, with its people and what they signed."""
    chinese = view.language == "zh"
    shift, crew = ("shift_zh", "crew_zh") if chinese else ("shift_en", "crew_en")
    unsigned = literal(word("not_signed", view.language))
    came, went = (f"to_char({_local(column, view)}, 'HH24:MI')" for column in ("came", "went"))
    return [
        "WITH people AS (",
        f"  SELECT start_us, end_us, {shift} AS shift, {crew} AS crew, number,",
        "    coalesce(name, number, '?') AS name, min(signed_in_us) AS came, max(signed_out_us) AS went",
        f"  FROM on_shift_turns WHERE plant = {literal(view.plant)}",
        f"    AND end_us > {_NOW} - 172800000000 AND start_us < {_NOW} + 172800000000",
        "  GROUP BY 1, 2, 3, 4, 5, 6),",
        "turns AS (",
        "  SELECT start_us, end_us,",
        f"    shift || ' ' || {_hour('start_us', view)} || '–' || {_hour('end_us', view)} AS said,",
        f"    string_agg(DISTINCT crew, {literal('、' if chinese else ', ')}) AS crews,",
        f"    string_agg(name, {literal(' ' if chinese else ', ')} ORDER BY number) AS names,",
        "    string_agg(name || CASE",
        f"      WHEN came IS NOT NULL THEN ' ' || {came} || '–' || coalesce({went}, '')",
        f"      WHEN start_us <= {_NOW} THEN {literal(' ')} || {unsigned} ELSE '' END,",
        f"      {literal(' · ')} ORDER BY number) AS signed",
        "  FROM people GROUP BY start_us, end_us, shift)",
    ]


def _local(us: str, view: PlantView) -> str:
    return f"to_timestamp({us} / 1000000.0) AT TIME ZONE {literal(view.timezone)}"


def _hour(column: str, view: PlantView) -> str:
    """Return the hour of one of a turn's ends on the plant's clock; minutes only where there are any."""
    at = _local(column, view)
    midnight = f"WHEN to_char({at}, 'HH24:MI') = '00:00' THEN '24' " if column == "end_us" else ""
    return (
        f"CASE {midnight}WHEN extract(minute FROM {at}) = 0 THEN to_char({at}, 'HH24')"
        f" ELSE to_char({at}, 'HH24:MI') END"
    )

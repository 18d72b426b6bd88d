from bench.report import Figure, Section


def test_a_section_is_printed_as_a_table_with_the_ratio_first() -> None:
    figures = [
        Figure("CPU for a million values", "s", 1.25, 2.5, "Telegraf"),
        Figure("node at rest: memory", "MB", 151.4),
        Figure("written to disk, a reading", "bytes", 12000, 100, "SQLite"),
    ]

    text = Section("store", "20 devices", figures, ["Telegraf is not on PATH: left out"]).text()

    assert text == (
        "### store\n\n"
        "20 devices.\n\n"
        "| ratio | what | Outfall | beside |  |\n"
        "| ---: | --- | ---: | ---: | --- |\n"
        "| **0.5** | CPU for a million values | 1.25 s | 2.5 s | Telegraf |\n"
        "|  | node at rest: memory | 151 MB |  |  |\n"
        "| **120** | written to disk, a reading | 12,000 bytes | 100 bytes | SQLite |\n\n"
        "Telegraf is not on PATH: left out."
    )

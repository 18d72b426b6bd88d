from config.csv_lines import CsvLine, csv_lines

OPEN = ("a quote opened in this line is never closed", 'close it, or double it ("") where it is meant')
FOLLOWED = ("text follows a closing quote", 'close every quote, and double one ("") that is meant')


def test_a_record_has_the_line_it_starts_on() -> None:
    text = 'a,b\r\n1,"two\r\nlines"\r\n\r\n , \r\n3, 4 \n'

    assert list(csv_lines(text)) == [
        CsvLine(1, ["a", "b"]),
        CsvLine(2, ["1", "two\r\nlines"]),
        CsvLine(6, ["3", "4"]),
    ]


def test_an_open_quote_costs_its_own_line_only() -> None:
    assert list(csv_lines('a,b\n1,"x\n2,y\n3,z\n')) == [
        CsvLine(1, ["a", "b"]),
        CsvLine(2, ["1", '"x'], OPEN),
        CsvLine(3, ["2", "y"]),
        CsvLine(4, ["3", "z"]),
    ]


def test_a_quote_within_a_cell_is_told_and_the_next_lines_are_read() -> None:
    assert list(csv_lines('1,"x"y\n2,"a ""b"" c"\n')) == [
        CsvLine(1, ["1", '"x"y'], FOLLOWED),
        CsvLine(2, ["2", 'a "b" c']),
    ]


def test_no_text_has_no_lines() -> None:
    assert list(csv_lines("")) == []
    assert list(csv_lines("\n,,\n")) == []

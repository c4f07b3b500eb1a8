"""Data as people have them: every bad row is named with its reason, and none is fatal while a good one is left."""

import io
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symdiff.errors import DataError, LimitError
from symdiff.fit.cells import value_of
from symdiff.fit.data import table, usable
from symdiff.fit.table import Data


def read(source: object, *names: str, x: tuple[str, ...] = ("x",)) -> Data:
    return usable(table(source, x), names or ("x", "y"))


def text(*lines: str) -> io.StringIO:
    return io.StringIO("\n".join(lines) + "\n")


def columns(data: Data) -> dict[str, list[float]]:
    return {name: column.tolist() for name, column in data.columns.items()}


def skips(data: Data) -> dict[int, str]:
    return {one.row: one.reason for one in data.skipped}


LINE = {"x": [-2.0, 3.0], "y": [-3.0, 7.0]}

# fmt: off
SOURCES = [
    ("commas",                    text("x,y", "-2,-3", "3,7")),
    ("semicolons",                text("x;y", "-2;-3", "3;7")),
    ("tabs",                      text("x\ty", "-2\t-3", "3\t7")),
    ("blanks",                    text("  x   y", " -2  -3 ", "  3   7")),
    ("blanks after commas",       text("x, y", "-2, -3", "3, 7")),
    ("a byte order mark",         text("\ufeffx,y", "-2,-3", "3,7")),
    ("quotes",                    text('"x","y"', '"-2","-3"', '3,"7"')),
    ("Windows line ends",         io.StringIO("x,y\r\n-2,-3\r\n3,7\r\n")),
    ("old Mac line ends",         io.StringIO("x,y\r-2,-3\r3,7")),
    ("no last line end",          io.StringIO("x,y\n-2,-3\n3,7")),
    ("empty lines at the end",    text("x,y", "-2,-3", "3,7", "", "")),
    ("a comma too many",          text("x,y,", "-2,-3,", "3,7,")),
    ("a comma too many below",    text("x,y", "-2,-3,", "3,7,")),
    ("typographic minus signs",   text("x,y", "−2,−3", "3,7")),
    ("exponents",                 text("x,y", "-.2e1,-30E-1", "+3.,07")),
    ("other columns",             text("note,y,x,", '"a, b",-3,-2,', ",7,3,")),
    ("bytes",                     io.BytesIO(b"x,y\n-2,-3\n3,7\n")),
    ("bytes with a mark",         io.BytesIO(b"\xef\xbb\xbfx,y\n-2,-3\n3,7\n")),
    ("UTF-16",                    io.BytesIO("x\ty\n-2\t-3\n3\t7\n".encode("utf-16"))),
    ("columns",                   {"x": [-2, 3], "y": (-3, 7), "other": ["a", "b"]}),
    ("columns of arrays",         {"x": np.array([-2, 3], np.int8), "y": np.array([-3, 7], np.float32)}),
    ("columns of exact numbers",  {"x": [Fraction(-2), Decimal(3)], "y": [np.float64(-3), np.longdouble(7)]}),
    ("columns of text",           {"x": ["-2", "3"], "y": [" -3 ", "7"]}),
    ("pairs",                     [(-2, -3), [3, 7]]),
    ("a tuple of pairs",          ((-2, -3), (3, 7))),
    ("zip",                       zip([-2, 3], [-3, 7], strict=True)),
    ("an array of pairs",         np.array([[-2, -3], [3, 7]])),
    ("a pair of arrays",          (np.array([-2, 3]), np.array([-3, 7]))),
    ("a structured array",        np.array([(-2, -3), (3, 7)], dtype=[("x", "f8"), ("y", "i4")])),
]
# fmt: on


@pytest.mark.parametrize("source", [source for _, source in SOURCES], ids=[name for name, _ in SOURCES])
def test_the_same_two_points_are_read_from(source):
    data = read(source)
    assert columns(data) == LINE
    assert data.skipped == ()


def test_a_path_may_be_text_or_a_path(tmp_path):
    file = tmp_path / "line.csv"
    file.write_text("x,y\n-2,-3\n3,7\n", encoding="utf-8")
    assert columns(read(file)) == columns(read(str(file))) == LINE
    assert read(file).source == str(file)


def test_decimal_commas_are_read_where_commas_do_not_separate_and_it_is_said():
    data = read(text("x;y", "1,5;2", "-0,25;3,5e1"))
    assert columns(data) == {"x": [1.5, -0.25], "y": [2.0, 35.0]}
    assert data.notes == (
        "decimal commas: 1,5 in x was read as 1.5",
        "decimal commas: 3,5e1 in y was read as 3.5e1",
    )


def test_a_number_with_comma_and_point_is_not_guessed_at():
    assert skips(read(text("x;y", "1.234,5;2", "1;2")))[2] == "x is '1.234,5', not a number"


def test_decimal_commas_between_commas_are_not_read_as_other_numbers():
    data = read(text("x,y", "1,5,2,5", "1,2"))
    assert columns(data) == {"x": [1.0], "y": [2.0]}
    assert skips(data) == {2: "4 cells under 2 names"}


def test_every_bad_row_is_listed_by_its_line_with_the_reason():
    bad = ["", "nan,3", "4,-inf", "5,oops", "6", ",7", "8,1e999", "9,NA", ",", '"10,1', "# 11,2"]
    data = read(text("x,y", "1,2", *bad, "12,13"))
    assert columns(data) == {"x": [1.0, 12.0], "y": [2.0, 13.0]}
    assert data.rows.tolist() == [2, 14]
    assert skips(data) == {
        3: "the row is empty",
        4: "x is nan",
        5: "y is infinite",
        6: "y is 'oops', not a number",
        7: "y is missing (the row is short)",
        8: "x is empty",
        9: "y is too large for a float",
        10: "y is missing (NA)",
        11: "the row is empty",
        12: "its quotes do not match",
        13: "a comment",
    }


def test_two_faults_in_one_row_are_both_told():
    assert skips(read(text("x,y", "a,", "1,2"))) == {2: "x is 'a', not a number, y is empty"}


def test_a_column_that_is_not_asked_for_may_hold_anything():
    data = read(text("day,x,y", "Monday,1,2", ",3,4", '"a ""quoted"" word, and a comma",5,6'))
    assert columns(data) == {"x": [1.0, 3.0, 5.0], "y": [2.0, 4.0, 6.0]}


def test_a_cell_may_run_over_lines_and_rows_keep_their_line_numbers():
    data = read(text("note,x,y", '"two', 'lines",1,2', "a,b,3", "c,4,5"))
    assert columns(data) == {"x": [1.0, 4.0], "y": [2.0, 5.0]}
    assert skips(data) == {4: "x is 'b', not a number"}


def test_a_quote_left_open_costs_one_row_and_not_the_rest_of_the_file():
    data = read(text("x,y", '"1,2', *[f"{i},{i}" for i in range(50_000)]))
    assert len(data) == 50_000
    assert skips(data) == {2: "its quotes do not match"}


def test_two_columns_without_a_header_are_x_and_y_and_it_is_said():
    data = read(text("-2,-3", "3,7"))
    assert columns(data) == LINE
    assert data.rows.tolist() == [1, 2]
    assert data.notes == ("no header row: the columns are called x and y",)


def test_a_file_that_is_not_utf8_is_read_and_it_is_said(tmp_path):
    file = tmp_path / "old.csv"
    file.write_bytes("Höhe;y\n1;2\n".encode("cp1252"))
    data = read(file, "Höhe", "y")
    assert columns(data) == {"Höhe": [1.0], "y": [2.0]}
    assert data.notes == ("the file is not UTF-8; read as Windows-1252",)


def test_rows_of_columns_and_pairs_are_counted_from_one():
    data = read({"x": [1, None, 3, "a", 5j], "y": [1, 2, float("nan"), 4, 5]})
    assert data.rows.tolist() == [1]
    assert skips(data) == {2: "x is empty", 3: "y is nan", 4: "x is 'a', not a number", 5: "x is 5j, not a number"}
    assert skips(read([(1, 2), (1, 2, 3), 7, (3, "b")])) == {
        2: "3 numbers where (x, y) was expected",
        3: "1 number where (x, y) was expected",
        4: "y is 'b', not a number",
    }


def test_masked_cells_are_not_data():
    data = read({"x": np.ma.array([1, 2, 3], mask=[0, 1, 0]), "y": np.array([1, 2, np.inf])})
    assert columns(data) == {"x": [1.0], "y": [1.0]}
    assert skips(data) == {2: "x is nan", 3: "y is infinite"}


def test_pairs_are_called_as_asked():
    assert columns(usable(table([(1, 2)], ("t",), "volts"), ("t", "volts"))) == {"t": [1.0], "volts": [2.0]}
    assert columns(read([(1, 2, 3)], "u", "v", "y", x=("u", "v"))) == {"u": [1.0], "v": [2.0], "y": [3.0]}


# fmt: off
REFUSED = [
    ("no file",             "missing.csv",                 "cannot read 'missing.csv': No such file or directory"),
    ("a folder",            ".",                           "cannot read '.': Is a directory"),
    ("a path with a NUL",   "a\0b",                        r"cannot read 'a\\x00b'"),
    ("text for a path",     "x,y\n1,2",                    r"read with io.StringIO"),
    ("an empty file",       text(""),                      "is empty"),
    ("only comments",       text("# a", "# b"),            "is empty"),
    ("only a header",       text("x,y"),                   "no usable row .*\nthere is a header and nothing below it"),
    ("no good row",         text("x,y", "a,1", ",2"),      "no usable row .*\nskipped row 2: x is 'a', not a number"),
    ("three bare columns",  text("1,2,3"),                 "has no header row: its first row is all numbers"),
    ("another name",        text("x,Y", "1,2"),            "no column 'y' in .* it has 'x', 'Y'\ndid you mean 'Y'?"),
    ("a name twice",        text("x,y,y", "1,2,3"),        "two columns of .* are called 'y'"),
    ("unequal columns",     {"x": [1, 2], "y": [1]},       "the columns differ in length: x has 2, y has 1"),
    ("a number",            5,                             "5 is no data"),
    ("one column",          [1, 2, 3],                     r"a point is \(x, y\), and the first is 1"),
    ("nothing",             [],                            "no points given"),
    ("no columns",          {},                            "no points given"),
    ("empty columns",       {"x": [], "y": []},            "are empty"),
    ("a column of text",    {"x": "123", "y": [1]},        "the column 'x' is '123'"),
    ("a column that is 2-d", {"x": np.eye(2), "y": [1, 2]}, r"the column 'x' has the shape \(2, 2\)"),
]
# fmt: on


@pytest.mark.parametrize(("source", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_no_data_is_refused_with_a_clear_message(source, message):
    with pytest.raises(DataError, match=message):
        read(source)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_written_out_is_read_back(value):
    assert value_of(repr(value)) == value


@pytest.mark.parametrize("cell", ["1_000", "٣", "0x1", "1 2", "1e", ".", "+-1", "five", "1%", "True", "1,2", "--1"])
def test_what_is_not_written_as_a_number_is_none(cell):
    assert isinstance(value_of(cell), str)


def test_an_integer_beyond_floats_is_told():
    assert value_of(10**400) == "is too large for a float"


class Endless:
    """A file without an end."""

    def __init__(self, line: str | bytes) -> None:
        self.line = line

    def read(self, size: int = -1) -> str | bytes:
        return self.line * max(1, size // len(self.line))


@pytest.mark.parametrize("line", ["y\n", b"y\n", b"1,2\r"])
def test_a_file_without_an_end_is_refused_in_bounded_memory(line, monkeypatch):
    monkeypatch.setattr("symdiff.fit.csvfile.LARGEST_FILE", 3_000_000)
    with pytest.raises(LimitError, match="holds more than 3,000,000 bytes"):
        table(Endless(line))


@pytest.mark.parametrize("line", ["y", b"\0"])
def test_a_line_without_an_end_is_refused(line):
    with pytest.raises(LimitError, match="a line of more than 1,000,000 characters"):
        table(Endless(line))


def test_a_file_of_many_pieces_is_read_whole(tmp_path):
    file = tmp_path / "long.csv"
    file.write_text("x,y\n" + "".join(f"{i},{i}.5\n" for i in range(40_000)), encoding="utf-16")
    assert len(read(file)) == 40_000

"""Data as people have them: every bad row is named with its reason, and none is fatal while a good one is left."""

import io
import math
import sqlite3
import sys
import tempfile
import tracemalloc
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symdiff import fit
from symdiff.core.expr import Sym
from symdiff.errors import DataError, ExtraError, LimitError
from symdiff.fit.data.cells import value_of
from symdiff.fit.data.csvblocks import csv_tables
from symdiff.fit.data.reading import labels, table, usable
from symdiff.fit.data.table import Data, Skipped
from symdiff.text.parse import expression

Cells = Sequence[Any]


def read(source: object, *names: str, x: tuple[str, ...] = ("x",)) -> Data:
    return usable(table(source, x), names or ("x", "y"))


def text(*lines: str) -> io.StringIO:
    return io.StringIO("\n".join(lines) + "\n")


def frames(name: str) -> Any:
    """pandas, Polars or pyarrow, with which users come, and which the package does not need."""
    return pytest.importorskip(name)


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


def only(method: str, frame: Any) -> Any:
    """A frame of a package that nobody has heard of: all that is known of it is one method."""

    def call(_: object, *given: Any, **named: Any) -> Any:
        return getattr(frame, method)(*given, **named)

    return type("Unknown", (), {method: call})()


def records(xs: Cells, ys: Cells) -> list[dict[str, object]]:
    return [{"x": x, "y": y} for x, y in zip(xs, ys, strict=True)]


def sqlite(xs: Cells, ys: Cells) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(":memory:")) as base:
        base.row_factory = sqlite3.Row
        base.execute("create table points (x, y)")
        base.executemany("insert into points values (?, ?)", zip(xs, ys, strict=True))
        return base.execute("select * from points order by rowid").fetchall()


def masked(xs: Cells, ys: Cells) -> dict[str, Any]:
    return {"x": np.ma.array([x or 0 for x in xs], mask=[x is None for x in xs]), "y": np.ma.array(ys)}


def nullable(cells: Cells) -> Any:
    """A column of pandas that tells what is empty from what is nan, where it can."""
    return frames("pandas").array(cells, dtype="Float64") if None in cells else cells


def pandas(xs: Cells, ys: Cells) -> Any:
    return frames("pandas").DataFrame({"x": nullable(xs), "y": ys}, index=range(50, 50 + len(xs)))


def pandas_over_arrow(xs: Cells, ys: Cells) -> Any:
    return arrow(xs, ys).to_pandas(types_mapper=frames("pandas").ArrowDtype)


def series(xs: Cells, ys: Cells) -> dict[str, Any]:
    return {"x": frames("pandas").Series(nullable(xs)), "y": frames("polars").Series(ys)}


def arrow(xs: Cells, ys: Cells) -> Any:
    return frames("pyarrow").table({"x": xs, "y": ys})


def chunked(xs: Cells, ys: Cells) -> Any:
    return frames("pyarrow").concat_tables([arrow(xs, ys).slice(i, 1) for i in range(len(xs))])


def arrow_batch(xs: Cells, ys: Cells) -> Any:
    """A batch that begins within its buffers."""
    return frames("pyarrow").record_batch({"x": [xs[0], *xs], "y": [ys[0], *ys]}).slice(1)


def parquet(xs: Cells, ys: Cells) -> str:
    file = Path(tempfile.mkdtemp()) / "points.parquet"
    frames("pyarrow.parquet").write_table(arrow(xs, ys), file, row_group_size=2)
    return str(file)


def csv(xs: Cells, ys: Cells) -> io.StringIO:
    written = [["" if cell is None else str(cell) for cell in column] for column in (xs, ys)]
    return text("x,y", *map(",".join, zip(*written, strict=True)))


# fmt: off
# Whatever has columns or rows, made of two lists of cells.
KINDS = [
    ("a CSV file",        csv),
    ("a dict of lists",   lambda xs, ys: {"x": xs, "y": ys}),
    ("a dict of arrays",  lambda xs, ys: {"x": np.array(xs), "y": np.array(ys)}),
    ("masked arrays",     masked),
    ("pairs",             lambda xs, ys: list(zip(xs, ys, strict=True))),
    ("dicts",             records),
    ("rows of SQLite",    lambda xs, ys: sqlite([x if x == x else "nan" for x in xs], ys)),
    ("a pandas frame",    pandas),
    ("pandas over Arrow", pandas_over_arrow),
    ("a dict of series",  series),
    ("a Polars frame",    lambda xs, ys: frames("polars").DataFrame({"x": xs, "y": ys})),
    ("a Polars query",    lambda xs, ys: frames("polars").LazyFrame({"x": xs, "y": ys})),
    ("an Arrow table",    arrow),
    ("Arrow in chunks",   chunked),
    ("an Arrow batch",    arrow_batch),
    ("an Arrow stream",   lambda xs, ys: only("__arrow_c_stream__", arrow(xs, ys))),
    ("an Arrow struct",   lambda xs, ys: only("__arrow_c_array__", arrow_batch(xs, ys))),
    ("an interchange",    lambda xs, ys: only("__dataframe__", arrow(xs, ys))),
    ("a Parquet file",    parquet),
]
#              the second cell                 what is said of it
FAULTS = [
    ("nan",    [1.0, math.nan, 3.0, 4.0],      "x is nan"),
    ("inf",    [1.0, -math.inf, 3.0, 4.0],     "x is infinite"),
    ("empty",  [1.0, None, 3.0, 4.0],          "x is empty"),
    ("a word", ["1", "oops", " 3.0 ", "+4e0"], "x is 'oops', not a number"),
    ("a code", ["1", "n/a", "3", "4"],         "x is missing (n/a)"),
]
# fmt: on


@pytest.mark.parametrize(("cells", "reason"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS])
@pytest.mark.parametrize(("name", "source"), KINDS, ids=[row[0] for row in KINDS])
def test_a_bad_cell_costs_its_row_and_is_listed_by_the_number_of_the_row(name, source, cells, reason):
    data = read(source(cells, [2, 3, 5, 7]))
    header = name == "a CSV file"
    assert columns(data) == {"x": [1.0, 3.0, 4.0], "y": [2.0, 5.0, 7.0]}
    assert list(data.rows) == [row + header for row in (1, 3, 4)]
    assert skips(data) == {2 + header: reason}
    assert all(column.flags.c_contiguous and column.dtype == np.float64 for column in data.columns.values())


@pytest.mark.parametrize("source", [make for _, make in KINDS], ids=[name for name, _ in KINDS])
def test_whole_numbers_are_read_from_every_kind_of_source(source):
    data = read(source([-2, 3], [-3, 7]))
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
    assert list(data.rows) == [1, 2]
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
    assert skips(data) == {2: "x is empty", 3: "y is infinite"}


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
    monkeypatch.setattr("symdiff.fit.data.csvfile.LARGEST_FILE", 3_000_000)
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


def test_a_pandas_frame_may_hold_categories_objects_and_dates():
    pd = frames("pandas")
    mixed = pd.Series([1, pd.NA, Decimal(3), "4", pd.NaT], dtype=object)
    frame = pd.DataFrame(
        {"x": pd.Categorical([1, 2, 3, None, 5]), "y": mixed, "day": pd.to_datetime(["2026-01-01"] * 5)}
    )
    data = read(frame)
    assert columns(data) == {"x": [1.0, 3.0], "y": [1.0, 3.0]}
    assert skips(data) == {2: "y is empty", 4: "x is empty", 5: "y is empty"}
    with pytest.raises(DataError, match=r"row 1: day is '2026-01-01.*', not a number"):
        read(frame, "day")


def test_a_column_of_a_frame_may_be_called_like_a_method():
    frame = frames("pandas").DataFrame({"read": [0], "keys": [0], "collect": [0], "x": [1], "y": [2]})
    assert columns(read(frame)) == {"x": [1.0], "y": [2.0]}
    assert columns(read(frame, "read", "collect")) == {"read": [0.0], "collect": [0.0]}


def test_of_a_wide_table_only_the_columns_asked_for_are_read():
    class Column(list):
        def __iter__(self):
            raise AssertionError("nobody asked for it")

    assert columns(read({"x": [1], "y": [2], "z": Column([3])})) == {"x": [1.0], "y": [2.0]}


def test_rows_that_lack_a_cell_or_names_are_listed():
    data = read([{"x": 1, "y": 2}, {"x": 2}, 7, {"x": 3, "y": 4, "z": "new"}])
    assert columns(data) == {"x": [1.0, 3.0], "y": [2.0, 4.0]}
    assert skips(data) == {2: "y is empty", 3: "is 7, and names no cells"}


def test_an_array_in_one_piece_is_used_as_it_is():
    x, y = np.arange(5.0), np.arange(10.0)[::2]
    data = read({"x": x, "y": y})
    assert data.columns["x"] is x
    assert data.columns["y"].flags.c_contiguous
    assert data.rows == range(1, 6)


@pytest.mark.parametrize("kind", ["f2", "f4", ">f8", "g", "i1", "u8", ">i4", "?", "O", "U9", "S9"])
def test_every_type_of_number_becomes_a_float(kind):
    numbers = np.array([0, 1, 1], int).astype(kind) if kind != "U9" else np.array(["0", "1", "1"])
    data = read({"x": numbers, "y": np.asfortranarray(np.ones((3, 2)))[:, 1]})
    assert data.columns["x"].dtype == np.float64
    assert data.columns["x"].tolist() == [0, 1, 1]


@pytest.mark.parametrize("kind", ["F", "D", "G", "M8[ns]", "m8[s]", "M8[D]"])
def test_complex_numbers_and_dates_are_no_numbers(kind):
    with pytest.raises(DataError, match=r"row 1: x is .*, not a number"):
        read({"x": np.array([1, 2]).astype(kind), "y": [1, 2]})


def test_ten_million_numbers_are_checked_without_copies():
    x = np.ones(10_000_000)
    tracemalloc.start()
    data = read({"x": x, "y": x})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(data) == len(x)
    assert peak < 1e6


def test_a_million_rows_left_out_are_kept_as_numbers():
    x = np.ones(2_000_000)
    x[::2] = np.nan
    tracemalloc.start()
    data = read({"x": x, "y": x})
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(data.skipped) == 1_000_000
    assert kept - sum([column.nbytes for column in [*data.columns.values(), data.rows]]) < 30e6
    assert data.skipped[-1] == Skipped(1_999_999, "x is nan, y is nan")
    assert [one.row for one in data.skipped[:3]] == [1, 3, 5]


def test_the_reasons_of_rows_left_out_are_counted():
    data = read({"x": [1, math.nan, math.nan, math.nan, 5], "y": [1, 2, None, 4, None]})
    assert data.skipped.counts() == {"x is nan": 2, "x is nan, y is empty": 1, "y is empty": 1}
    assert list(data.skipped) == [Skipped(row, data.skipped.reason(row)) for row in (2, 3, 4, 5)]
    assert data.skipped == tuple(data.skipped)
    assert read({"x": [1], "y": [1]}).skipped.counts() == {}


def test_a_million_different_words_do_not_fill_the_memory_with_reasons():
    skipped = read({"x": [1, *[f"word {i}" for i in range(50_000)]], "y": range(50_001)}).skipped
    assert len(skipped) == 50_000
    assert skipped[0].reason == "x is 'word 0', not a number"
    assert len(skipped.counts()) < 20_000


def test_rows_taken_out_later_join_the_others():
    data = read({"x": [1, None, 3, 4], "y": [1, 2, 3, 4]}).without(
        np.array([False, True, False]), "log(y) has no value"
    )
    assert skips(data) == {2: "x is empty", 3: "log(y) has no value"}
    assert list(data.rows) == [1, 4]
    whole = read({"x": [1, 2], "y": [3, 4]})
    assert whole.without(np.zeros(2, bool), "none") is whole
    with pytest.raises(DataError, match="no usable row"):
        whole.without(np.ones(2, bool), "all")


@pytest.mark.parametrize(
    "where", [slice(1, 3), np.array([1, 2]), np.array([False, True, True, False]), np.array([-3, -2])]
)
def test_a_part_of_the_data_keeps_its_row_numbers(where):
    for cells, rows in (([0, 1, 2, 3], [2, 3]), ([None, 0, 1, 2, 3], [3, 4])):
        part = read({"x": cells, "y": range(len(cells))}).take(where)
        assert part.columns["x"].tolist() == [1, 2]
        assert [int(row) for row in part.rows] == rows


def test_labels_are_what_stands_in_the_cells():
    found = table(text("site,x,y", " a ,1,2", "b,,3", ",5,7", "a,11,13"))
    assert labels(found, "site") == ["a", "b", None, "a"]
    assert labels(found, "site", usable(found, ["x", "y"])) == ["a", None, "a"]
    pd = frames("pandas")
    assert labels(table(pd.DataFrame({"g": pd.Categorical(["u", None, "v"])})), "g") == ["u", None, "v"]
    assert labels(table({"g": np.array([3, 1, 3])}), "g") == [3, 1, 3]
    with pytest.raises(DataError, match="'g' holds things that are no labels"):
        labels(table({"g": [[1], [2]]}), "g")


def test_a_parquet_file_without_pyarrow_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ExtraError, match=r"needs pyarrow.*\npip install 'symdiff-engine\[data\]'"):
        table("points.parquet")


def test_a_parquet_file_that_is_none_is_refused(tmp_path):
    frames("pyarrow")
    file = tmp_path / "points.parquet"
    with pytest.raises(DataError, match=r"cannot read .*points.parquet': No such file"):
        table(file)
    file.write_text("x,y\n1,2\n")
    with pytest.raises(DataError, match=r"cannot read .*points.parquet': .*\nis it a whole Parquet file?"):
        table(file)


def test_a_parquet_file_that_is_called_otherwise_is_recognised():
    with pytest.raises(DataError, match=r"is a Parquet file\nits name is to end in .parquet"):
        table(io.BytesIO(b"PAR1" + bytes(100)))


def test_an_array_of_another_width_is_refused_at_once():
    with pytest.raises(DataError, match=r"shape \(4, 3\), and there are 2 names \(x, y\)\ngive a dict of columns"):
        read(np.ones((4, 3)))
    with pytest.raises(DataError, match=r"shape \(2, 5\), .*\nturn it round: data.T"):
        read(np.ones((2, 5)))


@pytest.mark.parametrize("mark", [",", ";", "\t", " "])
@given(
    rows=st.lists(st.tuples(st.floats(), st.sampled_from(["1", "2.5", "", "-", "nan", "#", '"', "7,5", "1 2", "1_0"])))
)
def test_tables_of_numbers_are_read_quickly_and_the_same(mark, rows):
    """The short way of a plain table and the long way of any other give one result."""
    lines = ["1,2" if mark == " " else f"x{mark}y", *[f"{x!r}{mark}{y}" for x, y in rows]]
    if mark == " ":
        lines[0] = "x y"
    quick, slow = (outcome(text(*lines[: 1 + len(rows)]), short) for short in (True, False))
    assert quick == slow


def outcome(source: io.StringIO, short: bool) -> object:
    with pytest.MonkeyPatch.context() as patch:
        if not short:
            patch.setattr("symdiff.fit.data.csvfile.plain_cells", lambda *_: None)
            patch.setattr("symdiff.fit.data.cells.at_once", lambda *_: None)
        try:
            data = read(source)
        except DataError as error:
            return str(error)
        return columns(data), list(data.rows), skips(data), data.notes


# ------------------------------------------------------------------------------------------------- names for formulas


HEADERS = {
    "time [s]": [0.0, 1, 2, 3],
    "signal (mV)": [1.0, 3, 5, 7.2],
    "error (mV)": [1.0, 1, 2, 2],
    "site": list("aabb"),
}


def test_a_column_is_called_by_what_stands_before_its_unit() -> None:
    found = fit("a*time + b", HEADERS, y="signal (mV)", x="time [s]", sigma="error (mV)")
    plain = fit(
        "a*t + b", {"t": HEADERS["time [s]"], "y": HEADERS["signal (mV)"], "s": HEADERS["error (mV)"]}, sigma="s"
    )
    assert found.values == plain.values
    assert found.errors == plain.errors
    assert "'time [s]' is called time" in found.report().replace("\n    ", " ")


def test_errors_and_models_of_several_responses_go_by_headers_too() -> None:
    data = {**HEADERS, "drift (mV)": [2.0, 3, 4, 5]}
    found = fit(
        {"signal (mV)": "a*time", "drift": "a*time + b"}, data, sigma={"signal (mV)": "error (mV)", "drift": 0.1}
    )
    assert list(found.values) == ["a", "b"]


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        (["t (s)", "t (h)", "y"], ["t_s", "t_h", "y"]),
        (["t", "t [s]"], ["t", "t_s"]),
        (["e (eV)", "sin [1]", "pi, %"], ["e_eV", "sin", "pi_2"]),
        (["2 theta", "Größe in mm", "°", "x²"], ["_2_theta", "Größe", "column", "x2"]),
        (["a b", "a_b"], ["a_b_2", "a_b"]),
    ],
)
def test_every_column_gets_a_name_of_its_own(headers: list[str], names: list[str]) -> None:
    found = table({header: [1.0] for header in headers})
    assert list(found.columns) == names
    assert all(isinstance(expression(name), Sym) for name in names)


def test_a_header_that_is_nearly_one_is_corrected_by_a_hint_that_works() -> None:
    with pytest.raises(DataError, match=r"did you mean 'signal \(mV\)' \(in formulas signal\)\?"):
        fit("a*time + b", HEADERS, y="signal (mv)")
    with pytest.raises(DataError, match=r"no column 'time \(s\)'"):
        fit("line", HEADERS, y="signal", x="time (s)")


# ---------------------------------------------------------------------------------------------- above and before tables


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("above", "header", "rows"),
    [
        (["Instrument: Cary 60", "Operator, Smith", "Scan 600 nm", ""], "x,y", ["1,2", "2,3", "3,4"]),
        (["Instrument: Cary 60"], "", ["400,0.1", "401,0.2", "402,0.5"]),
        (["Points,3", "Range,5"], "x,z,y", ["1,2,3", "4,5,6", "7,8,9"]),
        (["Messung 7"], "x;y", ["1,5;2,5", ";3,5", "3,5;4,5", "4,5;1"]),
        (["# a comment", "Title of all"], "x\ty", ["1\t2", "3\t4"]),
        ([], "x,y", ["n/a,n/a", "n/a,", "1,2", "1,2,3", "1,2,4", "2,2,2"]),
    ],
)
def test_lines_of_an_instrument_above_a_table_are_told(
    tmp_path: Path, above: list[str], header: str, rows: list[str], at_once: bool
) -> None:
    file, bare = tmp_path / "with.csv", tmp_path / "without.csv"
    names = [header] if header else []
    file.write_text("\n".join([*above, *names, *rows]))
    bare.write_text("\n".join([*names, *rows]))
    one, two = (usable(table(f) if at_once else next(csv_tables(f)), ["x", "y"]) for f in (file, bare))
    assert columns(one) == columns(two)
    assert [row - len(above) for row in one.rows] == list(two.rows)
    assert any("the table begins in line" in note for note in one.notes) == bool(above)


def test_what_is_no_text_is_no_table(tmp_path: Path) -> None:
    file = tmp_path / "picture.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")
    for source in (file, io.BytesIO(file.read_bytes())):
        with pytest.raises(DataError, match="is no table: it begins with bytes that are not text"):
            table(source)
    with pytest.raises(DataError, match="is no table"):
        next(csv_tables(file))

"""Data in parts: the same rows, numbers and reasons as at once, in bounded memory, as often as they are asked for."""

import io
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from symdiff.errors import DataError, ExtraError, LimitError
from symdiff.fit.data.batches import Batches, batches, gathered, joined, opening, prefix, spread
from symdiff.fit.data.csvblocks import csv_tables
from symdiff.fit.data.reading import judged, table, usable
from symdiff.fit.data.streams import is_stream, settled
from symdiff.fit.data.table import Data

NAMES = ["x", "y"]
HALVES = [{"x": [1, 2], "y": [3, None]}, {"x": [5, 6, 7], "y": [7, 8, 9]}]


def pairs(data: Data) -> list[tuple[float, float]]:
    return list(zip(data.columns["x"].tolist(), data.columns["y"].tolist(), strict=True))


def told(data: Data) -> tuple[object, ...]:
    return pairs(data), [int(row) for row in data.rows], [str(one) for one in data.skipped], data.notes


def whole(parts: Batches) -> tuple[object, ...]:
    return told(joined(list(parts)))


def again(make: Callable[[], Iterator[Any]]) -> Any:
    """A thing that can be iterated as often as one likes, and can do nothing else."""
    return type("Loader", (), {"__iter__": lambda _: make()})()


# fmt: off
STREAMS = [
    ("a list",            lambda: HALVES),
    ("a tuple",           lambda: tuple(HALVES)),
    ("an iterator",       lambda: iter(HALVES)),
    ("a generator",       lambda: (half for half in HALVES)),
    ("a function",        lambda: lambda: iter(HALVES)),
    ("a loader",          lambda: again(lambda: iter(HALVES))),
    ("pandas frames",     lambda: [pytest.importorskip("pandas").DataFrame(half, dtype="Float64") for half in HALVES]),
    ("Polars frames",     lambda: [pytest.importorskip("polars").DataFrame(half) for half in HALVES]),
    ("Arrow batches",     lambda: [pytest.importorskip("pyarrow").record_batch(half) for half in HALVES]),
    ("lists of dicts",    lambda: [[{"x": 1, "y": 3}, {"x": 2}], HALVES[1]]),
    ("lists of pairs",    lambda: [[(1, 3), (2, None)], [(5, 7), (6, 8), (7, 9)]]),
    ("arrays of pairs",   lambda: [np.array([[1, 3], [2, None]], object), np.array([[5, 7], [6, 8], [7, 9]])]),
    ("pairs of arrays",   lambda: [(np.array(h["x"]), np.array(h["y"])) for h in HALVES]),
    ("with empty ones",   lambda: [{"x": [], "y": []}, HALVES[0], {"x": [], "y": []}, HALVES[1]]),
    ("tables",            lambda: [table(half) for half in HALVES]),
]
# fmt: on


@pytest.mark.parametrize("make", [make for _, make in STREAMS], ids=[name for name, _ in STREAMS])
def test_rows_are_numbered_through_all_batches(make):
    parts = batches(make(), NAMES)
    assert whole(parts) == ([(1, 3), (5, 7), (6, 8), (7, 9)], [1, 3, 4, 5], ["row 2: y is empty"], ())
    assert (parts.tally.used, parts.tally.left_out) == (4, 1)
    assert [str(one) for one in parts.tally.listed] == ["row 2: y is empty"]


ONE_SOURCE = [
    ("columns", {"x": [1, 2], "y": [3, 5]}),
    ("pairs", [(1, 3), (2, 5)]),
    ("lists", [[1, 3], [2, 5]]),
    ("dicts", [{"x": 1, "y": 3}, {"x": 2, "y": 5}]),
    ("an array", np.array([[1, 3], [2, 5]])),
    ("arrays", (np.array([1, 2]), np.array([3, 5]))),
    ("an open file", io.StringIO("x,y\n1,3\n2,5\n")),
    ("points that come once", zip([1, 2], [3, 5], strict=True)),
]


@pytest.mark.parametrize("source", [one for _, one in ONE_SOURCE], ids=[name for name, _ in ONE_SOURCE])
def test_what_is_no_stream_is_one_batch(source):
    source = settled(source)
    assert not is_stream(source)
    assert whole(batches(source, NAMES))[0] == [(1, 3), (2, 5)]


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow"])
def test_frames_and_their_columns_are_no_streams(name):
    package = pytest.importorskip(name)
    frame = (package.table if name == "pyarrow" else package.DataFrame)({"x": [1, 2], "y": [3, 5]})
    assert not is_stream(frame)
    assert not is_stream((frame["x"], frame["y"]))
    assert whole(batches((frame["x"], frame["y"]), NAMES))[0] == [(1, 3), (2, 5)]
    assert is_stream([frame])


@pytest.mark.parametrize("make", [make for _, make in STREAMS], ids=[name for name, _ in STREAMS])
def test_a_stream_is_told_from_points(make):
    assert is_stream(settled(make()))
    assert is_stream(batches(make(), NAMES))


def test_a_batch_is_never_larger_than_asked():
    parts = batches([{"x": range(1000), "y": range(1000)}, {"x": [1], "y": [2]}], NAMES, size=300)
    assert [len(part) for part in parts] == [300, 300, 300, 100, 1]
    assert [int(part.rows[0]) for part in parts] == [1, 301, 601, 901, 1001]


def test_batches_can_be_gone_through_again_but_not_those_of_an_iterator():
    for make in (lambda: HALVES, lambda: lambda: iter(HALVES), lambda: again(lambda: iter(HALVES))):
        parts = batches(make(), NAMES)
        assert whole(parts) == whole(parts)
    parts = batches(iter(HALVES), NAMES)
    assert len(whole(parts)[0]) == 4
    with pytest.raises(DataError, match=r"gone through only once\ngive a list of them, or a function that makes"):
        list(parts)


def test_a_function_that_gives_the_same_iterator_again_is_found_out():
    same = iter(HALVES)
    parts = batches(lambda: same, NAMES)
    list(parts)
    with pytest.raises(DataError, match="no usable row in the batches given\nno batch has a row"):
        list(parts)


def test_batches_that_change_between_passes_are_found_out():
    lengths = iter([2, 3])
    parts = batches(lambda: iter([{"x": range(n), "y": range(n)} for n in [next(lengths)]]), NAMES)
    list(parts)
    with pytest.raises(DataError, match="had 2 usable rows at first, and 3 when read again"):
        list(parts)


UNEQUAL = {"x": [1, 2], "y": [1]}

# fmt: off
REFUSED = [
    ("a column less", [HALVES[0], {"x": [1]}],       "no column 'y' in batch 2: it has 'x'"),
    ("unequal",       [HALVES[0], UNEQUAL],          "batch 2: the columns differ in length: x has 2, y has 1"),
    ("no data",       [HALVES[0], 5],                "batch 2: 5 is no data"),
    ("no good row",   [{"x": [None], "y": [1]}],     "no usable row in the batches given\nskipped row 1: x is empty"),
    ("no iterator",   lambda: 5,                     "the function given returned a int, not an iterator"),
    ("one batch",     lambda: {"x": [1], "y": [2]},  "the function given returned a dict, not an iterator"),
    ("no file",       "missing.csv",                 "cannot read 'missing.csv': No such file"),
    ("no second one", [HALVES[0], "missing.csv"],    "cannot read 'missing.csv': No such file"),
]
# fmt: on


@pytest.mark.parametrize(("source", "message"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_is_no_stream_of_data_is_refused_with_its_place(source, message):
    with pytest.raises(DataError, match=message):
        list(batches(source, NAMES))


def test_an_error_of_the_users_own_generator_is_not_hidden():
    def broken() -> Iterator[Any]:
        yield HALVES[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(batches(broken(), NAMES))


def test_of_many_rows_left_out_the_first_are_listed_and_all_are_counted():
    parts = batches([{"x": [None] * 900 + [1], "y": range(901)}] * 3, NAMES)
    assert sum(map(len, parts)) == 3
    assert parts.tally.left_out == 2700
    assert [one.row for one in parts.tally.listed[898:902]] == [899, 900, 902, 903]
    assert len(parts.tally.listed) == 1000


def test_the_first_rows_can_be_seen_before_the_pass():
    for source in (HALVES, iter(HALVES)):
        parts = batches(source, NAMES)
        assert list(opening(parts).columns) == NAMES
        assert pairs(prefix(parts, 2)) == [(1, 3), (5, 7)]
        assert pairs(prefix(parts, 1)) == [(1, 3)]
        assert told(prefix(parts, 99))[:3] == whole(parts)[:3]


def test_what_fits_into_memory_is_gathered_with_all_that_was_left_out():
    halves = [{"x": [None], "y": [0]}, *HALVES, {"x": [1, 2], "y": ["word", 2]}, {"x": [""], "y": [0]}]
    parts = batches(iter(halves), NAMES, size=2)
    assert gathered(parts, most=79) is None
    data = gathered(parts, most=80)
    assert told(data)[:2] == ([(1, 3), (5, 7), (6, 8), (7, 9), (2, 2)], [2, 4, 5, 6, 8])
    assert [one.row for one in data.skipped] == [1, 3, 7, 9]
    assert sum([len(part.skipped) for part in batches(halves, NAMES, size=1)]) == 4
    assert gathered(batches([HALVES[1]] * 3, NAMES)).rows == range(1, 10)


def test_spread_rows_reach_to_the_end():
    rows = spread(batches([{"x": range(i, i + 70), "y": range(70)} for i in range(0, 7000, 70)], NAMES), 50)
    assert 50 <= len(rows) < 100
    assert len(set(np.diff(rows.columns["x"]))) == 1
    assert rows.columns["x"][0] == 0
    assert rows.columns["x"][-1] > 6800
    assert np.array_equal(rows.columns["x"] + 1, np.asarray(rows.rows))


def parquet(folder: Path, **columns: Any) -> Path:
    pyarrow, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    file = folder / "points.parquet"
    pq.write_table(pyarrow.table(columns), file, row_group_size=7)
    return file


@pytest.mark.parametrize("size", [3, 10, 1000])
def test_a_parquet_file_in_parts_is_the_same_as_at_once(tmp_path, size):
    x = [None if i % 11 == 5 else float(i) for i in range(100)]
    file = parquet(tmp_path, x=x, y=np.arange(100, dtype=np.int16), note=["text"] * 100)
    parts = batches(file, NAMES, size=size)
    assert max(map(len, parts)) <= size
    data = usable(table(file), NAMES)
    assert whole(parts) == told(data)
    assert (parts.tally.used, parts.tally.left_out) == (len(data), 9)
    assert list(opening(file).columns) == ["x", "y", "note"]
    assert pairs(prefix(parts, 8)) == pairs(data.take(slice(0, 8)))


def test_a_parquet_file_lacks_a_column_or_is_broken(tmp_path, monkeypatch):
    file = parquet(tmp_path, x=[1.0], Y=[2.0])
    with pytest.raises(DataError, match=r"no column 'y' in .*points.parquet: it has 'x', 'Y'\ndid you mean 'Y'"):
        list(batches(file, NAMES))
    cut = tmp_path / "cut.parquet"
    cut.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"cannot read .*\nis it a whole Parquet file"):
        list(batches(cut, NAMES))
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ExtraError, match=r"symdiff-engine\[data\]"):
        list(batches(file, NAMES))


def test_large_files_are_streams(tmp_path, monkeypatch):
    file = tmp_path / "points.csv"
    file.write_text("x,y\n1,2\n")
    assert not is_stream(file)
    assert not is_stream("missing.csv")
    monkeypatch.setattr("symdiff.fit.data.streams.LARGE_CSV", 5)
    assert is_stream(str(file))
    assert is_stream([file, file])
    assert whole(batches([file, str(file)], NAMES)) == ([(1, 2), (1, 2)], [2, 4], [], ())


def test_rows_of_files_and_frames_count_on(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("x,y\n1,2\n,4\n# end\n")
    parts = batches([HALVES[0], file, HALVES[1]], NAMES)
    assert whole(parts)[1] == [1, 4, 7, 8, 9]
    assert [one.row for one in parts.tally.listed] == [2, 5, 6]


# fmt: off
CELLS = ["1", "-2.5", "3e2", "", "nan", "inf", "word", '"4"', '"6\n7"', "8,9", "#", "é", "\r", "1_0",
         "1e999", " 5 ", "0x1", "+1", ".5", "5.", "1d5", "1 2", "−1"]
# fmt: on


@pytest.mark.parametrize("arrow", [True, False], ids=["with Arrow", "without"])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.lists(st.sampled_from(CELLS), min_size=1, max_size=3), min_size=1, max_size=12),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    block=st.integers(1, 60),
)
def test_a_csv_file_in_blocks_is_the_same_as_at_once(tmp_path, arrow, rows, end, block):
    file = tmp_path / "points.csv"
    lines = ["# points", "x,y", "0,0", *[",".join(row) for row in rows]]
    file.write_bytes((end.join(lines) + end).encode())
    with pytest.MonkeyPatch.context() as patch:
        if not arrow:
            patch.setattr("symdiff.fit.data.parquet.arrow_csv", lambda: None)
        parts = [judged(part, NAMES) for part in csv_tables(file, NAMES, block)]
    assert told(joined(parts)) == told(usable(table(file), NAMES))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("mark", [",", ";", "\t", " "])
def test_blocks_are_read_in_every_encoding_and_with_every_separator(tmp_path, encoding, mark):
    file = tmp_path / "points.csv"
    lines = [f"x{mark}Höhe", *[f"{i}{mark}{i}.5" for i in range(500)]]
    file.write_bytes("\n".join(lines).encode(encoding))
    for block in (64, 1000):
        data = joined([judged(part, ["x", "Höhe"]) for part in csv_tables(file, ["x", "Höhe"], block)])
        assert data.columns["Höhe"].tolist() == [i + 0.5 for i in range(500)]
        assert [int(row) for row in data.rows] == list(range(2, 502))
        assert data.notes == (("the file is not UTF-8; read as Windows-1252",) if encoding == "cp1252" else ())


def test_decimal_commas_in_blocks_are_read_and_it_is_said_once(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("x;y\n" + "".join(f"{i},5;{i}\n" for i in range(100)))
    parts = [judged(part, NAMES) for part in csv_tables(file, NAMES, 50)]
    assert joined(parts).columns["x"].tolist() == [i + 0.5 for i in range(100)]
    assert joined(parts).notes[0] == "decimal commas: 0,5 in x was read as 0.5"
    parts = batches(file, NAMES)
    assert len(list(parts)) == 1
    assert parts.tally.notes == ("decimal commas: 0,5 in x was read as 0.5",)


def test_a_table_of_numbers_without_a_header_is_said_to_be_x_and_y(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("".join(f"{i},{i}\n" for i in range(100)))
    parts = batches(file, NAMES)
    assert sum(map(len, parts)) == 100
    assert parts.tally.notes == ("no header row: the columns are called x and y",)


@pytest.mark.parametrize("arrow", [True, False], ids=["with Arrow", "without"])
def test_a_long_csv_file_is_read_in_constant_memory(tmp_path, arrow, monkeypatch):
    if not arrow:
        monkeypatch.setattr("symdiff.fit.data.parquet.arrow_csv", lambda: None)
    file = tmp_path / "points.csv"
    file.write_text("x,y\n" + "".join(f"{j},{j}\n" if j % 1000 else ",\n" for j in range(50_000)))
    next(csv_tables(file, NAMES))
    tracemalloc.start()
    used = sum([len(judged(part, NAMES)) for part in csv_tables(file, NAMES, 4096)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert used == 49_950
    assert peak < file.stat().st_size / 2


def test_a_line_without_an_end_is_refused_in_a_long_file(tmp_path):
    file = tmp_path / "points.csv"
    file.write_text("x,y\n" + "1" * 3_000_000)
    with pytest.raises(LimitError, match="a line of more than 1,000,000 characters"):
        list(batches(file, NAMES))

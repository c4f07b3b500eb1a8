"""Reports: the pictures of golden/fit, kept as they should read; every format; what a report may never do."""

import html.parser
import json
import math
import os
import pickle
import re
import time
from pathlib import Path

import numpy as np
import pytest

from symdiff.errors import FitError
from symdiff.fit import fit
from symdiff.fit.report import FORMATS, report
from symdiff.fit.words import rounded

GOLDEN = Path(__file__).resolve().parent / "golden" / "fit"

# Numbers that every machine has alike: halves and small fractions, not random ones.
X = [0.5 * i for i in range(12)]
WIGGLE = [0.25, -0.5, 0.125, 0.375, -0.25, -0.125, 0.5, -0.375, 0.25, -0.25, 0.125, -0.125]
LINE = {"x": X, "y": [2 * x + 1 + w for x, w in zip(X, WIGGLE, strict=True)]}
CURVE = {"x": X, "y": [0.5 * x**2 + w / 4 for x, w in zip(X, WIGGLE, strict=True)]}
OUTLIER = {"x": X, "y": [y + 8 * (i == 7) for i, y in enumerate(LINE["y"])]}
COUNTS = {"x": X, "y": [1, 2, 1, 3, 2, 5, 4, 7, 8, 9, 14, 15]}
HOLES = {"x": [None, *X], "y": [1, "?", *LINE["y"][1:]], "s": [1] * 5 + [0] + [2] * 7}

# fmt: off
REPORTS = {
    "line":         lambda: fit("a*x + b", LINE),
    "missed_curve": lambda: fit("a*x + b", CURVE),
    "outlier":      lambda: fit("a*x + b", OUTLIER),
    "undetermined": lambda: fit("(a + b)*x + c", LINE),
    "silent":       lambda: fit("a*x + b*z", LINE | {"z": [0] * 12}),
    "no_spare":     lambda: fit("a*x + b", [(1, 2), (2, 5)]),
    "ties_bounds":  lambda: fit("a*x + b + c*x^2 + d*x^3", LINE, tied={"b": "a/2"}, bounds={"c": (0.125, 1)},
                                fixed={"d": 0}, start={"a": 1, "c": 0.5}),
    "absolute":     lambda: fit("a*x + b", LINE, sigma=0.25, absolute_sigma=True),
    "poisson":      lambda: fit("exp(a + b*x)", COUNTS, loss="poisson", start={"a": 0, "b": 0.5}),
    "skipped":      lambda: fit("a*x + b", HOLES, sigma="s"),
    "descent":      lambda: fit("a*x^2 + b*x + c", [(-2, 15), (0, 1), (3, 10)], rate=0.1),
}
# fmt: on


@pytest.mark.parametrize("name", REPORTS)
def test_reports_read_as_they_are_kept(name):
    found = REPORTS[name]().report()
    if name != "descent":  # how many steps the last digits take is the machine's
        found = re.sub(r"\d+ (evaluation|step)s?\b", lambda m: f"N {m[1]}s", found)
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(f"{found}\n", encoding="utf-8")
    assert f"{found}\n" == file.read_text(encoding="utf-8")


def test_no_report_is_kept_that_nobody_makes():
    assert sorted(file.stem for file in GOLDEN.glob("*.txt")) == sorted(REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_no_line_of_a_report_is_too_long_to_read_or_has_a_tail(name):
    for line in REPORTS[name]().report().splitlines():
        assert len(line) <= 130
        assert line == line.rstrip()


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_json_too(name):
    found = REPORTS[name]()
    told = json.loads(found.report("json"))
    assert told == json.loads(json.dumps(found.summary(), allow_nan=False))
    assert told["values"].keys() == set(found.parameters)
    assert told["converged"] == found.converged
    if found.converged:
        assert told["errors"].keys() == told["intervals"].keys() == set(found.parameters)
        assert {"aic", "bic", "r_squared", "condition", "degrees_of_freedom", "diagnostics"} <= told.keys()


class Balance(html.parser.HTMLParser):
    """Whether every element that is opened is closed, in order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_is_html_too(name):
    page = Balance()
    found = REPORTS[name]()
    page.feed(found.report("html"))
    assert page.open == []
    assert page.seen <= {"div", "table", "thead", "tbody", "tr", "th", "td", "p", "h4"}
    assert found._repr_html_() == found.report("html")


def test_nothing_in_the_data_becomes_markup():
    bad = "<script>alert(1)</script>"
    found = fit("a*x", {"x": [1, 2, 3, 4], "y": [1, 2, bad, 4]})
    assert "&lt;script&gt;" in found.report("html")
    assert "<script" not in found.report("html")
    assert "\\<script\\>" in found.report("markdown")
    found = fit("a*x_1 + b*x_2", {"x_1": [1, 2, 3, 4], "x_2": [1, 4, 9, 16], "y": [1, 2, 3, 5]})
    assert "a\\*x\\_1 + b\\*x\\_2" in found.report("markdown")


def test_every_table_of_markdown_has_as_many_cells_in_each_row():
    for name, make in REPORTS.items():
        tables = re.findall(r"(?:^\|.*\n?)+", make().report("markdown"), re.M)
        assert tables, name
        for table in tables:
            counts = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
            assert len(counts) == 1, table


def test_a_format_that_is_not_there_is_refused():
    with pytest.raises(FitError, match="no report in the format 'htm'\ndid you mean 'html'"):
        fit("a*x + b", LINE).report("htm")
    assert FORMATS == ("text", "markdown", "html", "json")


def test_intervals_of_a_report_are_of_the_level_asked_for():
    found = fit("a*x + b", LINE)
    assert "99 % interval" in found.report(level=0.99)
    low, high = found.summary(level=0.99)["intervals"]["a"]
    assert (low, high) == pytest.approx(found.intervals(0.99)["a"])


@pytest.mark.parametrize(
    ("value", "error", "expected"),
    [
        (2.53412, 0.01234, ("2.534", "0.012")),
        (-2.53412, 0.0996, ("-2.53", "0.10")),
        (0.5, 0.999, ("0.5", "1.0")),
        (1234567.8, 8900.0, ("1234600", "8900")),
        (1.23456e-6, 3.1e-9, ("1.2346e-6", "0.0031e-6")),
        (-1.998e12, 1e10, ("-1.998e12", "0.010e12")),
        (3.0, 0.0, ("3", "0")),
        (3.25, math.inf, ("3.25", "-")),
        (3.25, math.nan, ("3.25", "-")),
        (0.001, 5.0, ("0.0", "5.0")),
        (1e300, 2e298, ("1e300", "2e298")),
    ],
)
def test_values_have_the_digits_that_their_errors_leave_them(value, error, expected):
    assert rounded(value, error) == expected


def test_a_fit_that_has_not_converged_shows_no_errors():
    found = fit("a*x + b", LINE, rate=0.01, steps=3)
    assert not found.converged
    assert "± error" not in found.report()
    assert found.summary()["errors"] is None


def test_the_start_is_beside_the_value_where_one_was_given():
    told = fit("a*exp(b*x)", LINE, start={"a": 1.5, "b": 0.25}).report()
    assert re.search(r"^a .* 1\.5$", told, re.M)


def test_a_report_survives_pickling():
    for name in ("line", "poisson", "ties_bounds", "descent"):
        found = REPORTS[name]()
        before = found.report()
        assert pickle.loads(pickle.dumps(found)).report() == before


def test_a_fit_is_made_without_computing_what_nobody_asked():
    found = fit("a*exp(-b*x) + c", LINE, start={"a": 1, "b": 0.1, "c": 0})
    kept = set(vars(found))
    assert kept == {"problem", "outcome", "method", "system", "notes", "starts"}
    begin = time.perf_counter()
    for _ in range(1000):
        type(found)(found.problem, found.outcome, method=found.method, system=found.system)
    assert time.perf_counter() - begin < 0.02


def test_a_report_on_many_rows_keeps_to_blocks():
    import tracemalloc

    x = np.linspace(0, 1, 600_000)
    y = 2 * x + 1 + 0.1 * np.sin(1e6 * x)
    y[123_456] += 3
    found = fit("a*x + b", {"x": x, "y": y})
    tracemalloc.start()
    told = found.report()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40e6
    assert "row 123457" in told


def test_the_spelling_of_settings_is_the_surface_s_own():
    told = report(REPORTS["outlier"](), lambda setting: f"--{setting.name} {setting.value}")
    assert "--loss huber" in told


def test_the_errors_of_both_are_told_where_x_has_some():
    line = fit("a*x + b", LINE, sigma_x={"x": 0.1}, sigma=0.3).report().splitlines()[2]
    assert "errors of 0.1 in x and 0.3 in y, relative" in line
    columns = LINE | {"u": [0.1] * 12, "v": [0.2] * 12}
    line = fit("a*x + b", columns, sigma_x={"x": "u"}, sigma="v", absolute_sigma=True).report().splitlines()[2]
    assert "errors of u in x and v in y, absolute" in line


def test_the_bound_that_holds_a_fit_back_is_named_before_outliers():
    found = fit("a*x + b", OUTLIER, bounds={"a": (None, 1)})
    assert any(row.out for row in found.diagnostics.outliers)
    assert "the bound of a holds the fit back" in found.report().lower()


def test_no_share_of_squares_is_shown_for_other_losses():
    for loss in ("huber", "abs(r)", "log(1 + exp(-y*f))"):
        assert "R^2" not in fit("a*x + b", LINE, loss=loss).report()


def test_a_number_of_any_size_is_short():
    found = fit("a*1e40*x", LINE, bounds={"a": (1, None)}, start={"a": 1}).report()
    assert max(map(len, found.splitlines())) < 130


def test_of_very_many_rows_left_out_the_first_are_listed_and_all_are_counted():
    y = [*LINE["y"], *[math.nan] * 5000]
    told = fit("a*x + b", {"x": [*X, *range(5000)], "y": y}).summary()["data"]
    assert len(told["skipped"]) == 1000
    assert (told["skipped_rows"], told["skipped_reasons"]) == (5000, {"y is nan": 5000})

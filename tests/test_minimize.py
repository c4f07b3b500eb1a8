"""`minimize`: the known minima of other people's problems, and formulas that have none, or have it on an edge."""

import json
import math

import numpy as np
import pytest

from symdiff import parse, val
from symdiff.errors import FitError, ParseError
from symdiff.fit.descent.minimizing import minimize
from symdiff.fit.descent.squares import residuals_of
from symdiff.fit.methods.table import METHODS

BANANA = "(1 - x)^2 + 100*(y - x^2)^2"


def reached(found, known):
    return abs(found.value - known) <= 1e-8 * (abs(known) or 1)


def start_of(record):
    return dict(zip(record["variables"], record["start"], strict=True))


def whole(record):
    return record.get("objective") or " + ".join(f"({r})^2" for r in record["residuals"])


# ------------------------------------------------------------------------------------------- known minima (external)


def test_every_known_minimum_is_found_from_its_start(entries):
    records = entries("optimize.jsonl")
    assert len(records) >= 34
    found = {record["name"]: minimize(whole(record), start_of(record)) for record in records}
    missed = [r["name"] for r in records if not reached(found[r["name"]], r["minimum"])]
    assert missed == []
    assert [name for name, one in found.items() if not one.converged] == []


def test_every_known_minimum_is_found_from_a_list_of_residuals(entries):
    records = [record for record in entries("optimize.jsonl") if "residuals" in record]
    missed = [r["name"] for r in records if not reached(minimize(r["residuals"], start_of(r)), r["minimum"])]
    assert missed == []


@pytest.mark.parametrize(("method", "least"), [("newton", 31), ("l-bfgs", 29)])
def test_a_single_method_finds_most_of_them(entries, method, least):
    records = entries("optimize.jsonl")
    found = [reached(minimize(whole(r), start_of(r), method), r["minimum"]) for r in records]
    assert sum(found) >= least


# ------------------------------------------------------------------------------------------------------ the answer


def test_the_answer_has_place_value_slopes_and_curvature():
    found = minimize(BANANA, {"x": -1.2, "y": 1})
    assert found.value == pytest.approx(0, abs=1e-20)
    assert found.at == pytest.approx({"x": 1, "y": 1}, abs=1e-9)
    assert found.gradient == pytest.approx({"x": 0, "y": 0}, abs=1e-7)
    assert found.hessian == pytest.approx(np.array([[802, -400], [-400, 200]]), rel=1e-6)
    assert found.start == {"x": -1.2, "y": 1}
    assert found.history.at(-1) == found.at
    assert (found.converged, found.reason, found.advice) == (True, "converged", "")
    assert repr(found).startswith("<Minimum: converged, ")


def test_the_report_is_a_card_and_the_summary_json():
    found = minimize(BANANA, {"x": -1.2, "y": 1})
    text = found.report()
    assert "of        (1 - x)^2 + 100*(y - x^2)^2" in text
    assert "start     x = -1.2, y = 1" in text
    assert "ended     converged after" in text
    told = json.loads(json.dumps(found.summary(), allow_nan=False))
    assert told["reason"] == "converged"
    assert told["at"] == found.at


def test_formula_expression_and_residuals_are_the_same_question():
    start = {"x": -1.2, "y": 1}
    for asked in (BANANA, parse(BANANA), ["1 - x", "10*(y - x^2)"], (parse("1 - x"), "10*(y - x^2)")):
        assert minimize(asked, start).at == pytest.approx({"x": 1, "y": 1}, abs=1e-9)


@pytest.mark.parametrize("method", [name for name in METHODS if name != "sgd"])
def test_every_method_can_be_asked_for(method):
    found = minimize("(x - 1)^2 + (x*y - 2)^2", {"x": 3, "y": 1}, method)
    assert found.at == pytest.approx({"x": 1, "y": 2}, abs=1e-4)


def test_a_rate_means_descent():
    found = minimize("x^2 + y^2", {"x": 1, "y": 2}, rate=0.25, steps=3)
    assert found.at == {"x": 0.125, "y": 0.25}
    assert found.method == "gradient descent, rate 0.25"
    assert found.foresight.best_rate == 0.5


def test_other_valleys_near_the_start_are_looked_into_while_squares_are_left():
    trigonometric = [
        f"4 - (cos(a) + cos(b) + cos(c) + cos(d)) + {i}*(1 - cos({x})) - sin({x})" for i, x in enumerate("abcd", 1)
    ]
    found = minimize(trigonometric, dict.fromkeys("abcd", 0.25))
    assert found.value == pytest.approx(0, abs=1e-15)
    assert len(found.starts) > 1
    assert minimize(trigonometric, dict.fromkeys("abcd", 0.25), seed=1).value == pytest.approx(0, abs=1e-15)
    assert "starts" in found.report()


def test_many_symbols_are_no_trouble():
    n = 350
    text = " + ".join(f"(x{i} - {i})^4 + (x{i} - x{i + 1})^2" for i in range(n))
    found = minimize(text)
    assert found.method == "L-BFGS"
    assert found.converged
    assert found.at["x100"] == pytest.approx(100, abs=1)


# ------------------------------------------------------------------------------------------- what has no minimum

# fmt: off
ODD = [
    # formula               start             reason       said
    ("x",                    {},               "diverged",  "falls without end"),
    ("-x^2",                 {},               "diverged",  "falls without end"),
    ("x*y",                  {},               "diverged",  "falls without end"),
    ("x^3",                  {"x": 1},         "diverged",  "falls without end"),
    ("x^4 - y^2",            {"x": 1},         "diverged",  "falls without end"),
    ("exp(-x)",              {},               "stalled",   "ever more slowly"),
    ("1/x",                  {"x": 1},         "stalled",   "ever more slowly"),
    ("log(x)",               {"x": 1},         "stalled",   "beyond floats"),
    ("abs(x)",               {"x": 1},         "converged", "corner where x = 0"),
    ("abs(x - 3) + x/2",     {},               "converged", "corner where x - 3 = 0"),
    ("max(x, 2 - x)",        {"x": 5},         "converged", "corner where"),
    ("5*x^0 + (y - 2)^2",    {},               "converged", ""),
    ("cos(x)",               {},               "converged", ""),
    ("floor(x)",             {"x": 0.5},       "stalled",   "does not change"),
    ("(x + y)^2",            {"x": 1},         "converged", ""),
    ("x - log(x)",           {"x": 50},        "converged", ""),
    ("(x - 1)^2*(1 + y^2)",  {"x": 3, "y": 2}, "converged", ""),
]
# fmt: on


@pytest.mark.parametrize(("text", "start", "reason", "said"), ODD, ids=[row[0] for row in ODD])
def test_every_kind_of_end_is_named(text, start, reason, said):
    found = minimize(text, start)
    assert found.reason == reason
    assert said in found.why
    assert found.advice or found.converged
    json.dumps(found.summary(), allow_nan=False)
    assert found.report()


def test_what_is_undetermined_is_named():
    assert "does not curve" in minimize("(x + y - 1)^2").advice


def test_a_minimum_on_a_bound():
    found = minimize("(x - 3)^2 + (y + 1)^2", {"x": 1}, bounds={"x": (0, 2), "y": (None, 5)})
    assert found.at == pytest.approx({"x": 2, "y": -1}, abs=1e-9)
    assert found.converged
    assert minimize("x", bounds={"x": (-4, None)}).at == {"x": -4}
    assert minimize("x", bounds={"x": (-4, None)}).converged
    assert minimize("exp(-x)", bounds={"x": (0, 10)}).at == {"x": 10}
    assert minimize(["x - 3", "y + 1"], {"x": 9}, bounds={"x": (0, 2)}).at == pytest.approx({"x": 2, "y": -1})


def test_an_interrupt_keeps_the_best_so_far():
    def impatient(step, value):
        if step == 4:
            raise KeyboardInterrupt

    for asked in (BANANA, "x^4 - 3*x^2 + x + exp(y) - y"):
        found = minimize(asked, {"x": -1.2, "y": 1}, seen=impatient)
        assert found.reason == "interrupted"
        assert found.value < 24.3


def test_steps_that_run_out_are_said():
    found = minimize(BANANA, {"x": -1.2, "y": 1}, steps=3)
    assert found.reason == "steps"
    assert found.steps <= 3
    assert "steps=30" in found.advice
    assert minimize(BANANA, {"x": -1.2, "y": 1}, steps=0).reason == "steps"


@pytest.mark.parametrize(
    ("text", "bounds", "least"),
    [
        ("x", {"x": (2, None)}, {"x": 2}),
        ("x + y", {"x": (2, None), "y": (1, None)}, {"x": 2, "y": 1}),
        ("y - 3*x", {"x": (None, 5), "y": (0, 9)}, {"x": 5, "y": 0}),
        ("x + (y - 3)^2", {"x": (2, None)}, {"x": 2, "y": 3}),
    ],
)
def test_a_slope_that_ends_at_a_bound_has_its_minimum_there(text, bounds, least):
    found = minimize(text, bounds=bounds)
    assert found.converged
    assert found.at == pytest.approx(least, abs=1e-9)
    assert "bound" in found.why
    assert found.advice == ""


def test_a_bound_on_one_symbol_does_not_hold_the_other():
    assert minimize("x + y", bounds={"x": (2, None)}).reason == "diverged"


def test_slopes_that_vanish_far_away_are_no_minimum_and_flat_minima_are():
    assert minimize("exp(-x)", {"x": -700}).reason == "stalled"
    assert minimize("exp(x) + (y - 1)^2", {"x": 500, "y": 3}).reason == "stalled"
    assert minimize("x^6 + y^4", {"x": 1, "y": -2}).converged
    assert minimize("(x - 3)^8 + 1", {"x": 1}).converged


def test_a_formula_is_not_spoken_of_as_data():
    asked = [(text, {"start": start}) for text, start, *_ in ODD]
    asked += [("x", {"bounds": {"x": (2, None)}}), ("1e20*x", {}), ("(x + y - 1)^2", {}), ("x^2", {"rate": 5})]
    asked += [("exp(x^2)", {"start": {"x": 5}, "method": "adam"}), ("x*y*z", {"rate": 1, "steps": 3})]
    asked += [("+".join(f"(m*{10**9 + i} + b - {i})^2" for i in range(4)), {"method": "descent"})]
    for text, how in asked:
        found = minimize(text, **how)
        said = f"{found.why} {found.advice} {found.foresight.text() if found.foresight else ''}"
        assert not {"data", "column", "columns", "row", "rows"} & set(said.replace(",", " ").split()), (text, said)


# fmt: off
REFUSED = [
    (lambda: minimize("3"),                                        FitError,   "no parameter to change"),
    (lambda: minimize([]),                                         FitError,   "no formula to minimise"),
    (lambda: minimize("x^2 +"),                                    ParseError, ""),
    (lambda: minimize("x^2", {"y": 1}),                            FitError,   "no parameter 'y'"),
    (lambda: minimize("log(x)"),                                   FitError,   "no finite loss"),
    (lambda: minimize("x^2", method="newtn"),                      FitError,   "did you mean 'newton'"),
    (lambda: minimize("x^2", method="gd"),                         FitError,   "did you mean 'descent'"),
    (lambda: minimize("x^2", {"x": 1}, bounds={"x": (2, 1)}),      FitError,   "the lower one comes first"),
    (lambda: minimize("x^2", {"x": 1}, bounds={"x": 3}),           FitError,   "they are a pair"),
    (lambda: minimize("x^2", {"x": 1}, bounds={"x": ("a", 1)}),    FitError,   "the lower bound of x is 'a'"),
    (lambda: minimize("x^2", {"x": 1}, bounds={"z": (0, 1)}),      FitError,   "no parameter 'z'"),
    (lambda: minimize("x^2", {"x": 1}, steps=-1),                  FitError,   "the number of steps is -1"),
    (lambda: minimize("x^2", {"x": 1}, "bfgs", rate=0.1),          FitError,   "takes no rate"),
    (lambda: minimize("x^2", {"x": math.inf}),                     FitError,   "the start of x is inf"),
]
# fmt: on


@pytest.mark.parametrize(("how", "kind", "message"), REFUSED)
def test_what_cannot_be_minimised_is_refused_with_the_next_step(how, kind, message):
    with pytest.raises(kind) as caught:
        how()
    assert message in " ".join(str(caught.value).split())


# fmt: off
SQUARES = [
    ("(x - 1)^2 + 4*(y - 2)^2",     2),
    ("x^2/4 + 9",                   2),
    ("(x - 1)^4 + (x*y)^2/3",       2),
    ("((x - 1)^2 + y^2)/7",         2),
    ("2*((x - 1)*(x - 1) + y^6)",   2),
    ("x^2 - y^2",                   0),
    ("x^2 + y",                     0),
    ("x^2 + 2*x*y + y^2",           0),
    ("x^3",                         0),
    ("x^2 - 2",                     0),
]
# fmt: on


@pytest.mark.parametrize(("text", "count"), SQUARES)
def test_sums_of_squares_are_told_from_their_formula(text, count):
    residuals = residuals_of(parse(text))
    assert len(residuals) == count
    if count:
        point = {"x": 1.7, "y": -0.6}
        assert sum(val(r, point) ** 2 for r in residuals) == pytest.approx(val(parse(text), point), rel=1e-12)

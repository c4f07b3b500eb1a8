"""Curves of functions: pieces that cross no pole, edges that are where they are, peaks that are not missed."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symdiff import Sym, parse
from symdiff.core.ops import TABLE
from symdiff.numeric.compile import compile
from symdiff.numeric.critical import Critical
from symdiff.numeric.sample import MOST, sample
from symdiff.numeric.view import Interval, rounded, trimmed, usual_range, whole

X = Sym("x")


def function(text):
    program = compile([text], [X])
    return lambda at: program(at)[0]


def curve(text, low=-10.0, high=10.0):
    return sample(function(text), low, high, Critical(parse(text), X))


def blind(text, low=-10.0, high=10.0):
    """The same from the values alone."""
    return sample(function(text), low, high)


ways = pytest.mark.parametrize("way", [curve, blind])


def ends(found):
    return [(float(piece.x[0]), float(piece.x[-1])) for piece in found.pieces]


def crossed(found, places):
    """The places that lie inside a piece."""
    return [p for p in places for low, high in ends(found) if low < p < high]


# --------------------------------------------------------------------------------------------------------------- poles


@ways
def test_the_pieces_of_tan_end_at_its_poles(way):
    found = way("tan(x)", -5, 5)
    places = (np.arange(-2, 2) + 0.5) * np.pi
    assert len(found.pieces) == 5
    assert found.poles == pytest.approx(places, abs=1e-9)
    assert crossed(found, places) == []


@ways
@pytest.mark.parametrize(
    ("text", "poles"),
    [
        ("1/x", [0]),
        ("1/(x - 1)^2", [1]),
        ("1/(x - pi)^2", [np.pi]),
        ("1/(x^2 - 2*x + 1)", [1]),
        ("1/(x^2 - 2)", [-(2**0.5), 2**0.5]),
        ("1/(x^3 - x)", [-1, 0, 1]),
        ("log(abs(x - 2)) + 50", [2]),
        ("1/sqrt(abs(x))", [0]),
        ("1e-6/(x - 1/3)", [1 / 3]),
        ("exp(1/x)", [0]),
        ("zeta(x)", [1]),
        ("where(x > 0, sqrt(x), -1/x)", [0]),
        ("log(x)", [0]),
    ],
)
def test_poles_are_found(way, text, poles):
    found = way(text)
    assert found.poles == pytest.approx(poles, abs=1e-6)
    assert crossed(found, poles) == []


@ways
@pytest.mark.parametrize(
    "text",
    ["abs(x)", "cbrt(x)", "x^2", "tanh(1000000*x)", "exp(-1000*x^2)", "x*log(abs(x))", "1/(1e-8 + x^2)", "sin(300*x)"],
)
def test_what_is_steep_but_finite_is_no_pole(way, text):
    found = way(text)
    assert found.poles == ()
    assert all(piece.x[0] < piece.x[-1] for piece in found.pieces)
    assert len(found.pieces) == (2 if "log" in text else 1)


def test_the_poles_of_gamma_are_found_between_its_branches():
    found = curve("gamma(x)", -5, 5)
    assert found.poles == pytest.approx([-5, -4, -3, -2, -1, 0])
    assert crossed(found, range(-4, 1)) == []


def test_no_line_crosses_one_of_countless_poles():
    found = curve("1/sin(1/x)", -0.5, 0.5)
    for piece in found.pieces:
        sign = np.sign(np.sin(1 / piece.x))
        assert (sign == sign[0]).all()


@ways
@pytest.mark.parametrize("place", [0.1, 1 / 3, 2**0.5, -7.77, 9.999])
@pytest.mark.parametrize("order", [1, 2])
def test_a_pole_anywhere_separates_two_pieces(way, place, order):
    found = way(f"1/(x - {place})^{order}")
    assert found.poles == pytest.approx([place], abs=1e-9)
    assert len(found.pieces) == 2


# ------------------------------------------------------------------------------------------------- edges, jumps, holes


@ways
@pytest.mark.parametrize(
    ("text", "edges"),
    [
        ("sqrt(x)", [(0, 10)]),
        ("log(x)", [(0, 10)]),
        ("asin(x)", [(-1, 1)]),
        ("sqrt(x - pi)", [(np.pi, 10)]),
        ("sqrt(x^2 - 2)", [(-10, -(2**0.5)), (2**0.5, 10)]),
        ("sqrt(x - 1)*sqrt(2 - x)", [(1, 2)]),
        ("1/log(x + 1)", [(-1, 0), (0, 10)]),
    ],
)
def test_a_piece_reaches_up_to_the_edge_of_the_domain(way, text, edges):
    found = way(text)
    assert np.array(ends(found)) == pytest.approx(np.array(edges), abs=2e-5)
    for low, high in ends(found):
        inside = [place for place in (low, high) if abs(place) < 10]
        assert all(min(abs(place - edge) for pair in edges for edge in pair) < 2e-5 for place in inside)


def test_an_edge_is_found_to_a_millionth_of_the_range():
    for low, high in ((-1.0, 1.0), (-1e-9, 1e-9), (-1e9, 1e9), (-3.3, 7.7)):
        for text in ("sqrt(x)", "log(x)"):
            (piece,) = curve(text, low, high).pieces
            assert 0 <= piece.x[0] <= 1e-6 * (high - low)
            assert piece.x[-1] == high


@ways
def test_steps_are_not_joined(way):
    found = way("floor(x)", -2.5, 2.5)
    assert [float(piece.y[0]) for piece in found.pieces] == [-3, -2, -1, 0, 1, 2]
    assert all((piece.y == piece.y[0]).all() for piece in found.pieces)
    assert found.poles == ()


@ways
def test_the_value_of_sign_at_0_is_a_point_of_its_own(way):
    found = way("sign(x)")
    assert [piece.y.tolist() for piece in found.pieces if len(piece.y) == 1] == [[0.0]]
    assert [float(piece.y[0]) for piece in found.pieces] == [-1, 0, 1]


@ways
def test_a_small_jump_on_a_slope_is_seen(way):
    assert len(way("x + where(x < pi, 0, 1/2)").pieces) == 2


@ways
@pytest.mark.parametrize(
    ("text", "hole"), [("sin(x)/x", (0, 1)), ("(x^2 - 1)/(x - 1)", (1, 2)), ("(1 - cos(x))/x^2", (0, 0.5))]
)
def test_a_hole_blanks_nothing_beside_it(way, text, hole):
    found = way(text)
    assert found.holes == (pytest.approx(hole, abs=1e-4),)
    left, right = found.pieces
    assert right.x[0] - left.x[-1] < 1e-4
    assert found.poles == ()


def test_a_hole_off_the_grid_is_known_from_the_formula():
    found = curve("(x^2 - 1/4)/(x - 1/2)", -0.3, 7)
    assert found.holes == (pytest.approx((0.5, 1), abs=1e-4),)


def test_lone_points_of_powers_are_kept():
    found = curve("x^x", -4, 2)
    assert [(float(p.x[0]), float(p.y[0])) for p in found.pieces if len(p.x) == 1] == [
        (-4, 1 / 256),
        (-3, pytest.approx(-1 / 27)),
        (-2, 1 / 4),
        (-1, -1),
    ]


def test_a_function_without_values_has_no_pieces():
    found = curve("sqrt(-1 - x^2)")
    assert found.pieces == ()
    assert found.height is None


# ------------------------------------------------------------------------------------------------------ shape and work


@ways
@pytest.mark.parametrize("centre", [0.0, 0.1234567, -3.3, 9.9])
@pytest.mark.parametrize("width", [0.02, 0.005])
def test_the_top_of_a_sharp_peak_is_found(way, centre, width):
    found = way(f"exp(-((x - {centre})/{width})^2)")
    assert max(piece.y.max() for piece in found.pieces) > 0.999


@ways
@pytest.mark.parametrize("text", ["sin(x)", "x^5 - 50*x^3", "exp(x)", "1/(1 + 100*x^2)", "atan(30*x)"])
def test_lines_between_the_samples_follow_the_curve(way, text):
    found = way(text)
    (piece,) = found.pieces
    at = np.linspace(-10, 10, 54_321)
    off = np.abs(np.interp(at, piece.x, piece.y) - function(text)(at))
    slope = np.abs(np.gradient(function(text)(at), at)) / found.height.length * 20
    assert (off / found.height.length / np.hypot(1, slope)).max() < 1 / 1000


@pytest.mark.parametrize(
    "text", ["sin(1/x)", "1/sin(1/x)", "tan(20*x)", "sqrt(sin(50*x))", "sin(10000*x)", "floor(30*x)"]
)
def test_work_is_bounded_where_there_is_no_end_of_detail(text):
    for found in (curve(text), blind(text)):
        assert found.evaluations < 1.05 * MOST


def test_oscillation_between_round_places_is_not_overlooked():
    found = blind("sin(200*pi*x)")
    assert found.height.low < -0.99
    assert found.height.high > 0.99


def test_the_same_function_gives_the_same_samples():
    first, second = curve("tan(x) + floor(x)"), curve("tan(x) + floor(x)")
    assert ends(first) == ends(second)
    assert all((p.y == q.y).all() for p, q in zip(first.pieces, second.pieces, strict=True))


ROWS = [row for row in TABLE.values() if row.arity]
VALUES = {"besselj": 0.5, "bessely": 0.5, "besseli": 0.5, "besselk": 0.5}  # at integers they take a millisecond each


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_operation_can_be_sampled(row):
    others = [Sym(f"v{i}") for i in range(row.arity - 1)]
    program = compile([row(*others, X)], [X, *others])
    values = [1.0, VALUES.get(row.name, 2.0)][2 - len(others) :]
    found = sample(lambda at: program(at, *values)[0], -10, 10, most=4000)
    for piece in found.pieces:
        assert np.isfinite(piece.y).all()
        assert (np.diff(piece.x) > 0).all()
    low_ends = [low for low, _ in ends(found)]
    assert low_ends == sorted(low_ends)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.floats(-9, 9).map(lambda p: round(p, 2)), min_size=1, max_size=5, unique=True),
    st.integers(1, 3),
)
def test_every_pole_of_a_rational_function_is_found_from_its_values(poles, order):
    poles = sorted(poles)
    if np.min(np.diff(poles), initial=9) < 0.1:
        return
    found = sample(lambda at: sum(1 / np.where(at == p, np.nan, at - p) ** order for p in poles), -10, 10)
    assert found.poles == pytest.approx(poles, abs=1e-6)
    assert len(found.pieces) == len(poles) + 1


# --------------------------------------------------------------------------------------------------------------- views


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("x^2", 0, 100),
        ("exp(x)", 0, np.exp(10)),
        ("sin(x)", -1, 1),
        ("exp(-1000*x^2)", 0, 1),
        ("1e300*x", -1e301, 1e301),
    ],
)
def test_without_poles_the_whole_height_is_shown(text, low, high):
    height = curve(text).height
    assert height == pytest.approx((low, high), rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("text", ["tan(x)", "1/x", "gamma(x)", "1/(x - 1)^2", "1/cos(x)"])
def test_with_poles_the_height_is_that_of_what_lies_between(text):
    height = curve(text, -5, 5).height
    assert 1 < height.length < 60


def test_branches_between_poles_are_in_the_picture():
    height = curve("1/(x^3 - x)").height
    assert height.low < -2.6
    assert height.high > 2.6


@pytest.mark.parametrize("value", [0.0, 7.0, -1e300, 5e-324, 1e-200])
def test_a_constant_has_room_above_and_below(value):
    height = whole(np.full(5, value))
    assert height.low < value < height.high


def test_rounding_errors_are_no_height():
    assert curve("sin(x)^2 + cos(x)^2").height == pytest.approx((0.5, 1.5), abs=1e-9)


def test_values_that_are_infinite_have_no_say_in_the_height():
    assert trimmed(np.array([np.inf, 1.0, 2.0, -np.inf])) == (1.0, 2.0)
    assert trimmed(np.array([np.nan, np.inf])) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sin(x)/x", (-10, 10)),
        ("tan(x)", (-10, 10)),
        ("log(x)", (0, 10)),
        ("log(1 - x)", (-10, 1)),
        ("gamma(x)", (-5, 5)),
        ("exp(x)", (-5, 5)),
        ("exp(x^2)", (-2, 2)),
        ("asin(x)", (-1, 1)),
        ("asin(1000*x)", (-0.001, 0.001)),
        ("sqrt(x - 20)", (20, 100)),
        ("7", (-10, 10)),
        ("sqrt(-1 - x^2)", (-10, 10)),
        ("x == 2", (-10, 10)),
    ],
)
def test_the_usual_range_is_where_something_happens(text, expected):
    assert usual_range(function(text)) == pytest.approx(expected, abs=2e-4)


def test_the_usual_range_of_a_peak_is_around_it():
    low, high = usual_range(function("exp(-1000*(x - 3)^2)"))
    assert 2.5 < low < 2.9
    assert 3.1 < high < 3.5


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_rounding_a_range_only_widens_it(low, length):
    wide = rounded(Interval(low, low + length))
    assert wide.low <= low + 1e-9 * (abs(low) + length)
    assert wide.high >= low + length - 1e-9 * (abs(low) + length)
    assert wide.length <= 1.5 * length


def test_no_warning_leaks():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for text in ("exp(exp(x))", "1e308*x^2", "1e-320*x", "1e307/cos(x)", "floor(1/x)", "x^0.05", "1/log(abs(x))"):
            curve(text)
            curve(text, -1, 1)
            usual_range(function(text))

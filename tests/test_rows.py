"""Every row of the table on numbers and arrays: accurate at arguments of any size, and undefined where it should be."""

import math
from functools import cache

import numpy as np
import pytest

from symdiff.core import ops
from symdiff.core.expr import Op
from symdiff.numeric import rows
from symdiff.numeric.special import ON_NUMBERS, SPECIAL, cases
from symdiff.numeric.special.pieces import Pieces, Steps
from symdiff.points.ball import rounded_value
from symdiff.points.point import UnboundedError

ROWS = [row for row in ops.TABLE.values() if row.arity]
CONDITIONS = [row for row in ROWS if row.form in ("relation", "logic")]
NUMERIC = [row for row in ROWS if row not in CONDITIONS and row is not ops.where]
WIDE = [row for row in NUMERIC if row.value is not None or (row.name in SPECIAL and row.arity == 1)] + [ops.beta]
UNITS = 4  # in the last place, promised everywhere

# fmt: off
EDGES = [
    0.0, -0.0, 0.5, 1.0, -1.0, 1.5, 2.0, -2.0, 2.5, 3.0, -3.5, 5e-324, -5e-324, 1e-310, 2.2e-308, 1e-300, 1e-16, -1e-8,
    math.pi/2, math.pi, 26.6, 36.7, 87.0, 88.5, 103.0, -103.0, 127.9, 170.6, 171.62, -170.5, -180.5, 709.7, -709.7,
    710.4, -720.5, 744.4, -745.2, 1e5, -1e5, 1e16, 1e22, -1e100, 1e300, -1e300, 1e308, 1.7976931348623157e308,
]
NEAR = [
    1.0, -1.0, 2.0, math.pi, -math.pi/2, 1/math.e, -1/math.e, 0.3725074107813666, 0.6165054856207162, 1.451369234883381,
    0.5238225713898644, 1.4616321449683623, -0.5040830082644554, 3.3841804225511864,
]
# fmt: on


def rows_of(some):
    return pytest.mark.parametrize("row", some, ids=[row.name for row in some])


def drawn(generator, low, high):
    """Numbers of every size, in the range of the row, at its edges and close to zeros and poles of many rows."""
    bits = generator.integers(0, 2**64, 80, dtype=np.uint64).view(float)
    signs = generator.choice([-1.0, 1.0], 60)
    near = generator.choice(NEAR, 60) * (1 + signs * 10.0 ** generator.uniform(-16, -1, 60))
    sizes = signs * 10.0 ** generator.uniform(-9, 4, 60)
    every = [
        EDGES,
        bits[np.isfinite(bits)],
        near,
        sizes,
        generator.uniform(low, high, 60),
        generator.uniform(-40, 40, 60),
    ]
    return np.concatenate(every)


def columns_of(row):
    """One array for each argument."""
    generator = np.random.default_rng([20261121, len(row.name)])
    if row not in WIDE:  # these are balls themselves, or nearly so, and slow far out
        return [generator.uniform(low, high, 40) for low, high in row.sample]
    columns = [drawn(generator, low, high) for low, high in row.sample]
    return [generator.permutation(np.tile(column, row.arity)) for column in columns] if row.arity > 1 else columns


@cache
def truth(row, single=False):
    """The arguments, one column each, and the nearest floats to the values there; for single precision too."""
    columns = columns_of(row)
    if single:
        with np.errstate(over="ignore"):
            columns = [column.astype(np.float32).astype(float) for column in columns]
        finite = np.all(np.isfinite(columns), axis=0)
        columns = [column[finite] for column in columns]
    points = list(zip(*[column.tolist() for column in columns], strict=True))
    values = [true_value(row, point) for point in points]
    known = np.array([value is not None for value in values])
    return [column[known] for column in columns], np.array([value for value in values if value is not None])


def true_value(row, point):
    """nan where there is none, None where even balls do not tell."""
    try:
        return rounded_value(row, point)
    except UnboundedError:
        return None
    except (ValueError, ZeroDivisionError):
        return math.nan


def check(row, columns, found, wanted, kind=float):
    """Every value within so many units in the last place, nan and infinities included."""
    assert np.asarray(found).dtype == kind
    with np.errstate(all="ignore"):
        nearest = wanted.astype(kind)
        same = (found == nearest) | (np.isnan(found) & np.isnan(nearest))
        off = np.abs(found.astype(float) - wanted) / np.spacing(np.abs(nearest)).astype(float)
    off = np.where(same, 0.0, np.where(np.isnan(off), np.inf, off))
    i = int(np.argmax(off))
    assert off[i] <= UNITS, f"{row.name} at {[column[i] for column in columns]}: {found[i]!r}, not {wanted[i]!r}"


def called(row, columns):
    with np.errstate(all="ignore"):
        return rows.on_arrays(row)(*columns)


# ------------------------------------------------------------------------------------------------------------ accuracy


@rows_of(NUMERIC)
def test_on_arrays_every_row_is_within_four_units_in_the_last_place(row):
    columns, wanted = truth(row)
    check(row, columns, called(row, columns), wanted)


@rows_of(NUMERIC)
def test_on_numbers_every_row_is_within_four_units_in_the_last_place(row):
    columns, wanted = truth(row)
    number = rows.on_numbers(row)
    points = zip(*[column.tolist() for column in columns], strict=True)
    check(row, columns, np.array([number(*point) for point in points]), wanted)


@rows_of(NUMERIC)
def test_single_precision_stays_single_and_is_as_good(row):
    columns, wanted = truth(row, single=True)
    with np.errstate(all="ignore"):
        singles = [column.astype(np.float32) for column in columns]
    check(row, columns, called(row, singles), wanted, np.float32)


@rows_of([row for row in NUMERIC if row.value is not None])
def test_the_column_value_is_within_four_units_too_and_raises_where_there_is_none(row):
    columns, wanted = truth(row)
    for point, value in zip(zip(*[column.tolist() for column in columns], strict=True), wanted.tolist(), strict=True):
        try:
            found = row.value(*point)
        except OverflowError:
            assert math.isinf(value)
        except (ValueError, ZeroDivisionError):
            assert math.isnan(value)
        else:
            assert isinstance(found, complex) or math.isinf(value) or abs(found - value) <= UNITS * math.ulp(value)
            assert math.isnan(value) == isinstance(found, complex)


# ---------------------------------------------------------------------------------------------------------- the policy


def corners(row):
    """Points with zeros, infinities and numbers too large, as columns."""
    numbers = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -3.0, 4.0, math.inf, -math.inf, 1e308, 5e-324]
    return [column.ravel() for column in np.meshgrid(*[numbers] * row.arity)]


CHEAP = [row for row in ROWS if row.value is not None or (row.name in SPECIAL and row.arity == 1) or row is ops.where]


@rows_of(CHEAP)
def test_numbers_and_arrays_agree_at_zeros_and_infinities(row):
    columns, number = corners(row), rows.on_numbers(row)
    for *point, together in zip(*columns, called(row, columns), strict=True):
        alone = number(*map(float, point))
        assert alone == pytest.approx(together, rel=1e-15, abs=0, nan_ok=True), point


@rows_of(CHEAP)
def test_there_is_one_zero(row):
    columns = corners(row)
    plus = [np.where(column == 0, 0.0, column) for column in columns]
    assert np.array_equal(called(row, plus), called(row, columns), equal_nan=True)


@rows_of([row for row in ROWS if row not in (ops.where, ops.both, ops.either)])
def test_nan_gives_nan_in_every_argument(row):
    for i in range(row.arity):
        columns = [np.array([math.nan if i == j else 1.5]) for j in range(row.arity)]
        assert np.isnan(called(row, columns)).all()
        assert math.isnan(rows.on_numbers(row)(*[float(column[0]) for column in columns]))


def test_logic_knows_three_answers():
    u, v = (column.ravel() for column in np.meshgrid([0.0, 1.0, math.nan], [0.0, 1.0, math.nan], indexing="ij"))
    unknown = math.nan
    table = {
        "and": [0, 0, 0, 0, 1, unknown, 0, unknown, unknown],
        "or": [0, 1, unknown, 1, 1, 1, unknown, 1, unknown],
        "<": [0, 1, unknown, 0, 0, unknown, unknown, unknown, unknown],
    }
    for name, answers in table.items():
        row = ops.TABLE[name]
        assert called(row, [u, v]).tolist() == pytest.approx(answers, nan_ok=True)
        assert [rows.on_numbers(row)(a, b) for a, b in zip(u.tolist(), v.tolist(), strict=True)] == pytest.approx(
            answers, nan_ok=True
        )


@rows_of(CONDITIONS)
def test_a_condition_on_singles_is_single(row):
    ones = [np.ones(3, np.float32)] * row.arity
    assert called(row, ones).dtype == np.float32
    assert called(row, [*ones[1:], np.full(3, math.nan, np.float32)]).dtype == np.float32


# ---------------------------------------------------------------------------------------------------- special functions


@rows_of([ops.TABLE[name] for name in SPECIAL])
def test_special_functions_take_any_shape_and_layout(row):
    low, high = row.sample[-1]
    grid = np.linspace(low, high, 24).reshape(4, 6)
    others = [1.0] * (row.arity - 1)
    straight = called(row, [*others, grid.ravel()])
    assert called(row, [*others, grid]).tolist() == straight.reshape(4, 6).tolist()
    assert called(row, [*others, grid.T[::-1]]).tolist() == straight.reshape(4, 6).T[::-1].tolist()
    assert called(row, [*others, grid[:0]]).shape == (0, 6)
    assert called(row, [*others, np.float64(low)]) == pytest.approx(straight[0], nan_ok=True)


@rows_of([ops.TABLE[name] for name in SPECIAL if name not in ("polygamma", "expint")])
def test_an_ordinary_argument_of_a_special_function_needs_no_balls(row, monkeypatch):
    def refused(name, point):
        raise AssertionError(f"{name}{point} by balls")

    monkeypatch.setattr(cases, "by_ball", refused)
    called(row, [np.linspace(low, high, 2000) for low, high in row.sample])


def test_a_long_array_is_cut_into_blocks_that_fit_together():
    grid = np.linspace(-7, 7, 20_001)
    whole = called(ops.erf, [grid])
    assert whole[::997].tolist() == called(ops.erf, [grid[::997]]).tolist()
    assert (np.diff(whole) >= 0).all()


def test_what_an_operation_of_the_user_is_called_does_not_matter():
    mine = Op("erf", 1, value=lambda u: u + 1, partials=(None,))
    assert rows.on_numbers(mine)(2.0) == 3.0
    assert rows.on_arrays(mine)(np.array([2.0])).tolist() == [3.0]
    assert set(ON_NUMBERS) <= set(SPECIAL) <= set(ops.TABLE)


def test_polynomials_keep_their_digits_at_a_zero_and_from_one_interval_to_the_next():
    sine = Pieces(lambda u: u.sin(), 2**-3, 8.0, split=5, zeros=[math.pi, 2 * math.pi])
    near = np.nextafter([math.pi, 2 * math.pi], 9.0)
    edges = np.arange(1, 256) / 32
    for x in (near, edges, np.nextafter(edges, 0.0), np.array([0.0, 5e-324, 1e-300])):
        wanted = np.array([math.sin(u) for u in x.tolist()])
        assert (np.abs(sine(x) - wanted) <= 2 * np.spacing(np.abs(wanted))).all()
        assert [sine.value(u) for u in x.tolist()] == sine(x).tolist()


def test_steps_meet_halfway():
    exponential = Steps(lambda u: u.exp(), 0.25, 4.0)
    x = np.concatenate([np.arange(33) / 8, np.nextafter(np.arange(1, 33) / 8, 0.0)])
    assert exponential(x) == pytest.approx(np.exp(x), rel=4e-16, abs=0)
    assert [exponential.value(u) for u in x.tolist()] == exponential(x).tolist()

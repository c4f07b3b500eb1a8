"""Nodes: what is written is stored, equal parts are one object, nothing changes, everything dies."""

import copy
import gc
import pickle
import subprocess
import sys
import threading
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symdiff import (
    App,
    LimitError,
    Num,
    OperandError,
    Sym,
    add,
    cos,
    free_symbols,
    function,
    maximum,
    mul,
    operation,
    params,
    parse,
    sin,
    sqrt,
    symbols,
)
from symdiff.core import expr, ops
from symdiff.core.exact import DIGITS
from symdiff.core.expr import forget_the_dead
from symdiff.text.digits import MAX_DIGITS

x, y, z = symbols("x y z")

CHAIN = 100_000


def sines(n):
    e = x
    for _ in range(n):
        e = sin(e)
    return e


@pytest.mark.parametrize("junk", [3, "x", None, sin], ids=repr)
def test_a_node_is_made_of_expressions_alone(junk):
    for op, args in ((sin, (junk,)), (add, (x, junk)), (add, (x, y, junk)), (add, (junk,))):
        with pytest.raises(OperandError, match="is no expression"):
            App(op, args)


def test_equal_parts_give_the_same_object():
    assert x + y is x + y
    assert sin(x * 2) is sin(x * 2)
    assert x + y is not y + x
    assert Sym("x") is x


@pytest.mark.parametrize("one", [1, True, 1.0, Fraction(1), np.int64(1), np.float64(1.0), np.bool_(True), Decimal(1)])
def test_all_ways_to_write_one_give_the_same_number(one):
    assert Num(one) is Num(1)
    assert type(Num(one).value) is int
    assert x + one is x + 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0.1, Fraction(1, 10)),
        (1e300, 10**300),
        (5e-324, Fraction(5, 10**324)),
        (-0.0, 0),
        (np.float32(0.1), Fraction(1, 10)),
        (np.float64(0.1), Fraction(1, 10)),
        (np.array(2.5), Fraction(5, 2)),
        (Decimal("0.30"), Fraction(3, 10)),
        (Fraction(2, 4), Fraction(1, 2)),
    ],
)
def test_a_float_means_its_shortest_decimal_text(written, meant):
    assert Num(written).value == meant


@pytest.mark.parametrize(
    "thing",
    [float("nan"), float("inf"), -float("inf"), 1j, None, "x", b"x", [1], (1, 2), {}, {1}, sin, object(), np.nan],
)
def test_what_is_no_real_number_is_refused_with_a_sentence(thing):
    with pytest.raises(OperandError, match="cannot stand in a formula"):
        Num(thing)
    with pytest.raises(TypeError):
        x + thing
    with pytest.raises(TypeError):
        thing * x
    with pytest.raises(TypeError):
        sin(thing)


@pytest.mark.parametrize("text", ["1e400000000", "-3e100001", "1e-400000000"])
def test_a_decimal_too_long_to_write_out_is_refused_at_once(text):
    started = time.perf_counter()
    with pytest.raises(LimitError, match="more than 100,000 digits"):
        Num(Decimal(text))
    assert time.perf_counter() - started < 0.1
    assert DIGITS == MAX_DIGITS


def test_long_decimals_are_taken_up_to_the_limit_and_a_zero_of_any_exponent():
    assert Num(Decimal("1e100000")).value == 10**100000
    assert Num(Decimal("1e-100000")).value == Fraction(1, 10**100000)
    assert Num(Decimal("0e400000000")) is Num(0)


def test_what_is_written_is_stored():
    assert (x + x).args == (x, x)
    assert (x / x).op is ops.div
    assert (x - 0).args == (x, Num(0))
    assert (Num(2) / 4).args == (Num(2), Num(4))
    assert (-x).op is ops.neg


@pytest.mark.parametrize(
    ("made", "op", "args"),
    [
        (x + 1, "+", (x, 1)),
        (1 + x, "+", (1, x)),
        (x - 1, "-", (x, 1)),
        (1 - x, "-", (1, x)),
        (2 * x, "*", (2, x)),
        (x / 2, "/", (x, 2)),
        (2 / x, "/", (2, x)),
        (x**2, "^", (x, 2)),
        (2**x, "^", (2, x)),
        (-x, "neg", (x,)),
        (abs(x), "abs", (x,)),
        (x < 1, "<", (x, 1)),
        (x > 1, ">", (x, 1)),
        (x >= y, ">=", (x, y)),
    ],
)
def test_every_operator_of_python_makes_the_row_of_its_sign(made, op, args):
    assert made.op is ops.TABLE[op]
    assert made.args == tuple(Num(a) if isinstance(a, int) else a for a in args)


def test_floor_division_remainder_and_divmod_are_written_with_floor():
    assert x // 2 is ops.floor(x / 2)
    assert x % y is x - y * ops.floor(x / y)
    assert divmod(7, x) == (ops.floor(7 / x), 7 - x * ops.floor(7 / x))
    assert +x is x


def test_a_sum_of_many_is_the_same_as_adding_one_by_one():
    assert add(x, y, z, 1) is x + y + z + 1
    assert App(ops.mul, (x, y, z)) is x * y * z
    assert add() is Num(0)
    assert mul(x) is x
    assert maximum(x, y, z) is maximum(maximum(x, y), z)


@pytest.mark.parametrize("row", [row for row in ops.TABLE.values() if not row.associative], ids=str)
def test_a_wrong_number_of_arguments_is_refused(row):
    with pytest.raises(OperandError, match="takes"):
        row(*[x] * (row.arity + 1))


def test_a_relation_has_no_truth_value():
    with pytest.raises(OperandError, match="neither true nor false"):
        bool(x < y)
    with pytest.raises(OperandError, match="where"):
        max(x, y)


def test_a_node_never_changes():
    for node in (x, Num(2), sin(x)):
        with pytest.raises(AttributeError, match="never changes"):
            node.args = ()
        with pytest.raises(AttributeError, match="never changes"):
            node.other = 1
        with pytest.raises(AttributeError, match="never changes"):
            del node.args


@pytest.mark.parametrize("name", ["", "1x", "a b", "x+y", "x\n", 3, None])
def test_a_name_must_be_a_name(name):
    with pytest.raises(OperandError):
        Sym(name)
    with pytest.raises(OperandError):
        symbols([name])


def test_symbols_gives_one_symbol_or_a_tuple():
    assert symbols("x") is x
    assert symbols("x, y") == (x, y)
    assert symbols(["x"]) == (x,)
    assert params("m b") == (Sym("m"), Sym("b"))


def test_copies_and_pickles_are_the_same_object():
    e = sqrt(x**2 + Fraction(1, 3)) / (y - cos(x))
    assert copy.copy(e) is e
    assert copy.deepcopy([e])[0] is e
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert pickle.loads(pickle.dumps(e, protocol)) is e
    assert pickle.loads(pickle.dumps(ops.sin)) is ops.sin


def test_a_pickle_made_elsewhere_gives_the_same_object_here():
    code = "import pickle, sys, symdiff; sys.stdout.buffer.write(pickle.dumps(symdiff.parse('x^2 + sin(y)/3')))"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert pickle.loads(made) is x**2 + sin(y) / 3


def test_arrays_mixed_with_expressions_give_arrays_of_expressions():
    column = np.array([1.0, 2.0])
    for made, first in (
        (x * column, x * 1),
        (column * x, 1 * x),
        (x - column, x - 1),
        (column / x, 1 / x),
        (x**column, x**1),
    ):
        assert made.dtype == object
        assert made[0] is first
    assert np.float64(2.5) * x is Num(2.5) * x
    assert np.sin(np.array([x, y]))[1] is sin(y)
    assert np.exp(x) is ops.exp(x)
    assert np.array([x, y]).sum() is x + y


def test_an_array_is_no_single_operand():
    with pytest.raises(TypeError):
        sin(np.array([1.0, 2.0]))


def test_a_chain_is_built_compared_pickled_and_dies_without_recursion():
    e = sines(CHAIN)
    assert e is sines(CHAIN)
    assert pickle.loads(pickle.dumps(e)) is e
    assert free_symbols(e) == (x,)
    before = len(ops.sin.alive)
    del e
    forget_the_dead()
    assert len(ops.sin.alive) <= before - CHAIN + 5  # another module of tests may hold the beginning, sin(x)


def test_a_million_deep_chain_dies_on_a_small_stack():
    died = []

    def live_and_die():
        sines(1_000_000)
        forget_the_dead()
        died.append(True)

    old = threading.stack_size(256 * 1024)
    try:
        thread = threading.Thread(target=live_and_die)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(old)
    assert died


def test_threads_make_no_twins():
    old = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    made = [[] for _ in range(8)]
    start = threading.Barrier(len(made))

    def work(mine):
        start.wait()
        e = Sym("t")
        for i in range(2000):
            e = sin(e + i)
            mine.append(e)

    try:
        threads = [threading.Thread(target=work, args=(mine,)) for mine in made]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(old)
    for others in made[1:]:
        assert all(a is b for a, b in zip(made[0], others, strict=True))


def test_a_name_whose_node_died_is_healed_by_the_next_maker():
    """The state that Ctrl-C can leave: a dead name still in the table."""
    e = sin(Sym("gone") + 5)
    key = e.args
    name = ops.sin.alive[key]
    bury, expr.dead[:] = list(expr.dead), []
    del e
    expr.dead[:] = bury  # the funeral never took place
    assert name() is None
    again = sin(Sym("gone") + 5)
    assert ops.sin.alive[again.args]() is again


def test_the_collector_rests_only_inside():
    from symdiff.core.calm import calm

    assert gc.isenabled()
    with calm, calm:
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with calm:
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


@given(st.fractions())
def test_every_rational_is_itself(q):
    assert Num(q).value == q
    assert Num(q) is Num(Fraction(q.numerator * 7, q.denominator * 7))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_comes_back(q):
    assert float(Num(q).value) == q


@pytest.mark.parametrize("name", ["sin", "ln", "rational", "where", "and", "2f", "f g", ""])
def test_a_name_that_formulas_read_otherwise_is_no_row_of_one_s_own(name):
    with pytest.raises(OperandError):
        operation(name, value=abs, partials=[lambda u: u])


@pytest.mark.parametrize("name", ["and", "2f", "f g", ""])
def test_an_abstract_function_needs_a_name(name):
    with pytest.raises(OperandError):
        function(name)


def test_a_row_of_one_s_own_may_be_replaced():
    once = operation("own_row", value=lambda u: u, partials=[lambda u: 1])
    again = operation("own_row", value=lambda u: 2 * u, partials=[lambda u: 2])
    assert parse("own_row(x)") is again(x) is not once(x)

"""Operations of one's own and abstract functions: what is accepted works everywhere, and the rest is refused."""

import gc
import math
import pickle
import subprocess
import sys
import time
from fractions import Fraction

import pytest

from symdiff.algebra.normal import normal
from symdiff.calculus.diff import d, gradient, hessian
from symdiff.core.declare import (
    ABSTRACT,
    MOST_ARGUMENTS,
    MOST_PRIMES,
    OWN,
    UNDECLARED,
    abstract,
    find_operation,
    function,
    operation,
)
from symdiff.core.expr import App, Sym, symbols
from symdiff.core.ops import READ, TABLE, sin
from symdiff.errors import DataError, LimitError, OperandError, ParseError
from symdiff.numeric.val import val
from symdiff.text.parse import parse
from symdiff.text.save import from_json, to_json
from symdiff.text.show import show

x, y, z = symbols("x y z")


@pytest.fixture(autouse=True)
def table_as_it_was():
    """Rows that a test adds are gone after it."""
    table, read, own = dict(TABLE), {spelling: dict(rows) for spelling, rows in READ.items()}, set(OWN)
    yield
    for mutable, before in ((TABLE, table), (READ, read)):
        mutable.clear()
        mutable.update(before)
    OWN.clear()
    OWN.update(own)


def own(name="mine", arity=1, **columns):
    return operation(name, lambda *u: math.fsum(u), [lambda *u: 1] * arity, **columns)


# ---------------------------------------------------------------------------------------------- what cannot work


@pytest.mark.parametrize(
    "columns",
    [
        {"aliases": ("sin",)},
        {"aliases": ("fine", "ln")},
        {"aliases": "rational"},
        {"aliases": ("two words",)},
        {"aliases": (3,)},
        {"call": "cos"},
        {"call": "f"},
        {"call": "π"},
        {"form": "infix"},
        {"form": "constant"},
        {"form": "no such form"},
        {"associative": True},
        {"aliases": 3},
        {"alive": {}},
        {"colour": "red"},
        {"__weakref__": None},
    ],
    ids=str,
)
def test_columns_that_formulas_would_read_otherwise_are_refused_and_leave_no_trace(columns):
    before = {spelling: dict(rows) for spelling, rows in READ.items()}
    with pytest.raises(OperandError):
        own(**columns)
    assert "mine" not in TABLE
    assert before == READ
    assert parse("sin(x)") is sin(x)


@pytest.mark.parametrize("name", ["f", "g", "h", "g1", "f_2", "h12", "f₁"])
def test_the_names_of_functions_without_a_formula_are_no_rows(name):
    with pytest.raises(OperandError, match="function without a formula"):
        own(name)


def test_every_name_that_text_reads_as_abstract_is_refused_and_no_other():
    for name in ["f", "g_", "h_3", "f10", "fa", "gg", "k", "k1", "hat"]:
        if UNDECLARED.fullmatch(name):
            with pytest.raises(OperandError):
                own(name)
        else:
            assert own(name)(x) is parse(f"{name}(x)")


def test_two_rows_of_one_s_own_share_a_spelling_only_where_the_arguments_tell_them_apart():
    one, two = own("area1", call="area"), own("area2", 2, call="area")
    assert parse("area(x) + area(x, y)") is one(x) + two(x, y)
    with pytest.raises(OperandError, match="'area1' already"):
        own("another", call="area")
    with pytest.raises(OperandError, match="already"):
        own("gathering", 2, aliases=["area"], associative=True)


@pytest.mark.parametrize("partials", [[3], ["2*u"]])
def test_a_partial_derivative_that_is_no_function_is_refused(partials):
    with pytest.raises(OperandError, match="partial derivatives of mine"):
        operation("mine", math.sin, partials)


@pytest.mark.parametrize("partials", [lambda u: 1, None, 3], ids=["function", "None", "3"])
def test_partial_derivatives_come_in_a_sequence(partials):
    with pytest.raises(OperandError, match="partials is a sequence"):
        operation("mine", math.sin, partials)


@pytest.mark.parametrize("value", [None, 3, "sin"], ids=repr)
def test_a_value_that_is_no_function_is_refused(value):
    with pytest.raises(OperandError, match="value of mine is a function"):
        operation("mine", value, [None])


def test_the_number_of_arguments_is_that_of_the_partial_derivatives():
    with pytest.raises(OperandError, match="no column arity"):
        operation("mine", math.sin, [None], arity=2)


def test_aliases_may_be_one_name():
    assert own(aliases="ours").aliases == ("ours",)
    assert parse("ours(x)") is parse("mine(x)")


@pytest.mark.parametrize("form", ["call", "fence", "root"])
def test_a_row_of_every_form_allowed_comes_back_from_text(form):
    row = own(form=form, aliases=("my_own",))
    e = row(x + 1) ** 2 / -row(row(y))
    assert parse(show(e)) is e
    assert parse("my_own(x)") is row(x)


def test_a_name_is_taken_as_python_reads_it():
    assert own("wide₁").name == "wide1"
    assert function("speed₁")(x) is function("speed1")(x)


# ------------------------------------------------------------------------------------------------- replaced rows


def test_a_replaced_row_is_no_longer_read_with_its_old_number_of_arguments_or_spellings():
    own("mine", 2, aliases=("ours",))
    again = own("mine", 1)
    assert parse("mine(x)") is again(x)
    with pytest.raises(ParseError, match="1 argument"):
        parse("mine(x, y)")
    with pytest.raises(ParseError, match="unknown function"):
        parse("ours(x, y)")
    assert [row for row in OWN if row.name == "mine"] == [again]


def test_a_replacement_that_is_refused_leaves_the_old_row():
    row = own("mine", 2)
    with pytest.raises(OperandError, match="no column"):
        own("mine", 1, colour="red")
    assert parse("mine(x, y)") is row(x, y)


@pytest.mark.parametrize("arity", [1, 2])
def test_an_old_formula_of_a_replaced_row_keeps_its_row_and_is_not_saved(arity):
    e = own("mine", 1)(x) + 1
    made_before = pickle.dumps(e), to_json(e)
    own("mine", arity)
    assert val(e, x=2) == 3
    for save in (pickle.dumps, to_json):
        with pytest.raises(OperandError, match="replaced"):
            save(e)
    if arity == 2:
        with pytest.raises(OperandError, match="2 arguments here, not 1"):
            pickle.loads(made_before[0])
        with pytest.raises(DataError):
            from_json(made_before[1])


# ------------------------------------------------------------------------------------------------- exact values


@pytest.mark.parametrize("value", [0.5, "1", 1j, math.nan], ids=repr)
def test_a_float_among_the_exact_values_is_refused_where_it_appears(value):
    row = own(exact=lambda u: value)
    for use in (lambda: val(row(x), x=2), lambda: normal(row(parse("2")))):
        with pytest.raises(OperandError, match="`exact` of mine"):
            use()


def test_exact_values_are_used():
    row = own(exact=lambda u: Fraction(u, 3) if u > 0 else None)
    assert val(row(x), x=2) == Fraction(2, 3)
    assert val(row(x), x=3) == 1
    assert val(row(x), x=-1) == -1.0


# --------------------------------------------------------------------------------------------- abstract functions

FAR = "import pickle, sys; sys.stdout.write(repr(pickle.loads(sys.stdin.buffer.read())))"


def test_abstract_functions_of_any_name_come_back_in_a_new_process():
    e = function("φ")(x) + d(function("数2")(x, y), x, y, y) + d(function("f")(x), x)
    far = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", FAR], input=pickle.dumps(e), stdout=subprocess.PIPE, check=True
    )
    assert far.stdout.decode() == show(e)


@pytest.mark.parametrize("key", ["f/1", "f''/1", "g'1'2/2", "φ'/1", "f'1000/1000", "数'2'2'10/12"])
def test_a_key_is_read_by_pickles_and_by_json_alike(key):
    row = find_operation(key)
    e = App(row, (x,) * row.arity)
    assert row.name == key
    assert from_json(to_json(e)) is e
    assert pickle.loads(pickle.dumps(e)) is e


NO_KEYS = ["f", "f'/2", "f'1/1", "f'3/2", "f'0/2", "f'2'1/2", "f/0", "f/01", "f/²", "and/1", "ª/1", "\u212a/1", "x/1/1"]


@pytest.mark.parametrize("key", [*NO_KEYS, f"f/{MOST_ARGUMENTS + 1}", "f" + "'" * (MOST_PRIMES + 1) + "/1"])
def test_what_is_no_key_is_refused_by_pickles_and_by_json_alike(key):
    with pytest.raises(OperandError, match="unknown operation"):
        find_operation(key)
    with pytest.raises(DataError, match="unknown operation"):
        from_json(f'{{"symdiff":1,"ops":["{key}"],"leaves":["x"],"tape":[-1,0,0]}}')


def test_orders_and_arguments_without_end_are_refused():
    e = App(abstract("f", (1,) * MOST_PRIMES, 1), (x,))
    assert pickle.loads(pickle.dumps(e)) is e
    with pytest.raises(LimitError, match="1000 primes"):
        d(e, x)
    with pytest.raises(LimitError, match="1000 arguments"):
        function("f")(*[x] * (MOST_ARGUMENTS + 1))
    with pytest.raises(LimitError):
        parse("f" + "'" * (MOST_PRIMES + 1) + "(x)")


def test_the_rows_of_abstract_functions_are_forgotten_with_their_formulas():
    e = d(function("forgotten")(x), x, order=5)
    assert "forgotten'''''/1" in ABSTRACT
    assert "forgotten''/1" not in ABSTRACT
    del e
    gc.collect()
    assert not [key for key in ABSTRACT if key.startswith("forgotten")]


def test_the_second_derivatives_of_a_function_of_many_arguments_take_no_time():
    many = [Sym(f"x{i}") for i in range(60)]
    start = time.perf_counter()
    second = hessian(function("f")(*many), many)
    assert time.perf_counter() - start < 2  # a tenth of it, unless each row makes all its partial derivatives
    assert second[3, 7] is second[7, 3] is App(abstract("f", (4, 8), 60), tuple(many))


def test_the_partial_derivatives_of_an_abstract_row_are_a_sequence():
    partials = abstract("f", (2,), 3).partials
    assert len(partials) == len([*partials]) == 3
    made = App(abstract("f", (2, 3), 3), (x, y, z))
    assert partials[2](x, y, z) is partials[-1](x, y, z) is partials[1:][1](x, y, z) is made
    with pytest.raises(IndexError):
        partials[3]
    assert gradient(function("f")(x, y), "x y") == (abstract("f", (1,), 2)(x, y), abstract("f", (2,), 2)(x, y))


# --------------------------------------------------------------------------------------- guards of the operands


class WithExample:
    example = "sin(x)"


def test_only_an_operation_is_called_one():
    with pytest.raises(OperandError, match="sin is an operation: apply it"):
        sin + x
    with pytest.raises(OperandError) as caught:
        sin(WithExample())
    assert "operation" not in str(caught.value)


@pytest.mark.parametrize("thing", [[], {}, None, 3, b"x"], ids=repr)
def test_what_is_no_name_is_no_symbol(thing):
    with pytest.raises(OperandError, match="not a name"):
        Sym(thing)


@pytest.mark.parametrize("thing", [3, None, x, [[]], [3]], ids=repr)
def test_symbols_wants_names(thing):
    with pytest.raises(OperandError):
        symbols(thing)


def test_a_power_with_a_modulus_is_refused_in_words():
    with pytest.raises(OperandError, match="no modulus"):
        pow(x, 2, 3)
    with pytest.raises(OperandError, match="no modulus"):
        x.__rpow__(2, 3)
    assert pow(x, 2) is x**2
    assert pow(2, x) is 2**x

"""Depth is ordinary: chains of 100,000 go through every floor without recursion."""

import cmath
import pickle

import pytest

from symdiff import (
    d,
    free_symbols,
    from_json,
    gradient,
    latex,
    mathml,
    parse,
    pretty,
    sexpr,
    show,
    simplify,
    sin,
    size,
    symbols,
    to_json,
    val,
)
from symdiff.core.expr import forget_the_dead

x = symbols("x")
DEPTH = 100_000


def sines(e=x, sine=sin):
    for _ in range(DEPTH):
        e = sine(e)
    return e


def horner(e=x, sine=sin):
    u = e
    for i in range(DEPTH // 2):
        e = e * u + (i % 7 + 1)
    return e


def sums(e=x, sine=sin):
    for i in range(DEPTH):
        e = e + i
    return e


def nested_to_the_right(e=x, sine=sin):
    for _ in range(DEPTH):
        e = 1 - e
    return e


CHAINS = [sines, horner, sums, nested_to_the_right]


def value_and_slope(chain, at):
    """By the same loop over complex numbers: the imaginary part of f(u + ih) is h f'(u) to the last digit."""
    found = chain(complex(at, 1e-100), cmath.sin)
    return found.real, found.imag / 1e-100


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_is_printed_and_read_back(chain):
    e = chain()
    assert parse(show(e)) is e


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("at", [0.5, 0])
def test_a_chain_and_its_slope_have_values(chain, at):
    e = chain()
    value, slope = value_and_slope(chain, at)
    (reverse,) = gradient(e, [x])
    assert val(e, x=at) == pytest.approx(value, rel=1e-12)
    assert val(d(e, x), x=at) == pytest.approx(slope, rel=1e-9)
    assert val(reverse, x=at) == pytest.approx(slope, rel=1e-9)


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_is_saved_and_forgotten(chain):
    e = chain()
    assert free_symbols(e) == (x,)
    assert pickle.loads(pickle.dumps(e)) is e
    assert from_json(to_json(e)) is e
    assert e is chain()
    text = show(e)
    del e
    forget_the_dead()
    assert show(chain()) == text


@pytest.mark.parametrize("chain", CHAINS)
def test_a_chain_is_simplified_to_the_same_values(chain):
    e = chain()
    simple = simplify(e)
    assert size(simple) <= size(e)
    assert val(simple, x=0.5) == pytest.approx(val(e, x=0.5), rel=1e-12)
    if chain is not horner:  # whose second round takes as long as the first, seconds
        assert simplify(simple) is simple


@pytest.mark.parametrize("form", [latex, mathml, pretty, sexpr])
def test_a_chain_is_printed_in_every_form(form):
    assert len(form(sines())) > DEPTH


def test_brackets_and_long_sums_are_read():
    assert parse("(" * DEPTH + "x" + ")" * DEPTH) is x
    assert size(parse(" + ".join(f"x{i}*y^2" for i in range(20_000)))) == 20_000 * 5 + 19_999
    assert parse("-" * 1000 + "x").op.name == "neg"

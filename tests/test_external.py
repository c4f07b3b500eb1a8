"""Formulas and derivatives that other people stated: derivatives.jsonl, rubi.jsonl, formulas.jsonl (external data).

Every entry is differentiated raw and evaluated in floats. Where that disagrees with the stated value by more than 1e-9,
the derivative is enclosed in balls of up to 2048 bits, at the exact point, and the ball decides: the derivative of a
large antiderivative loses most of a double's digits, up to all of them, and then the floats prove nothing. So a failure
that is reported is wrong mathematics, and an entry that the floats miss is explained by its conditioning.
"""

import random
from fractions import Fraction

import flint
import numpy as np
import pytest

from symdiff import Sym, SymdiffError, d, free_symbols, parse, show, val
from symdiff.numeric.compile import compile
from symdiff.points.ball import as_ball, enclosure
from symdiff.points.point import Fault

TOLERANCE = 1e-9  # relative
ZERO = 1e-30  # what proves a stated 0


def agrees(e, point, stated):
    """Whether the value of e at the point is the stated one: by floats, else by balls."""
    try:
        value = val(e, point)
    except SymdiffError:  # an overflow on the way, or an exponent that is a whole number only without rounding
        return agrees_in_balls(e, point, stated)
    return abs(value - stated) <= TOLERANCE * abs(stated) or agrees_in_balls(e, point, stated)


def agrees_in_balls(e, point, stated):
    """The same with as many bits as it takes. A point holds doubles, or the decimals they are written as."""
    doubles = {Sym(name): Fraction(value) for name, value in point.items()}
    decimals = {Sym(name): Fraction(str(value)) for name, value in point.items()}
    return settled(e, doubles, stated) or settled(e, decimals, stated)


def settled(e, env, stated):
    allowed = max(TOLERANCE * abs(stated), ZERO)
    for bits in (128, 512, 2048):
        value = enclosure(e, env, bits)
        if not isinstance(value, Fault):
            miss = abs(ball_of(value) - stated)
            if miss.upper() <= allowed:
                return True
            if miss.lower() > allowed:
                return False
    return False


def ball_of(value):
    return as_ball(value) if isinstance(value, int | Fraction) else value


def disagreements(records, formula, stated, differentiate=True):
    """The entries whose derivative (or which themselves) do not have the stated values."""
    wrong = []
    for entry in records:
        e = parse(entry[formula])
        e = d(e, entry["var"]) if differentiate else e
        wrong += [(entry["id"], point) for point in entry["points"] if not agrees(e, point["at"], point[stated])]
    return wrong


@pytest.fixture(scope="module")
def rubi(entries):
    return [entry for entry in entries("rubi.jsonl") if entry["verified_real"]]


def test_stated_derivatives_are_found(entries):
    assert disagreements(entries("derivatives.jsonl"), "input", "derivative") == []


def test_antiderivatives_of_elementary_integrands_lead_back_to_them(rubi):
    assert disagreements([entry for entry in rubi if entry["elementary"]], "antiderivative", "integrand") == []


def test_antiderivatives_with_special_functions_lead_back_to_their_integrands(rubi):
    assert disagreements([entry for entry in rubi if not entry["elementary"]], "antiderivative", "integrand") == []


def test_integrands_have_their_stated_values(rubi):
    assert disagreements(rubi, "integrand", "integrand", differentiate=False) == []


def test_programs_give_the_values_that_val_gives(entries):
    for entry in entries("derivatives.jsonl"):
        e = d(parse(entry["input"]), entry["var"])
        names = free_symbols(e)
        columns = [[point["at"][x.name] for point in entry["points"]] for x in names]
        (found,) = compile([e], names)(*columns)
        values = [float(val(e, point["at"])) for point in entry["points"]]
        assert np.broadcast_to(found, len(values)) == pytest.approx(values, rel=1e-9, abs=1e-9)


def test_formulas_from_practice_are_read_differentiated_and_read_back(entries):
    for entry in entries("formulas.jsonl"):
        e = parse(entry["input"])
        assert sorted(x.name for x in free_symbols(e)) == sorted(entry["variables"])
        for expression in (e, *[d(e, x) for x in free_symbols(e)]):
            assert parse(show(expression)) is expression


STEP = Fraction(1, 2**80)


def test_slopes_of_formulas_from_practice_agree_with_differences(entries):
    """At one random point each, in balls of 400 bits; a formula without a value there is passed over."""
    dice, compared, passed_over = random.Random(1), 0, 0
    for entry in entries("formulas.jsonl"):
        e = parse(entry["input"])
        point = {x: Fraction(dice.randint(10, 200), 100) for x in free_symbols(e)}
        for x in point:
            above, below = [enclosure(e, point | {x: point[x] + step}, 400) for step in (STEP, -STEP)]
            if isinstance(above, Fault) or isinstance(below, Fault):
                passed_over += 1
                continue
            with flint.ctx.workprec(400):
                slope = ball_of(enclosure(d(e, x), point, 400))
                difference = (ball_of(above) - ball_of(below)) / (2 * as_ball(STEP))
                assert abs(slope - difference).upper() <= 1e-20 * max(1, abs(slope).upper()), entry["id"]
            compared += 1
    assert compared > 4 * passed_over

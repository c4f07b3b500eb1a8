"""Formulas and derivatives that other people stated: derivatives.jsonl, rubi.jsonl, formulas.jsonl of the external data.

Every entry is differentiated raw and evaluated in floats. Where that disagrees with the stated value by more than 1e-9, the
derivative is enclosed in balls of up to 2048 bits, at the exact point, and the ball decides: a large antiderivative loses
most of a double's digits (up to all of them), and then the floats prove nothing. So a failure that is reported is wrong
mathematics, and an entry that the floats miss is explained by its conditioning.
"""

from fractions import Fraction

from symdiff import Sym, SymdiffError, d, parse, val
from symdiff.numeric.ball import as_ball, enclosure
from symdiff.numeric.point import Fault

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
    """The same with as many bits as it takes. The numbers of a point are doubles, or the decimals they were written as."""
    doubles = {Sym(name): Fraction(value) for name, value in point.items()}
    decimals = {Sym(name): Fraction(str(value)) for name, value in point.items()}
    return settled(e, doubles, stated) or settled(e, decimals, stated)


def settled(e, env, stated):
    for bits in (128, 512, 2048):
        value = enclosure(e, env, bits)
        if not isinstance(value, Fault):
            miss = abs(as_ball(value) if isinstance(value, int | Fraction) else value) if stated == 0 else None
            miss = abs(value - stated) if miss is None else miss
            if miss.upper() <= max(TOLERANCE * abs(stated), ZERO):
                return True
            if miss.lower() > max(TOLERANCE * abs(stated), ZERO):
                return False
    return False


def disagreements(records, formula, stated):
    """The entries whose derivative is not what is stated at one of its points."""
    wrong = []
    for entry in records:
        slope = d(parse(entry[formula]), entry["var"])
        for point in entry["points"]:
            if not agrees(slope, point["at"], point[stated]):
                wrong.append((entry["id"], point["at"], point[stated]))
    return wrong

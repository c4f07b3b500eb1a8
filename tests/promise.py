"""Whether two formulas have the same value at a point, by balls: shared by the tests of whatever rewrites formulas."""

from fractions import Fraction

from flint import arb

from symdiff import Num, Sym, postorder
from symdiff.points.ball import as_ball, enclosure
from symdiff.points.point import Fault


def point(x, y, z, n):
    return {name: Fraction(value) for name, value in zip("xyzn", (x, y, z, n), strict=True)}


# Ordinary points, zeros, negative numbers, opposites, whole and broken exponents.
POINTS = [
    point("7/10", "13/10", "2/5", 2),
    point("-3/2", 2, -1, 3),
    point(0, 1, -2, 2),
    point(3, "-1/2", 0, -1),
    point(0, 0, 0, 0),
    point(0, -3, 2, 1),
    point(-2, 0, "1/3", -2),
    point(1, 1, 1, "1/2"),
    point(-1, -1, 3, 1),
    point(-2, -2, "1/2", "89/50"),
    point("1/2", -1, 5, 0),
    point(5, 7, -3, -3),
    point(2, 0, -1, "1/2"),
    point(0, 2, 2, -1),
    point(1, 0, -1, 3),
]


def value_at(e, at, bits=256):
    """A ball around the value, a point where the value is exact; None where there is none of finite size."""
    found = enclosure(e, {Sym(name): q for name, q in at.items()}, bits)
    if isinstance(found, Fault):
        return None
    ball = found if isinstance(found, arb) else as_ball(found)
    return ball if ball.is_finite() else None


def agree(before, after, at):
    """Whether `after` has the value of `before`, if that has one. More bits decide where few leave a doubt."""
    for bits in (256, 2048):
        value = value_at(before, at, bits)
        if value is None:
            return True
        found = value_at(after, at, bits)
        if found is not None and found.overlaps(value):
            return True
    return not settled(before, at)


def settled(e, at):
    """Whether the value is known well enough to say that another is wrong: not at the edge of a domain."""
    return value_at(e, at, 4096) is not None


def moderate(e):
    """Small numbers only: 0.7 to the power 1e90 is too small even for a ball."""
    return all(
        abs(node.value.numerator) < 10**9 and node.value.denominator < 10**9
        for node in postorder(e)
        if isinstance(node, Num)
    )

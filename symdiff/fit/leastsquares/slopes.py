"""The slopes of residuals, with limits where powers of 0 would spoil them: log(x) in x^k, (x/l)^(k - 1) in (x/l)^k."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from symdiff.algebra.normal import normal
from symdiff.calculus.diff import d, gradient
from symdiff.core.expr import App, Expr, Num
from symdiff.core.fold import free_symbols, postorder, subs
from symdiff.core.ops import ONE, ZERO, absolute, cbrt, log, maximum, pow, sqrt, where


def slopes(residual: Expr, free: Sequence[str]) -> tuple[Expr, ...]:
    """The partial derivatives in the free parameters.

    Where a parameter is in the exponent, log(u) stands beside u^v, which must have a value itself: so at u = 0 the
    exponent is above 0, and the product goes to 0. Where one only scales the base, u = q x with q > 0, u^v = q^v x^v
    has with x = 0 the slope 0, though v u^(v - 1) may have no value.

    >>> from symdiff import parse
    >>> slopes(parse("a*x^k"), ["k"])
    (where(max(abs(x), -k) > 0, a*(x^k*where(x > 0, log(x), 0)), 0),)
    >>> slopes(parse("sqrt(a*x)"), ["a"])
    (where(abs(a*x) > 0, 1/(2*sqrt(a*x))*x, 0),)
    """
    names = set(free)
    powers = [node for node in powers_in(residual) if node.op is pow and names & named(node.args[1])]
    into: dict[Expr | str, object] = {log(u): where(u > 0, log(u), ZERO) for u in [node.args[0] for node in powers]}
    found = gradient(limited(residual, free), free)
    return tuple([subs(slope, into) for slope in found]) if into else found


def limited(e: Expr, free: Sequence[str]) -> Expr:
    """The formula with powers of 0 written out, so that its slopes of any order have their limits there.

    >>> from symdiff import parse
    >>> limited(parse("x^(1/2) + x^k"), ["k"])
    x^(1/2) + where(max(abs(x), -k) > 0, x^k, where(k > 0, 0, 1))
    """
    names = set(free)
    for node in reversed(powers_in(e)):
        if is_steep(node) and (is_scaled(node.args[0], names) or is_raised(node, names)):
            e = subs(e, {node: beside_zero(node)})
    return e


def powers_in(e: Expr) -> list[App]:
    """The powers and roots in a formula, parts before wholes."""
    return [node for node in postorder(e) if isinstance(node, App) and node.op in (pow, sqrt, cbrt)]


def named(e: Expr) -> set[str]:
    """The names in a formula."""
    return {x.name for x in free_symbols(e)}


def is_steep(node: App) -> bool:
    """Whether a power may have at base 0 a value and no slope: its exponent is between 0 and 1, or no number."""
    exponent = node.args[-1]
    return node.op is not pow or not isinstance(exponent, Num) or 0 < exponent.value < 1


def is_scaled(u: Expr, names: Collection[str]) -> bool:
    """Whether parameters only scale u: the slope of log u has no column in it."""
    inside = sorted(set(names) & named(u))
    return inside != [] and named(u) > set(inside) and all(named(normal(d(u, p) / u)) <= set(names) for p in inside)


def is_raised(node: App, names: Collection[str]) -> bool:
    """Whether free parameters are in the exponent alone."""
    return node.op is pow and bool(set(names) & named(node.args[1])) and not set(names) & named(node.args[0])


def beside_zero(node: App) -> Expr:
    """A power, where it has a value at base 0 that value apart."""
    u, v = node.args[0], node.args[-1]
    if node.op is not pow or isinstance(v, Num):
        return where(absolute(u) > 0, node, ZERO)
    return where(maximum(absolute(u), -v) > 0, node, where(v > 0, ZERO, ONE))

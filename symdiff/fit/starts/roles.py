"""What the formula of a residual tells of its parameters: which are places, angles or bases, and how large they may be.

Sizes come as in dimensional analysis: what is added is equally large, what a function takes is about 1. Each such
statement is linear in the logarithms of parameters and columns.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from symdiff.algebra.normal import normal
from symdiff.calculus.diff import d
from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Sym
from symdiff.core.fold import free_symbols, postorder, subs
from symdiff.core.ops import ZERO
from symdiff.errors import SymdiffError
from symdiff.numeric.val import val

Form: TypeAlias = dict[str, float]  # the logarithm of a size: coefficients of logarithms, "" for the number

SUMS: Final = (ops.add, ops.sub, ops.neg, ops.minimum, ops.maximum)
WAVES: Final = (ops.sin, ops.cos, ops.tan, ops.sec, ops.csc, ops.cot)
BARE: Final = (ops.log, ops.log2, ops.log10, ops.log1p, ops.floor, ops.ceil, ops.sign)  # take arguments of any size
ROOTS: Final = {ops.sqrt: 1 / 2, ops.cbrt: 1 / 3}


class Place(NamedTuple):
    """A parameter added, times a number, to a rest with columns in it: x - mu, or b - c*x."""

    rest: Expr
    factor: float
    alone: bool  # whether the rest has columns only


class Wave(NamedTuple):
    """A parameter that tells how fast an angle turns as `gauge` grows: w in w*x, or T in x/T."""

    gauge: Expr
    period: bool


@dataclass(eq=False)
class Roles:
    """The parts that parameters play, by name, and the equations between the logarithms of sizes."""

    places: dict[str, Place] = field(default_factory=dict)
    waves: dict[str, Wave] = field(default_factory=dict)
    phases: dict[str, Expr] = field(default_factory=dict)
    bases: dict[str, Expr] = field(default_factory=dict)
    powers: set[str] = field(default_factory=set)
    equations: list[Form] = field(default_factory=list)


def roles_of(residuals: Sequence[Expr], searched: Collection[str], columns: Collection[str]) -> Roles:
    """The roles of the searched parameters; every other name that is no column is a parameter, too.

    >>> from symdiff import parse
    >>> found = roles_of([parse("a*exp(-(x - m)^2/s^2) + c*sin(w*x + p) - y")], {"m", "s", "w", "p"}, {"x", "y"})
    >>> list(found.places), list(found.waves), list(found.phases)
    (['m', 'p'], ['w'], ['p'])
    """
    return Reading(residuals, searched, columns).roles


class Reading:
    """One walk over the residuals, parts before wholes."""

    def __init__(self, residuals: Sequence[Expr], searched: Collection[str], columns: Collection[str]) -> None:
        self.roles = Roles()
        self.searched, self.columns = searched, columns
        self.forms: dict[Expr, Form] = {}
        self.names: dict[Expr, frozenset[str]] = {}
        self.powers: dict[str, tuple[Expr, Form]] = {}  # sizes that nobody knows: exponent, size of the base
        nodes = postorder(*residuals)
        inner = {a for node in nodes if isinstance(node, App) and node.op in SUMS for a in node.args}
        self.whole, self.inner = set(residuals), inner - set(residuals)
        for node in nodes:
            if isinstance(node, App) and node.op in WAVES:
                self.angle(node.args[0])
        for node in nodes:
            self.names[node] = frozenset().union(*[self.names[a] for a in node.args])
            if isinstance(node, Sym):
                self.names[node] = frozenset([node.name])
            self.forms[node] = self.form(node)

    def form(self, node: Expr) -> Form:
        """The logarithm of the size of a node, from those of its parts."""
        if not self.names[node]:
            return number(node)
        if not isinstance(node, App):
            assert isinstance(node, Sym)
            return {node.name: 1.0}
        if node.op in SUMS:
            return {} if node in self.inner else self.sum_of(node)
        return self.applied(node, [self.forms[a] for a in node.args])

    def applied(self, node: App, parts: Sequence[Form]) -> Form:
        """The size of an operation other than a sum; what a function takes is about 1, and so is what it gives."""
        match node.op:
            case ops.mul:
                return plus(parts[0], parts[1])
            case ops.div:
                return plus(parts[0], parts[1], -1.0)
            case ops.absolute:
                return parts[0]
            case ops.pow:
                return self.power(node, parts)
            case ops.where:
                self.equal(parts[1], parts[2])
                return parts[1]
        if node.op.form == "relation":
            self.compared(node)
            return {}
        if node.op in ROOTS:
            return plus({}, parts[0], ROOTS[node.op])
        if node.op not in BARE and node.op.form != "logic":
            for part in parts:
                self.equal(part, {})
        return {}

    def sum_of(self, node: App) -> Form:
        """A sum: its terms are equally large. With a place in it, it is as large as the distances from there."""
        found = terms(node)
        forms = [self.forms[term] for _, term in found]
        name = None if node in self.whole else self.place(found)
        if name and self.roles.places[name].alone:
            return {distance(name): 1.0}
        for form in forms[1:]:
            self.equal(forms[0], form)
        return max(forms, key=lambda form: any(key in self.columns for key in form))

    def compared(self, node: App) -> None:
        """A comparison: both sides are equally large."""
        left, right = node.args
        self.place([*terms(left), *[(-sign, term) for sign, term in terms(right)]])
        self.equal(self.forms[left], self.forms[right])

    def place(self, found: Sequence[tuple[float, Expr]]) -> str | None:
        """The place among the terms of a sum, if there is one."""
        for i, (sign, term) in enumerate(found):
            names = self.names[term]
            if len(names) != 1 or not names <= set(self.searched):
                continue
            (name,) = names
            slope = constant(normal(d(term, name)))
            others = [(s, t) for j, (s, t) in enumerate(found) if j != i]
            inside = frozenset().union(*[self.names[t] for _, t in others])
            if slope and inside & set(self.columns) and name not in inside:
                rest = sum_up(others)
                self.roles.places.setdefault(name, Place(rest, sign * slope, inside <= set(self.columns)))
                return name
        return None

    def power(self, node: App, parts: Sequence[Form]) -> Form:
        """A power: of a number exponent times the logarithm; of another exponent, of a size that nobody knows."""
        base, exponent = node.args
        if not self.names[exponent]:
            return plus({}, parts[0], constant(exponent) or 0.0)
        self.roles.powers |= self.names[exponent] & set(self.searched)
        inside = self.names[base]
        if not inside & set(self.columns) and self.names[exponent] & set(self.columns):
            for name in inside & set(self.searched):
                self.roles.bases.setdefault(name, bare(exponent, self.columns))
        if not inside or not self.names[exponent] & set(self.columns):
            self.equal(parts[1], {})
        key = f"#{len(self.powers)}"
        self.powers[key] = exponent, parts[0]
        return {key: 1.0}

    def equal(self, left: Form, right: Form) -> None:
        """Note that two sizes are the same; if both are powers with one exponent, or one is 1, that the bases are."""
        found = plus(left, right, -1.0)
        inside = [self.powers[key] for key in found if key in self.powers]
        if set(found) <= self.powers.keys() and len({exponent for exponent, _ in inside}) == 1 and len(inside) < 3:
            found = plus(inside[0][1], inside[1][1] if len(inside) > 1 else {}, -1.0)
        if any(key and key not in self.columns for key in found):
            self.roles.equations.append(found)

    def angle(self, u: Expr) -> None:
        """Note what the parameters in an angle do."""
        for name in [s.name for s in free_symbols(u) if s.name in self.searched]:
            slope = normal(d(u, name))
            if constant(slope):
                self.roles.phases[name] = slope
                continue
            gauge = bare(slope, self.columns)
            period = name in {s.name for s in free_symbols(slope)}
            if period:
                product = normal(-slope * Sym(name) ** 2)  # of k/T: its slope is -k/T^2
                if name in {s.name for s in free_symbols(product)}:
                    continue
                gauge = bare(product, self.columns)
            if free_symbols(gauge):
                self.roles.waves[name] = Wave(gauge, period)


def distance(name: str) -> str:
    """What the typical distance of data from a place is called."""
    return f"~{name}"


def terms(e: Expr) -> list[tuple[float, Expr]]:
    """The terms of a sum, with their signs, in the order in which they are written."""
    found: list[tuple[float, Expr]] = []
    stack = [(1.0, e)]
    while stack:
        sign, node = stack.pop()
        if not isinstance(node, App) or node.op not in SUMS:
            found.append((sign, node))
        elif node.op is ops.neg:
            stack.append((-sign, node.args[0]))
        else:
            stack += [(-sign if node.op is ops.sub else sign, node.args[1]), (sign, node.args[0])]
    return found


def sum_up(found: Sequence[tuple[float, Expr]]) -> Expr:
    """The sum of terms with signs."""
    total: Expr = ZERO
    for sign, term in found:
        total = total + term if sign > 0 else total - term
    return normal(total)


def bare(e: Expr, columns: Collection[str]) -> Expr:
    """A formula with its parameters taken as 0: what is left of it in columns."""
    zeros: dict[Expr | str, object] = {s: ZERO for s in free_symbols(e) if s.name not in columns}
    return normal(subs(e, zeros))


def plus(u: Form, v: Form, factor: float = 1.0) -> Form:
    """u + factor v, without what cancels."""
    total = dict(u)
    for key, value in v.items():
        total[key] = total.get(key, 0.0) + factor * value
    return {key: value for key, value in total.items() if value}


def constant(e: Expr) -> float | None:
    """The value of a formula without symbols, None of others and of what has no value."""
    if free_symbols(e):
        return None
    if isinstance(e, Num):
        return float(e.value)
    try:
        return float(val(e, {}))
    except SymdiffError:  # 1/0: no size to go by
        return None


def number(e: Expr) -> Form:
    """The logarithm of the size of a number."""
    value = constant(e)
    return {"": math.log(abs(value))} if value and math.isfinite(value) else {}

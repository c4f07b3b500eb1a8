"""Which parameters are searched: some are fixed, some tied to others, some bounded, some bound to each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from symdiff.algebra.normal import normal
from symdiff.algebra.rewrite import subs
from symdiff.calculus.diff import d
from symdiff.core.expr import App, Expr, Sym
from symdiff.core.fold import free_symbols
from symdiff.core.ops import ZERO
from symdiff.errors import FitError, nearest
from symdiff.fit.advice import Advice, Setting
from symdiff.fit.data.table import Vector
from symdiff.text.parse import Formula, expression
from symdiff.text.show import show

Names = Sequence[str]
Ends = dict[str, tuple[float, float]]
OPEN = (-math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Limits:
    """The least and greatest values that parameters may have, by name; what is not named is free.

    `gaps` are the parameters that came with constraints: what each is, in the parameters constrained.
    """

    by_name: Ends
    order: tuple[str, ...] = ()
    gaps: Mapping[str, Expr] = field(default_factory=dict)

    def checked(self, free: tuple[str, ...]) -> Limits:
        """The limits in the order of the parameters that are searched."""
        return Limits(self.by_name, free, self.gaps)

    @property
    def bounded(self) -> bool:
        """Whether there are any."""
        return bool(self.by_name)

    @property
    def lower(self) -> Vector:
        """The least values."""
        return np.array([self.by_name.get(name, OPEN)[0] for name in self.order])

    @property
    def upper(self) -> Vector:
        """The greatest values."""
        return np.array([self.by_name.get(name, OPEN)[1] for name in self.order])


def tied_up(
    fixed: Iterable[tuple[str, float]],
    tied: Iterable[tuple[str, Formula]],
    constraints: Iterable[Formula],
    bounds: Iterable[tuple[str, float, float]],
    parameters: tuple[str, ...],
    columns: Names,
) -> tuple[dict[str, Expr], Limits, tuple[str, ...]]:
    """Formulas for the parameters that are not searched, limits for those that are, and their names.

    `columns` are all names of the data; one that is a parameter too, since the model does not read it, is a parameter.
    Raises FitError where a name is no parameter, where ties go in a circle, and where nothing is left to search.
    """
    limits = {name: (low, high) for name, low, high in bounds}
    ties: dict[str, Expr] = {name: expression(value) for name, value in fixed}
    for name, formula in tied:
        if name in ties:
            raise FitError(f"{name} is both fixed and tied", "leave one of them out")
        ties[name] = expression(formula)
    for name in ties:
        check_parameter(name, parameters, columns)
    ties = unwound(ties)
    gaps: dict[str, Expr] = {}
    taken = {*parameters, *columns, *[s.name for s in free_symbols(*ties.values())]}
    for constraint in constraints:
        for one in links(expression(constraint)):
            ties = bind(one, ties, limits, gaps, parameters, taken)
    for name, e in ties.items():
        strange = [s.name for s in free_symbols(e) if s.name in columns and s.name not in parameters]
        if column := next(iter(strange), None):
            raise FitError(
                f"{name} is tied to {column}, a column of the data", "tie it to parameters, or write it into the model"
            )
    more = [s.name for e in ties.values() for s in free_symbols(e)]
    free = tuple(dict.fromkeys([name for name in (*parameters, *more) if name not in ties]))
    for name, (low, high) in limits.items():
        check_limits(name, low, high, free, ties)
    if not free:
        raise FitError("every parameter is fixed: there is nothing to fit", "leave one of them free")
    return ties, Limits(limits, gaps={name: e for name, e in gaps.items() if name in free}), free


def check_parameter(name: str, parameters: Names, columns: Names) -> None:
    """That what is fixed or tied is a parameter."""
    if name in parameters:
        return
    if name in columns:
        raise FitError(f"{name!r} is a column of the data, no parameter", "fix or tie parameters only")
    close = nearest(name, parameters)
    raise FitError(
        f"the model has no parameter {name!r}: it has {', '.join(parameters) or 'none'}",
        f"did you mean {close!r}?" if close else None,
    )


def check_limits(name: str, low: float, high: float, free: Names, ties: dict[str, Expr]) -> None:
    """That limits are in order, and of a parameter that is searched."""
    if name in ties:
        raise FitError(
            f"{name} has bounds, and is {show(ties[name])}", "give bounds to parameters that are searched only"
        )
    if name not in free:
        close = nearest(name, free)
        near = f"did you mean {close!r}?" if close else f"those that are searched are {', '.join(free)}"
        raise FitError(f"there is no parameter {name!r} to bound", near)
    if math.isnan(low) or math.isnan(high) or not low < high:
        raise FitError(f"the bounds of {name} are {low:g} and {high:g}", "the first must be below the second")


def unwound(ties: dict[str, Expr]) -> dict[str, Expr]:
    """The ties with no tied parameter on their right sides. Raises FitError where they go in a circle."""
    tangled: set[str] = set()
    for _ in range(len(ties) + 1):
        tangled = {name for name, e in ties.items() if any(s.name in ties for s in free_symbols(e))}
        if not tangled:
            return ties
        into: dict[Expr, Expr] = {Sym(name): e for name, e in ties.items()}
        ties = {name: subs(e, into) if name in tangled else e for name, e in ties.items()}
    raise FitError(
        f"the ties of {', '.join(sorted(tangled))} go in a circle", "tie them to parameters that are searched"
    )


def links(constraint: Expr) -> tuple[Expr, ...]:
    """The comparisons of a chain, "a < b < c"."""
    return constraint.args if isinstance(constraint, App) and constraint.op.name == "and" else (constraint,)


EXAMPLES = "example: 'a < b', 'a + b <= 1', 'a > 0'"


def bind(
    constraint: Expr, ties: dict[str, Expr], limits: Ends, gaps: dict[str, Expr], parameters: Names, taken: set[str]
) -> dict[str, Expr]:
    """A constraint `u < v` as a transform: a parameter that is in it linearly becomes a formula of a gap, at least 0.

    One name against numbers is a bound. What the ties so far say is put in first, so that constraints may follow from
    each other, and those that contradict each other are told. Gives the ties with the new one among them.
    """
    if not (isinstance(constraint, App) and constraint.op.name in ("<", "<=", ">", ">=")):
        raise FitError(f"{show(constraint)} is no constraint: it compares nothing with < or >", EXAMPLES)
    left, right = constraint.args if constraint.op.name[0] == "<" else constraint.args[::-1]
    known = {*parameters, *ties, *gaps, *[s.name for s in free_symbols(*ties.values())]}
    if unknown := [s.name for s in free_symbols(constraint) if s.name not in known]:
        raise FitError(f"the constraint {show(constraint)} names {', '.join(unknown)}, no parameter", EXAMPLES)
    room = normal(within(right - left, ties))
    inside = [s.name for s in free_symbols(room)]
    if len(inside) <= 1 and narrowed(room, inside, limits, constraint):
        return ties
    if least(room, limits) >= 0:  # it follows from the others
        return ties
    gap = gap_name(taken)
    for name in reversed(inside):
        if (found := isolated(room, name)) and kept(tie := (Sym(gap) - found[1]) / found[0], name, limits, gap):
            taken.add(gap)
            gaps[gap] = right - left
            limits.pop(name, None)
            limits[gap] = (0.0, math.inf)
            return {**{other: within(e, {name: tie}) for other, e in ties.items()}, name: tie}
    raise FitError(
        f"no parameter can be isolated in the constraint {show(constraint)} that has no bounds of its own",
        "tie one by hand, as in b = a + exp(t)",
    )


def within(e: Expr, ties: Mapping[str, Expr]) -> Expr:
    """A formula with ties put in."""
    return subs(e, dict[Expr, Expr]({Sym(name): tie for name, tie in ties.items()})) if ties else e


def gap_name(taken: set[str]) -> str:
    """The next name for a gap."""
    return next(name for i in range(1, len(taken) + 2) if (name := f"gap{i}") not in taken)


def narrowed(room: Expr, inside: Names, limits: Ends, constraint: Expr) -> bool:
    """Whether `room`, which is at least 0, is a bound of its only name, and now among the limits; or no name's at all.

    Raises FitError if nothing is left within the limits.
    """
    if not inside:
        possible = float_of(room) >= 0
    elif found := isolated(room, inside[0]):
        low, high = limits.get(inside[0], OPEN)
        end = float_of(-found[1] / found[0])
        low, high = (max(low, end), high) if float_of(found[0]) > 0 else (low, min(high, end))
        possible, limits[inside[0]] = low < high, (low, high)
    else:
        return False
    if not possible:
        equal = Advice("leave one of them out; what is to be equal is given with ", Setting("tied"))
        raise FitError(f"the constraint {show(constraint)} leaves no room beside the others", equal)
    return True


def kept(tie: Expr, name: str, limits: Ends, gap: str) -> bool:
    """Whether a parameter that becomes a formula of a gap, at least 0, obeys its own bounds by this alone."""
    low, high = limits.get(name, OPEN)
    there = {**limits, gap: (0.0, math.inf)}
    return least(tie, there) >= low and -least(-tie, there) <= high


def least(e: Expr, limits: Ends) -> float:
    """The least value within limits of a formula linear in its names; -inf of any other."""
    total, rest = 0.0, normal(e)
    for name in [s.name for s in free_symbols(rest)]:
        found = isolated(rest, name)
        if found is None:
            return -math.inf
        slope, rest = float_of(found[0]), found[1]
        total += min([slope * end for end in limits.get(name, OPEN)])
    return total + float_of(rest)


def isolated(room: Expr, name: str) -> tuple[Expr, Expr] | None:
    """The slope and the rest of a formula linear in a name, with a number for the slope."""
    slope, zero = normal(d(room, name)), dict[Expr, Expr]([(Sym(name), ZERO)])
    return None if slope is ZERO or free_symbols(slope) else (slope, normal(subs(room, zero)))


def float_of(e: Expr) -> float:
    """The value of a formula without symbols; infinite where it is beyond floats."""
    from symdiff.numeric.val import val

    value = val(e, {})
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf

"""What a compiled function gives back: the formulas to compute, and the form of the results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any, NamedTuple, TypeAlias

from symdiff.calculus.diff import Name, along, gradient, hessian, jacobian, symbols_of
from symdiff.core.exact import shortened
from symdiff.core.expr import Expr, Sym
from symdiff.errors import OperandError, nearest
from symdiff.text.parse import Formula, expression

Shape: TypeAlias = tuple[int, ...]


class Request(NamedTuple):
    """Formulas in a row, and how they are cut into results: each a shape (), (n,), (m, n) or (n, n).

    `alone`: there is one result, given as itself. `args`: the arguments, with the directions behind them where
    derivatives along one are wanted.
    """

    formulas: tuple[Expr, ...]
    shapes: tuple[Shape, ...]
    alone: bool
    args: tuple[Sym, ...]

    def cut(self, flat: Iterable[Any], gather: Callable[[Iterable[Any]], Any] = tuple) -> Any:
        """What there is one of for each formula, as nested tuples in the shapes of the results."""
        if not any(self.shapes):
            return next(iter(flat)) if self.alone else gather(flat)
        rest = iter(flat)
        found = []
        for shape in self.shapes:
            items = [next(rest) for _ in range(prod(shape))]
            for length in shape[:0:-1]:
                items = [gather(items[i : i + length]) for i in range(0, len(items), length)]
            found.append(gather(items) if shape else items[0])
        return found[0] if self.alone else gather(found)

    def flat(self, results: Any) -> list[Any]:
        """What there is one of for each formula, in a row: the inverse of `cut`."""
        row: list[Any] = []
        for shape, found in zip(self.shapes, [results] if self.alone else results, strict=True):
            items = [found]
            for _ in shape:
                items = [part for item in items for part in item]
            row += items
        return row


def request(
    es: Formula | Iterable[Formula],
    args: Iterable[Name] | str,
    derivatives: str | Iterable[str] | None = None,
    wrt: Iterable[Name] | str | None = None,
) -> Request:
    """The formulas of some expressions and of their derivatives with respect to `wrt`, by default all arguments.

    >>> request("x^2*y", "x y", "gradient").formulas
    (x^2*y, y*(2*x), x^2)
    >>> request(["x", "y"], "x y", ["jacobian"], "x").shapes
    ((), (), (2, 1))
    """
    single = isinstance(es, Expr | str | int | float) or not isinstance(es, Iterable)
    values = [expression(es)] if single else [expression(e) for e in es]  # type: ignore[arg-type, union-attr]  # told apart above
    xs = symbols_of(args)
    kinds = kinds_of(derivatives)
    inner = xs if wrt is None else symbols_of(wrt)
    known = set(xs)
    if strange := [x.name for x in inner if x not in known]:
        raise OperandError(f"no argument is called {', '.join(strange)}", f"arguments: {', '.join(x.name for x in xs)}")
    towards = directions(inner, xs) if {"jvp", "hvp"} & set(kinds) else ()
    formulas: list[Expr] = [*values]
    shapes: list[Shape] = [()] * len(values)
    for kind in kinds:
        found, shape = KINDS[chosen(kind, KINDS, "kind of derivative")](values, inner, towards, single)
        formulas += found
        shapes.append(shape)
    return Request(tuple(formulas), tuple(shapes), single and not kinds, (*xs, *towards))


def kinds_of(derivatives: object) -> list[Any]:
    """The kinds of derivatives that are asked for: none, one, or several."""
    several = isinstance(derivatives, Iterable) and not isinstance(derivatives, str)
    return [] if derivatives is None else list(derivatives) if several else [derivatives]  # type: ignore[call-overload]  # told apart above


def chosen(name: object, names: Iterable[str], what: str) -> str:
    """The name, if it is one of these. Raises OperandError, with the nearest of them."""
    known = list(names)
    if isinstance(name, str) and name in known:
        return name
    close = nearest(name, known) if isinstance(name, str) else None
    raise OperandError(
        f"{shortened(name)} is no {what}", f"did you mean {close!r}?" if close else f"there are {', '.join(known)}"
    )


def directions(inner: Sequence[Sym], xs: Sequence[Sym]) -> tuple[Sym, ...]:
    """A symbol for each component of a direction, with a name that no argument has."""
    taken = {x.name for x in xs}
    mark = "along_"
    while any([mark + x.name in taken for x in inner]):
        mark += "_"
    return tuple([Sym(mark + x.name) for x in inner])


Found: TypeAlias = tuple[list[Expr], Shape]


def gradients(values: list[Expr], xs: Sequence[Sym], towards: Sequence[Sym], single: bool) -> Found:
    """The partial derivatives of one formula, or of each."""
    if single:
        return [*gradient(values[0], xs)], (len(xs),)
    matrix = jacobian(values, xs)
    return [matrix[i, j] for i in range(len(values)) for j in range(len(xs))], matrix.shape


def hessians(values: list[Expr], xs: Sequence[Sym], towards: Sequence[Sym], single: bool) -> Found:
    """All second partial derivatives of one formula."""
    matrix = hessian(the_one(values, single, "a Hessian"), xs)
    return [matrix[i, j] for i in range(len(xs)) for j in range(len(xs))], matrix.shape


def along_directions(values: list[Expr], xs: Sequence[Sym], towards: Sequence[Sym], single: bool) -> Found:
    """The derivative of each formula along the direction: the Jacobian times it."""
    found = [along(e, dict(zip(xs, towards, strict=True))) for e in values]
    return found, () if single else (len(values),)


def hessians_along(values: list[Expr], xs: Sequence[Sym], towards: Sequence[Sym], single: bool) -> Found:
    """The derivative of the gradient along the direction: the Hessian times it, one sweep over one sweep."""
    slope = along(the_one(values, single, "a Hessian"), dict(zip(xs, towards, strict=True)))
    return [*gradient(slope, xs)], (len(xs),)


def the_one(values: list[Expr], single: bool, what: str) -> Expr:
    """The only formula. Raises OperandError where there are several."""
    if not single:
        raise OperandError(f"{what} is that of one formula, and {len(values)} are given", "give it without brackets")
    return values[0]


KINDS: dict[str, Callable[[list[Expr], Sequence[Sym], Sequence[Sym], bool], Found]] = {
    "gradient": gradients,
    "jacobian": gradients,
    "hessian": hessians,
    "jvp": along_directions,
    "hvp": hessians_along,
}

"""The chain rule, and nothing else: partial derivatives stand in the table, what is composed of them is composed here.

`d` is a forward fold for one variable, `gradient` one reverse sweep for all of them (Griewank and Walther, Evaluating
Derivatives, 2nd ed., chapter 3). Results are raw: exact, with no term whose factor is 0 and no factor 1, but not
simplified.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple

from symdiff.core.calm import calm
from symdiff.core.expr import KINDS, App, Expr, Num, Sym, lift, symbol
from symdiff.core.fold import postorder
from symdiff.core.ops import MINUS_ONE, ONE, ZERO, add, both, either, mul, neg, no, partial, sub, where
from symdiff.errors import OperandError
from symdiff.text.parse import Formula, expression

Name = Sym | str

MOST_ORDERS = 1_000_000  # a guard against a slip, not a promise


def d(e: Formula, x: Name, *more: Name, order: int = 1) -> Expr:
    """The derivative of e with respect to x, `order` times; with more names the mixed partial derivative.

    `e` is an expression, a number or text; each name a symbol or its name. Raises ParseError on bad text,
    OperandError on a bad name or order, DerivativeError where the table knows no formula (the order of a Bessel
    function, say).

    >>> d("sin(x^2)/x", "x")
    1/x*(cos(x^2)*(2*x)) - sin(x^2)/x^2
    >>> d("x^3*y^2", "x", "y")
    3*x^2*(2*y)
    >>> d("x^4", "x", order=2)
    4*(3*x^2)
    """
    if order not in range(MOST_ORDERS):
        raise OperandError(f"the order of a derivative is a whole number, not {order!r}", "example: d(e, 'x', order=2)")
    result: Expr = expression(e)
    names = [symbol(name) for name in (x, *more)]
    with calm:
        for name in names:
            for _ in range(order):
                result = slope(result, name)
    return result


def slope(e: Expr, x: Sym) -> Expr:
    """The derivative of e in x."""
    return forward(e, {x: ONE})


def along(e: Formula, direction: Mapping[Sym, Expr]) -> Expr:
    """The derivative of e along a direction, given by its component for each symbol: gradient times direction.

    >>> along("x*y", {Sym("x"): Sym("u"), Sym("y"): Sym("v")})
    y*u + x*v
    """
    with calm:
        return forward(expression(e), {x: lift(component) for x, component in direction.items()})


def forward(e: Expr, slopes: dict[Expr, Expr]) -> Expr:
    """The derivative of e, given those of symbols. What depends on none of them has no entry and is never touched."""
    for node in postorder(e):
        if node.__class__ is App:
            args, terms = node.args, None
            # Not zip(strict=True): it costs as much as a node, and the constructor has counted the arguments.
            for part, formula in zip(args, node.op.partials):  # noqa: B905  # see above
                if part in slopes:
                    by_part = unknown(node, slopes) if formula is None else formula(*args)
                    if by_part.__class__ not in KINDS:
                        by_part = lift(by_part)  # the row of a user may return a plain number
                    if by_part is not ZERO:
                        term = times(by_part, slopes[part])
                        if terms is None:
                            terms = [term]
                        else:
                            terms.append(term)
            if terms is not None:
                slopes[node] = terms[0] if len(terms) == 1 else total(terms)
    return slopes.get(e, ZERO)


def unknown(node: App, moving: Container[Expr]) -> Expr:
    """Raises DerivativeError: a part moves for which the row has no formula."""
    slots = enumerate(zip(node.args, node.op.partials, strict=True))
    return partial(node.op, next(i for i, (u, formula) in slots if formula is None and u in moving), node.args)


def gradient(e: Formula, names: Iterable[Name] | str) -> tuple[Expr, ...]:
    """All partial derivatives of e in one reverse sweep, which shares their parts; linear in the size of e.

    `names`: symbols or names, or one text of names. Raises as `d` does.

    >>> gradient("x*y + sin(x)", "x y")
    (y + cos(x), x)
    """
    with calm:
        return sweep(expression(e), symbols_of(names))


def sweep(e: Expr, xs: Sequence[Sym]) -> tuple[Expr, ...]:
    """The partial derivatives of e in all of xs, from the whole down to the parts (reverse accumulation)."""
    depends: set[Expr] = set(xs)
    moving: list[App] = []
    for node in postorder(e):
        if not depends.isdisjoint(node.args):
            depends.add(node)
            moving.append(node)  # type: ignore[arg-type]  # only an App has args
    arriving: dict[Expr, list[Expr]] = {e: [ONE]}
    for node in reversed(moving):
        if terms := arriving.pop(node, None):
            args = node.args
            back = terms[0] if len(terms) == 1 else total(terms[::-1])  # what is read last has arrived first
            for part, formula in zip(args, node.op.partials):  # noqa: B905  # as in `slope`
                if part in depends:
                    by_part = unknown(node, depends) if formula is None else formula(*args)
                    if by_part.__class__ not in KINDS:
                        by_part = lift(by_part)
                    if by_part is not ZERO:
                        term = times(back, by_part)
                        if (others := arriving.get(part)) is None:
                            arriving[part] = [term]
                        else:
                            others.append(term)
    return tuple([total(arriving[x][::-1]) if x in arriving else ZERO for x in xs])


class Matrix:
    """A sparse matrix of expressions: `entries` maps (row, column) to what is not 0; `shape` is (rows, columns)."""

    __slots__ = ("entries", "shape")

    def __init__(self, entries: dict[tuple[int, int], Expr], shape: tuple[int, int]) -> None:
        self.entries, self.shape = entries, shape

    def __repr__(self) -> str:
        rows, columns = self.shape
        return f"<{rows} by {columns} matrix of expressions, {len(self.entries)} not 0>"

    def dense(self) -> list[list[Expr]]:
        """All rows, zeros included."""
        rows, columns = self.shape
        return [[self.entries.get((i, j), ZERO) for j in range(columns)] for i in range(rows)]

    def __getitem__(self, place: tuple[int, int]) -> Expr:
        rows, columns = self.shape
        i, j = place
        if not (0 <= i < rows and 0 <= j < columns):
            raise IndexError(f"no entry {place} in a matrix of {rows} by {columns}")
        return self.entries.get(place, ZERO)


def jacobian(es: Iterable[Formula], names: Iterable[Name] | str) -> Matrix:
    """The matrix of the partial derivatives of `es` (rows) in the names (columns), sparse by construction.

    >>> jacobian(["x*y", "sin(x)"], "x y").dense()
    [[y, x], [cos(x), 0]]
    """
    rows, xs = [expression(e) for e in es], symbols_of(names)
    column = {x: j for j, x in enumerate(xs)}
    entries: dict[tuple[int, int], Expr] = {}
    with calm:
        for i, row in enumerate(rows):
            present = [node for node in postorder(row) if node in column]
            for x, entry in zip(present, sweep(row, present), strict=True):
                if entry is not ZERO:
                    entries[i, column[x]] = entry
    return Matrix(entries, (len(rows), len(xs)))


def hessian(e: Formula, names: Iterable[Name] | str) -> Matrix:
    """The matrix of second partial derivatives, sparse and symmetric: both halves hold the same objects.

    >>> hessian("x^2*y", "x y").dense()
    [[y*2, 2*x], [2*x, 0]]
    """
    xs = symbols_of(names)
    first = gradient(e, xs)
    column = {x: j for j, x in enumerate(xs)}
    entries: dict[tuple[int, int], Expr] = {}
    with calm:
        for i, row in enumerate(first):
            present = [node for node in postorder(row) if node in column and column[node] >= i]
            for x, entry in zip(present, sweep(row, present), strict=True):
                if entry is not ZERO:
                    entries[i, column[x]] = entries[column[x], i] = entry
    return Matrix(entries, (len(xs), len(xs)))


def symbols_of(names: Iterable[Name] | str) -> tuple[Sym, ...]:
    """The symbols meant by symbols, names, or one text of names; each once."""
    listed = names.replace(",", " ").split() if isinstance(names, str) else names
    if isinstance(listed, Sym):
        listed = (listed,)
    found = tuple([symbol(name) for name in listed])
    if len(set(found)) != len(found):
        raise OperandError(f"a name occurs twice: {', '.join(x.name for x in found)}", "give each name once")
    return found


def times(u: Expr, v: Expr) -> Expr:
    """u v, unless a factor is 1 or -1. A factor that is 0 in one branch of a choice goes into the choice: `masked`."""
    if u is ONE:
        return v
    if v is ONE:
        return u
    if (u.__class__ is App and u.op is where) or (v.__class__ is App and v.op is where):
        return times_choice(u, v)
    if u is MINUS_ONE or v is MINUS_ONE:
        return product(u, v)
    return App(mul, (u, v))


def product(u: Expr, v: Expr) -> Expr:
    if u is ONE:
        return v
    if v is ONE:
        return u
    if u is MINUS_ONE:
        return App(neg, (v,))
    if v is MINUS_ONE:
        return App(neg, (u,))
    return App(mul, (u, v))


def total(terms: Sequence[Expr]) -> Expr:
    """The sum, built once: no term is 0, one term is itself, an opposite is subtracted."""
    for term in terms:
        if term.__class__ is App and term.op is where and len(terms) > 1:
            return plain_total(with_choices_joined(terms))
    return plain_total(terms)


def plain_total(terms: Sequence[Expr]) -> Expr:
    whole: Expr = ZERO
    for term in terms:
        if whole is ZERO:
            whole = term
        elif (opposite := opposite_of(term)) is not None:
            whole = App(sub, (whole, opposite))
        else:
            whole = App(add, (whole, term))
    return whole


def opposite_of(e: Expr) -> Expr | None:
    """What a negative number, -u, (-u) v or u (-v) takes away; None for anything else."""
    if e.__class__ is Num:
        return Num(-e.value) if e.value < 0 else None
    if e.__class__ is App and e.op is neg:
        return e.args[0]
    if e.__class__ is App and e.op is mul:
        u, v = e.args
        if u.__class__ is App and u.op is neg:
            return product(u.args[0], v)
        if v.__class__ is App and v.op is neg:
            return product(u, v.args[0])
    return None


# What stands in a branch not taken must not be multiplied, not even by 0: it may have no value there. So a choice
# with a zero branch, `where(c, u, 0)`, is pushed outwards: times v it is `where(c, u v, 0)`.


class Masked(NamedTuple):
    """`where(condition, inside, 0)` if `held`, else `where(condition, 0, inside)`."""

    condition: Expr
    inside: Expr
    held: bool


def masked(e: Expr) -> Masked | None:
    if e.__class__ is App and e.op is where:
        condition, then, otherwise = e.args
        if otherwise is ZERO:
            return Masked(condition, then, True)
        if then is ZERO:
            return Masked(condition, otherwise, False)
    return None


def times_choice(u: Expr, v: Expr) -> Expr:
    """u v with the choices that have a zero branch taken to the outside, as one: nested ones would be wrapped again at
    every step of a sweep, which takes the square of the depth.
    """
    choices = []
    while choice := masked(u):
        choices.append(choice)
        u = choice.inside
    while choice := masked(v):
        choices.append(choice)
        v = choice.inside
    whole = product(u, v)
    if len(choices) == 1:
        return chosen(choices[0], whole)
    return App(where, (both(*map(asked, choices)), whole, ZERO)) if choices else whole


def asked(choice: Masked) -> Expr:
    """The condition under which a masked expression is not 0."""
    return choice.condition if choice.held else no(choice.condition)


def chosen(choice: Masked, inside: Expr) -> Expr:
    return App(where, (choice.condition, inside, ZERO) if choice.held else (choice.condition, ZERO, inside))


def with_choices_joined(terms: Sequence[Expr]) -> list[Expr]:
    """The terms with all masked ones that ask the same condition as one; what is masked throughout stays masked."""
    plain: list[Expr] = []
    by_condition: dict[Expr, tuple[list[Expr], list[Expr]]] = {}
    for term in terms:
        choice = masked(term)
        if choice is None:
            plain.append(term)
        else:
            by_condition.setdefault(choice.condition, ([], []))[0 if choice.held else 1].append(choice.inside)
    joined: list[Expr] = [
        App(where, (c, plain_total(then), plain_total(otherwise))) for c, (then, otherwise) in by_condition.items()
    ]
    choices = [choice for term in joined if (choice := masked(term))]
    if plain or len(joined) < 2 or len(choices) < len(joined):
        return plain + joined
    anywhere = either(*map(asked, choices))
    return [App(where, (anywhere, plain_total(joined), ZERO))]

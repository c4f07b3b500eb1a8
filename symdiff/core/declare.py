"""Operations beyond the table: rows of the user's own, and abstract functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from symdiff.core.expr import App, Op, lift
from symdiff.core.names import checked_name
from symdiff.core.ops import ANY, ATOM, READ, TABLE, op
from symdiff.errors import OperandError, nearest

ABSTRACT: dict[str, Op] = {}


def operation(
    name: str,
    value: Callable[..., float],
    partials: Sequence[Callable[..., Any] | None],
    **columns: Any,
) -> Op:
    """A row of your own: a function that formulas, derivatives and values know from now on.

    `value` takes and returns floats; `partials` holds one function for each argument, which takes the arguments as
    expressions and returns the partial derivative as an expression (None where there is no formula). Further columns as
    in the table (`symdiff.core.ops`). Raises OperandError if the name belongs to a built-in row or is no name; a row of
    your own may be replaced.

    >>> from symdiff import d, operation, parse, val
    >>> import math
    >>> cube = operation("cube", value=lambda u: u**3, partials=[lambda u: 3*u**2])
    >>> d(parse("cube(sin(x))"), "x")
    3*sin(x)^2*cos(x)
    >>> val("cube(2)", {})
    8.0
    """
    checked_name(name)
    if is_built_in(name):
        raise OperandError(f"{name!r} is a built-in operation", "take another name")
    if not partials:
        raise OperandError("an operation needs at least one argument, so at least one partial derivative", None)
    own = {"sympy": "", "doc": "an operation of your own", "group": "Your own"}
    row = op(name, len(partials), value, partials, **{**own, **columns})
    OWN.add(row)
    return row


OWN: set[Op] = set()
LITERALS = ("rational",)  # written like a call, but a number: rational(1, 3)


def is_built_in(name: str) -> bool:
    rows = (TABLE.get(name), *READ.get(name, {}).values())
    return name in LITERALS or any([row is not None and row not in OWN for row in rows])


def function(name: str) -> Callable[..., App]:
    """An abstract function: `f(x)` stands for a value nobody has said, and differentiates to `f'(x)`.

    Text reads f, g and h so; any other name, or one that the table has, is declared: `parse(text, functions=[...])`.
    Raises OperandError on what is no name, or without arguments.

    >>> from symdiff import d, function, symbols
    >>> x, f = symbols("x"), function("f")
    >>> d(f(x)**2, x)
    2*f(x)*f'(x)
    """
    checked_name(name)

    def apply(*args: Any) -> App:
        if not args:
            raise OperandError(f"{name} is a function: it needs an argument", f"example: {name}(x)")
        return App(abstract(name, (), len(args)), tuple(map(lift, args)))

    return apply


def abstract(name: str, slots: tuple[int, ...], arity: int) -> Op:
    """The row of an abstract function of `arity` arguments, differentiated in each of the `slots`, counted from 1.

    The slots are kept in order, so that mixed partial derivatives commute.
    """
    slots = tuple(sorted(slots))
    key = f"{name}{primes(slots, arity)}/{arity}"
    row = ABSTRACT.get(key)
    if row is None:
        partials = [differentiated(name, slots, arity, slot) for slot in range(1, arity + 1)]
        row = Op(
            key, arity, call=key.rpartition("/")[0], partials=tuple(partials), form="call", precedence=ATOM,
            sample=(ANY,) * arity, aliases=(), rule="chain rule", sympy="Function", doc="abstract function",
            example="f(x)",
        )  # fmt: skip
        row = ABSTRACT.setdefault(key, row)
    return row


def differentiated(name: str, slots: tuple[int, ...], arity: int, slot: int) -> Callable[..., App]:
    return lambda *args: App(abstract(name, (*slots, slot), arity), args)


def primes(slots: tuple[int, ...], arity: int) -> str:
    """f' of one argument; f'1'2 of several: first in the first argument, then in the second."""
    return "'" * len(slots) if arity == 1 else "".join([f"'{slot}" for slot in slots])


ABSTRACT_KEY = re.compile(
    r"(?P<name>[^\W\d]\w*)(?P<slots>('(?:[1-9][0-9]{0,2})?)*)/(?P<arity>[1-9][0-9]{0,2})", re.ASCII
)


def find_operation(name: str) -> Op:
    """The row of this unique name; raises OperandError. What pickles and JSON call when they read."""
    row = TABLE.get(name) or ABSTRACT.get(name)
    if row is None and (key := ABSTRACT_KEY.fullmatch(name)):
        slots = tuple([int(slot) if slot else 1 for slot in key["slots"].split("'")[1:]])
        if max(slots, default=1) <= int(key["arity"]):
            return abstract(key["name"], slots, int(key["arity"]))
    if row is None:
        close = nearest(name, TABLE)
        raise OperandError(
            f"unknown operation {name!r}", f"did you mean {close!r}?" if close else "declare it with operation()"
        )
    return row

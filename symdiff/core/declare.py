"""Operations beyond the table: rows of the user's own, and abstract functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import RLock
from typing import Any
from weakref import WeakValueDictionary

from symdiff.core.exact import Exact, exact, shortened
from symdiff.core.expr import App, Op, lift
from symdiff.core.names import checked_name
from symdiff.core.ops import ANY, ATOM, READ, TABLE, op
from symdiff.errors import LimitError, OperandError, nearest

OWN: set[Op] = set()
LITERALS = ("rational",)  # written like a call, but a number: rational(1, 3)
SIGNS = frozenset([row.unicode for row in TABLE.values() if row.form == "constant"])  # π is read as pi
UNDECLARED = re.compile(r"[fgh]_?[0-9]*")  # what text reads as an abstract function
COLUMNS = {*Op.__slots__} - {"__weakref__", "alive", "arity", "name", "partials", "value"}  # the others of `operation`
CALLS = ("call", "fence", "root")  # the forms whose text is a call

# ------------------------------------------------------------------------------------------------- rows of one's own


def operation(
    name: str,
    value: Callable[..., float] | None,
    partials: Sequence[Callable[..., Any] | None],
    **columns: Any,
) -> Op:
    """A row of your own: a function that formulas, derivatives and values know from now on.

    `value` takes and returns floats; `partials` holds one function for each argument, which takes the arguments as
    expressions and returns the partial derivative as an expression (None where there is no formula). Further columns as
    in the table (`symdiff.core.ops`); `aliases` may be one name.

    Raises OperandError if the name, the `call` or an alias is no name or is read as something else, and where a column
    does not fit; a row of your own may be replaced.

    >>> from symdiff import d, operation, parse, val
    >>> import math
    >>> cube = operation("cube", value=lambda u: u**3, partials=[lambda u: 3*u**2])
    >>> d(parse("cube(sin(x))"), "x")
    3*sin(x)^2*cos(x)
    >>> val("cube(2)", {})
    8.0
    """
    name, partials = checked_name(name), sequence("partials", partials, "partials=[lambda u: 2*u]")
    columns = {"call": name, "sympy": "", "doc": "an operation of your own", "group": "Your own", **columns}
    check_columns(name, value, partials, columns)
    aliases = columns.pop("aliases", ())
    aliases = (aliases,) if isinstance(aliases, str) else sequence("aliases", aliases, 'aliases=["other_name"]')
    free = [free_spelling(one, name, len(partials), columns) for one in (name, columns.pop("call"), *aliases)]
    replaced = TABLE.get(name)
    row = op(name, len(partials), value, partials, call=free[1], aliases=tuple(free[2:]), **columns)
    if replaced is not None:
        OWN.discard(replaced)
    forget_spellings(row)
    OWN.add(row)
    return row


def sequence(column: str, things: Any, example: str) -> tuple[Any, ...]:
    """The things as a tuple. Raises OperandError for what is no sequence."""
    if isinstance(things, Iterable):
        return tuple(things)
    raise OperandError(f"{column} is a sequence, not {shortened(things)}", f"example: {example}")


def check_columns(name: str, value: object, partials: tuple[Any, ...], columns: dict[str, Any]) -> None:
    """Refuse what no derivative, no text or no value could be made from; put a guard before the exact values."""
    if unknown := sorted(columns.keys() - COLUMNS):
        raise OperandError(f"an operation has no column {', '.join(unknown)}", f"columns: {', '.join(sorted(COLUMNS))}")
    if not callable(value) and not (value is None and callable(columns.get("ball"))):
        raise OperandError(
            f"value of {name} is a function of floats, not {shortened(value)}", "example: value=math.sin"
        )
    if not partials:
        raise OperandError("an operation needs at least one argument, so at least one partial derivative", None)
    if not all([formula is None or callable(formula) for formula in partials]):
        raise OperandError(f"the partial derivatives of {name} are functions of its arguments, or None", None)
    if (form := columns.get("form", "call")) not in CALLS:
        raise OperandError(f"an operation of your own is written as a call, not in the form {form!r}", None)
    if columns.get("associative") and len(partials) != 2:
        raise OperandError(f"an associative operation takes 2 arguments, and {name} takes {len(partials)}", None)
    if columns.get("exact") is not None:
        columns["exact"] = checked_exact(name, columns["exact"])


def free_spelling(spelling: object, name: str, arity: int, columns: dict[str, Any]) -> str:
    """A spelling that text will read as the row `name` and nothing else. Raises OperandError."""
    spelling = checked_name(spelling)
    if is_built_in(spelling):
        raise OperandError(f"{spelling!r} is a built-in operation", "take another name")
    if UNDECLARED.fullmatch(spelling):
        raise OperandError(f"formulas read {spelling}(x) as a function without a formula", "take another name")
    for row in READ.get(spelling, {}).values():
        if row.name != name and (row.arity == arity or row.associative or columns.get("associative")):
            raise OperandError(f"{spelling!r} is read as the operation {row.name!r} already", "take another name")
    return spelling


def is_built_in(name: str) -> bool:
    rows = (TABLE.get(name), *READ.get(name, {}).values())
    return name in LITERALS or name in SIGNS or any([row is not None and row not in OWN for row in rows])


def forget_spellings(new: Op) -> None:
    """Take the rows that this one replaces out of what text reads; their nodes keep them."""
    for spelling, rows in [*READ.items()]:
        for arity in [arity for arity, row in rows.items() if row.name == new.name and row is not new]:
            del rows[arity]
        if not rows:
            del READ[spelling]


def checked_exact(name: str, column: Callable[..., Any]) -> Callable[..., Exact | None]:
    """The `exact` column of a user, which may answer with exact numbers alone: a float there would pass for exact."""

    def checked(*args: Exact) -> Exact | None:
        found = column(*args)
        if found is not None and isinstance(found, (float, complex, str)):
            raise OperandError(
                f"the column `exact` of {name} gave {shortened(found)}, which is no exact number",
                "let it return an int, a Fraction, or None where only a float will do",
            )
        return None if found is None else exact(found)

    return checked


# ------------------------------------------------------------------------------------------------ abstract functions

ABSTRACT: WeakValueDictionary[str, Op] = WeakValueDictionary()  # a row lives as long as its nodes
making = RLock()  # two threads must not make the same row twice
MOST_PRIMES = 1000
MOST_ARGUMENTS = 1000


def function(name: str) -> Callable[..., App]:
    """An abstract function: `f(x)` stands for a value nobody has said, and differentiates to `f'(x)`.

    Text reads f, g and h so; any other name, or one that the table has, is declared: `parse(text, functions=[...])`.
    Raises OperandError on what is no name, or without arguments.

    >>> from symdiff import d, function, symbols
    >>> x, f = symbols("x"), function("f")
    >>> d(f(x)**2, x)
    2*f(x)*f'(x)
    """
    name = checked_name(name)

    def apply(*args: Any) -> App:
        if not args:
            raise OperandError(f"{name} is a function: it needs an argument", f"example: {name}(x)")
        return App(abstract(name, (), len(args)), tuple(map(lift, args)))

    return apply


def abstract(name: str, slots: tuple[int, ...], arity: int) -> Op:
    """The row of an abstract function of `arity` arguments, differentiated in each of the `slots`, counted from 1.

    The slots are kept in order, so that mixed partial derivatives commute. Raises LimitError for more than 1000
    arguments, or an order of more than 1000.
    """
    if len(slots) > MOST_PRIMES or arity > MOST_ARGUMENTS:
        raise LimitError(
            f"an abstract function takes at most {MOST_ARGUMENTS} arguments, and {MOST_PRIMES} primes",
            "operation(name, value=..., partials=[...]) declares a function with a formula for its derivative",
        )
    slots = tuple(sorted(slots))
    key = key_of(name, slots, arity)
    row = ABSTRACT.get(key)
    if row is None:
        with making:
            row = ABSTRACT.get(key)
            if row is None:
                ABSTRACT[key] = row = abstract_row(key, Primed(name, slots, arity))
    return row


def abstract_row(key: str, partials: Primed) -> Op:
    return Op(
        key, partials.arity, call=key.rpartition("/")[0], partials=partials, form="call", precedence=ATOM,
        sample=(ANY,) * partials.arity, aliases=(), rule="chain rule", sympy="Function", doc="abstract function",
        example="f(x)",
    )  # fmt: skip


class Primed(Sequence[Callable[..., App]]):
    """The partial derivatives of an abstract row, each made when it is asked for.

    A function of n arguments has n^2/2 rows of second derivatives, with n partial derivatives each, and hardly any of
    these is ever wanted.
    """

    __slots__ = ("arity", "name", "slots")

    def __init__(self, name: str, slots: tuple[int, ...], arity: int) -> None:
        self.name, self.slots, self.arity = name, slots, arity

    def __len__(self) -> int:
        return self.arity

    def __getitem__(self, place: Any) -> Any:
        wanted = range(1, self.arity + 1)[place]
        return self.by(wanted) if isinstance(wanted, int) else tuple(map(self.by, wanted))

    def __iter__(self) -> Iterator[Callable[..., App]]:
        return map(self.by, range(1, self.arity + 1))

    def by(self, slot: int) -> Callable[..., App]:
        """The partial derivative in this slot, counted from 1."""
        name, slots, arity = self.name, (*self.slots, slot), self.arity
        return lambda *args: App(abstract(name, slots, arity), args)


def key_of(name: str, slots: tuple[int, ...], arity: int) -> str:
    """The unique name of an abstract row: f/1, f'/1, g'1'2/2."""
    return f"{name}{primes(slots, arity)}/{arity}"


def primes(slots: tuple[int, ...], arity: int) -> str:
    """f' of one argument; f'1'2 of several: first in the first argument, then in the second."""
    return "'" * len(slots) if arity == 1 else "".join([f"'{slot}" for slot in slots])


KEY = re.compile(r"(?P<name>[^'/]+)(?P<slots>('[0-9]{0,4})*)/(?P<arity>[0-9]{1,4})")


def abstract_named(key: str) -> Op | None:
    """The abstract row with this very key, as `key_of` writes it; None where there is none. Pickles and JSON ask."""
    parts = KEY.fullmatch(key)
    if parts is None or not is_plain(parts["name"]):
        return None
    slots, arity = tuple([int(slot or 1) for slot in parts["slots"].split("'")[1:]]), int(parts["arity"])
    if len(slots) > MOST_PRIMES or not 1 <= arity <= MOST_ARGUMENTS or not all([1 <= slot <= arity for slot in slots]):
        return None
    return abstract(parts["name"], slots, arity) if key == key_of(parts["name"], tuple(sorted(slots)), arity) else None


def is_plain(name: str) -> bool:
    """Whether this is a name as `checked_name` leaves it."""
    try:
        return checked_name(name) == name
    except OperandError:
        return False


# ------------------------------------------------------------------------------------------------ rows by their names


def find_operation(name: str, arity: int | None = None) -> Op:
    """The row of this unique name; raises OperandError, also where it takes another number of arguments.

    What pickles call when they are read.
    """
    row = TABLE.get(name) or abstract_named(name)
    if row is None:
        close = nearest(name, TABLE)
        raise OperandError(
            f"unknown operation {shortened(name)}",
            f"did you mean {close!r}?" if close else "declare it with operation()",
        )
    if arity not in (None, row.arity):
        raise OperandError(f"the operation {name!r} takes {row.arity} arguments here, not {arity}", None)
    return row


def check_current(row: Op) -> None:
    """Raises OperandError for a row that its name no longer finds: its formulas would be read as others."""
    if find_operation(row.name) is not row:
        raise OperandError(
            f"the operation {row.name!r} of this formula has been replaced, so it cannot be saved",
            "build the formula again with the operation that has the name now",
        )

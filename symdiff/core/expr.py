"""The expression: a number, a symbol, or an operation applied to expressions. Equal parts give the same object.

`Num | Sym | App` are the three constructors, for ever. A node never changes, is found again by its parts (so `==` is
`is`), and is forgotten when nobody holds it. What you write is what is stored: nothing is simplified while a node is
made.
"""

from __future__ import annotations

from _weakref import _remove_dead_weakref as forget  # type: ignore[attr-defined]  # private, but atomic, unlike check-then-delete; what WeakValueDictionary itself uses
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, TypeAlias
from weakref import ref

from symdiff.core.exact import Exact, exact, shortened
from symdiff.core.names import checked_name
from symdiff.errors import OperandError

bare = object.__new__


class Algebra:
    """What every expression can do: be combined by Python's arithmetic, be hashed by identity, and never change.

    The operators (`+ - * / ** abs < <= > >=` and unary minus) are the table's rows of that sign: `core.ops` puts them
    here, and `text.show` puts `repr` here, which is the formula as text.
    """

    __slots__ = ("__weakref__",)
    args: tuple[Expr, ...] = ()

    if TYPE_CHECKING:  # given by core.ops, where the rows are

        def __add__(self, other: Operand) -> App: ...
        def __radd__(self, other: Operand) -> App: ...
        def __sub__(self, other: Operand) -> App: ...
        def __rsub__(self, other: Operand) -> App: ...
        def __mul__(self, other: Operand) -> App: ...
        def __rmul__(self, other: Operand) -> App: ...
        def __truediv__(self, other: Operand) -> App: ...
        def __rtruediv__(self, other: Operand) -> App: ...
        def __pow__(self, other: Operand) -> App: ...
        def __rpow__(self, other: Operand) -> App: ...
        def __floordiv__(self, other: Operand) -> App: ...
        def __rfloordiv__(self, other: Operand) -> App: ...
        def __mod__(self, other: Operand) -> App: ...
        def __rmod__(self, other: Operand) -> App: ...
        def __divmod__(self, other: Operand) -> tuple[App, App]: ...
        def __rdivmod__(self, other: Operand) -> tuple[App, App]: ...
        def __lt__(self, other: Operand) -> App: ...
        def __le__(self, other: Operand) -> App: ...
        def __gt__(self, other: Operand) -> App: ...
        def __ge__(self, other: Operand) -> App: ...
        def __neg__(self) -> App: ...
        def __pos__(self) -> Self: ...
        def __abs__(self) -> App: ...
        def __floor__(self) -> App: ...
        def __ceil__(self) -> App: ...

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __reduce__(self) -> tuple[Callable[..., Expr], tuple[Any, ...]]:
        from symdiff.core.tape import from_tape, to_tape  # here: the tape is made of folds, and folds of expressions

        return from_tape, to_tape(self)  # type: ignore[arg-type]  # only Num, Sym and App are ever made

    def __bool__(self) -> bool:
        op = getattr(self, "op", None)
        if op is not None and op.form == "relation":
            raise OperandError(
                f"{self!r} is a formula: it is neither true nor false before its variables have values",
                "choose inside a formula with where(condition, a, b)",
            )
        return True


class Frozen:
    """The guard in front of the slots. It costs reads nothing, and the constructors go round it."""

    __slots__ = ()

    def __setattr__(self, name: str, _: object) -> NoReturn:
        raise AttributeError(f"an expression never changes: cannot set {name!r}")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"an expression never changes: cannot delete {name!r}")


# A node is filled in as the unguarded base, then becomes the frozen class: five times cheaper than writing past a
# guard.


class NumParts(Algebra):
    __slots__ = ("value",)
    value: Exact


class SymParts(Algebra):
    __slots__ = ("name",)
    name: str


class AppParts(Algebra):
    __slots__ = ("args", "op")
    op: Op
    args: tuple[Expr, ...]


class Num(Frozen, NumParts):
    """An exact rational number: `value` is an int where it is one, else a Fraction.

    >>> Num(2.5).value
    Fraction(5, 2)
    >>> Num(1) is Num(True) is Num(1.0)
    True
    """

    __slots__ = ()
    __match_args__ = ("value",)
    alive: ClassVar[dict[Exact, Name]] = {}

    def __new__(cls, value: Any) -> Num:
        if value.__class__ is not int:
            value = exact(value)
        known: Callable[[], Num | None] | None = cls.alive.get(value)
        if known is not None and (found := known()) is not None:
            return found
        node = bare(NumParts)
        node.value = value
        node.__class__ = Num
        made: Num = settle(cls.alive, value, node)
        return made


class Sym(Frozen, SymParts):
    """A symbol: a variable or a parameter, known by its name.

    >>> Sym("x") is Sym("x")
    True
    """

    __slots__ = ()
    __match_args__ = ("name",)
    alive: ClassVar[dict[str, Name]] = {}

    def __new__(cls, name: str) -> Sym:
        try:
            known: Callable[[], Sym | None] | None = cls.alive.get(name)
        except TypeError:  # no name at all: what cannot be hashed
            known = None
        if known is not None and (found := known()) is not None:
            return found
        node = bare(SymParts)
        node.name = checked_name(name)
        node.__class__ = Sym
        made: Sym = settle(cls.alive, node.name, node)
        return made


class App(Frozen, AppParts):
    """An operation applied to expressions: `op` is a row of the table, `args` its arguments.

    An associative operation is binary; given more arguments it is folded from the left, so that `App(add, (x, y, z))`
    is `x + y + z`. Any other wrong number of arguments raises OperandError, and so does an argument that is no
    expression: it is `op(...)` that lifts numbers.
    """

    __slots__ = ()
    __match_args__ = ("op", "args")

    def __new__(cls, op: Op, args: tuple[Expr, ...]) -> App:
        known: Callable[[], App | None] | None = op.alive.get(args)
        if known is not None and (found := known()) is not None:
            return found
        for a in args:
            if a.__class__ not in KINDS:
                raise OperandError(f"{shortened(a)} is no expression", f"{op!r} takes numbers where it is called")
        if len(args) != op.arity:
            return op.fitted(args)  # type: ignore[return-value]  # one argument of a sum is itself, and may be no App
        node = bare(AppParts)
        node.op = op
        node.args = args
        node.__class__ = App
        name = Name(node, bury)  # as in `settle`, which costs a twentieth more as a call
        name.home = home = op.alive
        name.key = args
        if home.setdefault(args, name) is not name:  # another thread was first, or a dead name is in its place
            made: App = settle(home, args, node)
            return made
        if dead:
            forget_the_dead()
        return node  # type: ignore[return-value]  # it changed its class above


Expr: TypeAlias = Num | Sym | App
Operand: TypeAlias = Expr | int | float | Fraction
KINDS = frozenset((Num, Sym, App))


class Op:
    """An operation: a row of the table (`core.ops` explains the columns), and the home of the nodes that apply it."""

    __slots__ = (
        "__weakref__",  # rows of abstract functions are forgotten with their nodes
        "aliases",
        "alive",
        "arity",
        "associative",
        "ball",
        "c",
        "call",
        "commutative",
        "doc",
        "domain",
        "exact",
        "example",
        "form",
        "group",
        "identity",
        "javascript",
        "latex",
        "mathml",
        "name",
        "numpy",
        "parity",
        "partials",
        "precedence",
        "python",
        "rule",
        "sample",
        "smooth",
        "sql",
        "sympy",
        "ufunc",
        "unicode",
        "value",
    )  # fmt: skip

    name: str
    arity: int
    alive: dict[tuple[Expr, ...], Name]
    call: str
    aliases: tuple[str, ...]
    value: Callable[..., Any] | None
    exact: Callable[..., Any] | None
    ball: Callable[..., Any] | str | None
    ufunc: str | None
    partials: Sequence[Callable[..., Expr] | None]
    domain: Callable[..., App] | None
    smooth: Callable[..., App] | None
    sample: tuple[tuple[float, float], ...]
    form: str
    precedence: int
    latex: str | None
    unicode: str | None
    mathml: str | None
    associative: bool | None
    commutative: bool | None
    identity: int | None
    parity: str | None
    rule: str
    sympy: str | None
    c: str | None  # what languages call it: core.languages
    python: str | None
    numpy: str | None
    javascript: str | None
    sql: str | None
    doc: str
    example: str
    group: str | None

    def __init__(self, name: str, arity: int, **columns: Any) -> None:
        self.name, self.arity, self.alive = name, arity, {}
        for column in self.__slots__:
            if column not in ("name", "arity", "alive", "__weakref__"):
                setattr(self, column, columns.pop(column, None))
        if columns:
            raise TypeError(f"the table has no column {', '.join(columns)}")

    def __call__(self, *args: Operand) -> App:
        for a in args:
            if a.__class__ not in KINDS:
                return App(self, tuple(map(lift, args)))
        return App(self, args)  # type: ignore[arg-type]

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> tuple[Callable[..., Op], tuple[str, int]]:
        from symdiff.core.declare import check_current, find_operation  # here: the table is made of operations

        check_current(self)
        return find_operation, (self.name, self.arity)

    def fitted(self, args: tuple[Expr, ...]) -> Expr:
        """The application to more or fewer arguments than the arity: folded from the left where that has a meaning."""
        if not self.associative or (not args and self.identity is None):
            takes = f"{self.arity} argument{'s' if self.arity != 1 else ''}"
            raise OperandError(f"{self.name} takes {takes}, got {len(args)}", f"example: {self.example}")
        if not args:
            return Num(self.identity)
        whole = args[0]
        for part in args[1:]:
            whole = App(self, (whole, part))
        return whole


class Name(ref):  # type: ignore[type-arg]  # of any of the three classes
    """A weak hold on a node, which remembers the home and the key under which the node is found."""

    __slots__ = ("home", "key")
    home: dict[Any, Name]
    key: Any

    if TYPE_CHECKING:  # it holds what its home holds: asked of Num's home, a Num

        def __call__(self) -> Any: ...


dead: list[Name] = []
bury = dead.append  # a builtin: death runs no Python, so deaths cannot nest


def settle(home: dict[Any, Name], key: Any, node: Any) -> Any:
    """The one node for this key: `node`, or the one that another thread made a moment ago."""
    name = Name(node, bury)
    name.home, name.key = home, key  # before the name enters the table: Ctrl-C may come between any two lines
    while (first := home.setdefault(key, name)()) is None:
        forget(home, key)
    if dead:
        forget_the_dead()
    return first


def forget_the_dead() -> None:
    """Take the names of dead nodes out of their homes.

    To forget a node frees its parts, and they join the list: the deepest chain dies without recursion. Runs whenever
    a node is made; a dropped chain stays until then.
    """
    while dead:
        try:
            name = dead.pop()
        except IndexError:  # another thread took the last
            return
        forget(name.home, name.key)
        del name  # before the next look at the list: it holds the key, and the key holds the parts


def lift(thing: object) -> Expr:
    """The expression that a thing means: itself, or the number it is. Raises OperandError."""
    return thing if thing.__class__ in KINDS else Num(thing)  # type: ignore[return-value]


def symbol(x: Sym | str) -> Sym:
    """The symbol that `x` is or names. Raises OperandError."""
    if isinstance(x, Sym):
        return x
    if isinstance(x, str):
        return Sym(x)
    raise OperandError(
        f"{shortened(x)} is not a symbol", "give a name, as in d(e, 'x'), or a symbol, as in x = symbols('x')"
    )


def symbols(names: str | Iterable[str]) -> Any:
    """One symbol for one name, a tuple of symbols for several, separated by spaces or commas.

    >>> x, y = symbols("x y")
    >>> x**2 + x*y
    x^2 + x*y
    """
    if not isinstance(names, Iterable):
        raise OperandError(f"{shortened(names)} is no name", 'example: x, y = symbols("x y")')
    found = tuple([Sym(name) for name in (names.replace(",", " ").split() if isinstance(names, str) else names)])
    if not found:
        raise OperandError("no name given", 'example: x, y = symbols("x y")')
    return found[0] if len(found) == 1 and isinstance(names, str) else found


params = symbols  # the same thing, under the name that fits what will be learned

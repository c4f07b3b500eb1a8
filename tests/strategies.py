"""Random expressions, for every test that wants them.

@given(expressions())                                  of every row of the table, and of abstract functions
@given(expressions(rows=[sin, add, mul], symbols="x")) of these rows only
@given(expressions(wild=True))                         comparisons anywhere, not only where something is chosen
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from hypothesis import strategies as st

from symdiff.core.declare import abstract
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.ops import TABLE, where

BUILT_IN = tuple(TABLE.values())  # as imported: rows that a test adds are not drawn from
ABSTRACT = tuple(
    abstract(name, slots, arity)
    for name, slots, arity in [("f", (), 1), ("f", (1,), 1), ("g", (1, 1, 1, 1), 1), ("g", (), 2), ("h", (1, 2, 2), 3)]
)
CONDITIONS = ("relation", "logic")


def numbers() -> st.SearchStrategy[Num]:
    """Small integers, fractions and decimals of both signs, now and then a long or a tiny one."""
    small = st.integers(-12, 12)
    fractions = st.builds(Fraction, small, st.integers(1, 12))
    decimals = st.builds(Fraction, st.integers(-999, 999), st.sampled_from([10, 100, 1000]))
    extremes = st.sampled_from([10**30, -(10**30), 2**200, Fraction(1, 10**9), Fraction(-3, 10**40), 123_456_789_012])
    return st.builds(Num, st.one_of(small, fractions, decimals, extremes))


def expressions(
    rows: Iterable[Op] = (*BUILT_IN, *ABSTRACT),
    symbols: str | Sequence[str] = "x y z",
    max_leaves: int = 12,
    wild: bool = False,
) -> st.SearchStrategy[Expr]:
    """Expressions of these rows over these symbols, with at most so many leaves.

    Associative rows get two to four arguments, folded as `App` folds them. Unless `wild`, comparisons and logic stand
    only in the condition of `where`; if the rows hold no comparison, there is no `where` either.
    """
    rows = list(rows)
    conditional = [row for row in rows if row.form in CONDITIONS]
    unfit = [] if wild else [*conditional, *([] if conditional else [where])]
    drawn = [row for row in rows if row not in unfit]
    names = symbols.split() if isinstance(symbols, str) else symbols
    leaves = st.one_of(st.sampled_from([Sym(name) for name in names]), numbers())

    def wholes(parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        chosen = parts if wild else conditions(conditional, parts)
        return st.one_of([application(row, [chosen] if row is where else [], parts) for row in drawn])

    return st.recursive(leaves, wholes, max_leaves=max_leaves) if drawn else leaves


def conditions(rows: Sequence[Op], parts: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """Comparisons of the parts, alone or joined by the rows of logic."""
    compared = [application(row, [], parts) for row in rows if row.form == "relation"]
    if not compared:
        return st.nothing()
    simple = st.one_of(compared)
    return st.one_of([simple, *[application(row, [], simple) for row in rows if row.form == "logic"]])


def application(
    row: Op, first: list[st.SearchStrategy[Expr]], parts: st.SearchStrategy[Expr]
) -> st.SearchStrategy[Expr]:
    """The row applied to the first arguments as given, the others from `parts`."""
    if row.associative:
        return st.builds(lambda args: App(row, tuple(args)), st.lists(parts, min_size=2, max_size=4))
    others = [parts] * (row.arity - len(first))
    return st.builds(lambda *args: App(row, args), *first, *others)

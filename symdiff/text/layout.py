"""What all printed forms of an expression share: which brackets it needs, and what stands between its parts.

A format is a `Style`: how it writes numbers, names, signs and heads. Brackets keep what is stored: `x - (y + z)`, and
also `x + (y + z)`, which is another object than `x + y + z`. What follows an operator never begins with a bare minus.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.fold import spell
from symdiff.text.parse import Formula, expression

LIMIT = 10_000_000  # characters of one text

# Where a part stands: how tightly it must bind to go without brackets, and whether it follows an operator.
Context: TypeAlias = tuple[int, bool]
Piece: TypeAlias = str | tuple[Expr, Context]

FRESH: Context = (0, False)  # at the start of a text, of a bracket, of an argument: nothing needs brackets
ALONE: Context = (ops.ATOM, True)  # anything but a name, a number or a call needs them
ALWAYS = ops.ATOM + 1
PREFIX = ops.neg.precedence  # of whatever begins with a minus sign, negative numbers included
POWER = ops.pow.precedence


class Style(NamedTuple):
    """How one format writes what expressions are made of.

    `number` gives the text of a number and how tightly it binds, `sign` what stands between two operands, `head` how a
    call begins (see `places`), `forms` the function that lays out each form of the table, `binds` how tightly an
    operation binds. `group` stands around what must be one piece, `applied` between a name and its bracket.
    """

    number: Callable[[Exact], tuple[str, int]]
    name: Callable[[str], str]
    sign: Callable[[Op, Expr, Expr], str]
    prefix: Callable[[Op], str]
    head: Callable[[Op], str]
    forms: Mapping[str, Callable[[Style, App, bool], Sequence[Piece]]]
    binds: Callable[[Op], int]
    negated: int  # how tightly the operand of `not` must bind
    brackets: tuple[str, str] = ("(", ")")
    comma: str = ", "
    group: tuple[str, str] = ("", "")
    applied: str = ""

    def binding(self, node: Expr) -> int:
        """How tightly the written node holds together: the highest demand it meets without brackets."""
        match node:
            case App():
                return self.binds(node.op)
            case Sym():
                return ops.ATOM
            case _:
                return self.number(node.value)[1]


def written(e: Formula, style: Style, limit: int = LIMIT) -> str:
    """The expression in this style. Raises LimitError instead of passing `limit` characters, ParseError on bad text."""

    def pieces(node: Expr, context: Context) -> Sequence[Piece]:
        demanded, after = context
        bound = style.binding(node)
        if bound < demanded or (after and bound == PREFIX):
            return style.brackets[0], (node, FRESH), style.brackets[1]
        match node:
            case App():
                return style.forms.get(node.op.form, headed)(style, node, after)
            case Sym():
                return (style.name(node.name),)
            case _:
                return (style.number(node.value)[0],)

    with calm:
        return spell(expression(e), pieces, FRESH, limit)


# ------------------------------------------------------------------------------------------------------------ the forms


def chain(style: Style, node: App, after: bool) -> Sequence[Piece]:
    """x - y + z, x*y/z, p and q and r: operations that bind equally and nest to the left, as one row."""
    level, form = node.op.precedence, style.forms[node.op.form]
    tail: list[Piece] = []
    first: Expr = node
    while isinstance(first, App) and style.forms.get(first.op.form) is form and first.op.precedence == level:
        left, right = first.args
        tail += [(right, (level + 1, first.op.form != "logic")), style.sign(first.op, left, right)]
        first = left
    return style.group[0], (first, (level, after)), *reversed(tail), style.group[1]


def relation(style: Style, node: App, after: bool) -> Sequence[Piece]:
    """x < y. Both sides start afresh: after the sign a minus needs no brackets."""
    left, right = node.args
    side = (node.op.precedence + 1, False)
    return style.group[0], (left, side), style.sign(node.op, left, right), (right, side), style.group[1]


def logic(style: Style, node: App, after: bool) -> Sequence[Piece]:
    """p and q, or not p."""
    if len(node.args) > 1:
        return chain(style, node, after)
    return style.group[0], style.prefix(node.op), (node.args[0], (style.negated, False)), style.group[1]


def prefix(style: Style, node: App, after: bool) -> Sequence[Piece]:
    """-x. The opposite of a number is -(2), since -2 is a number itself."""
    part = node.args[0]
    demanded = ALWAYS if part.__class__ is Num else node.op.precedence + 1
    return style.group[0], style.prefix(node.op), (part, (demanded, True)), style.group[1]


def headed(style: Style, node: App, after: bool, mark: Callable[[str], str] = str) -> Sequence[Piece]:
    """A call, and all that is written like one: a head that holds some arguments, and the others in brackets behind it.

    `mark` changes the head, as for a square between name and bracket.
    """
    op = node.op
    inside, outside = places(mark(style.head(op)), len(node.args))
    row: list[Piece] = [piece if isinstance(piece, str) else (node.args[piece[0]], piece[1]) for piece in inside]
    if not outside and (node.args or op.form == "constant"):
        return row
    row += [style.applied, style.brackets[0]]
    for i, part in enumerate(operands(node) if op.associative else [node.args[i] for i in outside]):
        row += [style.comma, (part, FRESH)] if i else [(part, FRESH)]
    return style.group[0], *row, style.brackets[1], style.group[1]


@lru_cache(maxsize=1024)
def places(head: str, arity: int) -> tuple[tuple[str | tuple[int, Context], ...], tuple[int, ...]]:
    """What a head is made of, and which arguments are left for the brackets.

    In a head, %1 is the place of the first argument, @1 the same where it needs brackets unless it is a single thing:
    `J_{%1}` writes besselj(n, x) as J_{n}(x), `@1!` the factorial.
    """
    split = re.split(r"([%@][1-9])", head)
    inside = [(int(p[1]) - 1, FRESH if p[0] == "%" else ALONE) if i % 2 else p for i, p in enumerate(split) if p]
    placed = {piece[0] for piece in inside if isinstance(piece, tuple)}
    return tuple(inside), tuple([i for i in range(arity) if i not in placed])


def operands(node: App) -> list[Expr]:
    """All operands of an associative operation nested to the left: max(max(x, y), z) is written max(x, y, z)."""
    found: list[Expr] = []
    first: Expr = node
    while isinstance(first, App) and first.op is node.op:
        left, *others = first.args
        found += reversed(others)
        first = left
    return [first, *reversed(found)]

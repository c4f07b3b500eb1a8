"""Formulas as lines of text: `show`, which the parser reads back to the same object, `pretty` in Unicode, and `sexpr`.

Beside them `latex` and `mathml`, from files of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.exact import Exact
from symdiff.core.expr import Algebra, App, Expr, Num, Op, Sym
from symdiff.core.fold import postorder, spell
from symdiff.errors import LimitError
from symdiff.text.digits import decimal, integer_text
from symdiff.text.latex import latex
from symdiff.text.layout import LIMIT, POWER, PREFIX, Piece, Style, chain, logic, prefix, relation, written
from symdiff.text.mathml import mathml
from symdiff.text.parse import Formula, expression

__all__ = ["latex", "mathml", "pretty", "sexpr", "show"]

REPR_LIMIT = 2_000_000  # characters; a longer formula is only named


def show(e: Formula) -> str:
    """The formula as text that parses back to the identical object: `parse(show(e)) is e`.

    Two kinds of names must be declared for that: symbols called `e` or `pi`, by `parse(text, symbols=["e"])`, since the
    constants are written so too; and abstract functions not called f, g or h, by `parse(text, functions=["speed"])`.
    Raises LimitError instead of writing more than 10,000,000 characters.

    >>> x, y = Sym("x"), Sym("y")
    >>> show(2*x*ops.sin(x) + x**2*ops.cos(y) - (x - y)/-3)
    '2*x*sin(x) + x^2*cos(y) - (x - y)/(-3)'
    """
    return written(e, TEXT)


def pretty(e: Formula) -> str:
    """The formula on one line of Unicode: x² · √x ≤ π/2. Where it can be parsed, it has the same value.

    Raises LimitError instead of writing more than 10,000,000 characters.

    >>> x = Sym("x")
    >>> pretty(2*x**2*ops.sqrt(x) - ops.pi() <= 1)
    '2 · x² · √x − π ≤ 1'
    """
    return written(e, UNICODE)


def sexpr(e: Formula) -> str:
    """The formula as an S-expression: every operation in brackets, before its arguments.

    Raises LimitError instead of writing more than 10,000,000 characters.

    >>> x, y = Sym("x"), Sym("y")
    >>> sexpr(x**2 + x*y)
    '(+ (** x 2) (* x y))'
    """
    with calm:
        return spell(expression(e), listed, None, LIMIT)


def represent(e: Expr) -> str:
    """What Python shows of an expression: its text, or in few words how large it is. Never raises."""
    try:
        return written(e, TEXT, REPR_LIMIT)
    except LimitError:
        count = len(postorder(e))
        return f"<expression of {count:,} distinct node{'s' if count > 1 else ''}, too long to show>"


Algebra.__repr__ = represent  # type: ignore[method-assign, assignment]  # the core knows no text; only Num, Sym and App are made
Algebra._repr_latex_ = lambda e: f"${latex(e)}$"  # type: ignore[attr-defined]  # what a notebook shows


# ------------------------------------------------------------------------------------------------ text that parses back


def exact_numeral(q: Exact) -> tuple[str, int]:
    """An integer or finite decimal as such; rational(1, 3) for the others."""
    text = decimal(q)
    if text is None:
        return f"rational({integer_text(q.numerator)}, {integer_text(q.denominator)})", ops.ATOM
    return text, PREFIX if q < 0 else ops.ATOM


def text_sign(op: Op, left: Expr, right: Expr) -> str:
    """x*y and x/y, else spaces around the sign."""
    return op.name if op.name in ("*", "/") else f" {op.name} "


def power(style: Style, node: App, after: bool) -> Sequence[Piece]:
    """x^y^z is x^(y^z): the base must be a single thing, the exponent may be a power."""
    base, exponent = node.args
    return (base, (ops.ATOM, after)), "^", (exponent, (POWER, True))


TEXT = Style(
    number=exact_numeral,
    name=str,
    sign=text_sign,
    prefix=lambda op: "-" if op is ops.neg else f"{op.name} ",
    head=lambda op: str(op.call),
    forms={"infix": chain, "fraction": chain, "power": power, "prefix": prefix, "relation": relation, "logic": logic},
    binds=lambda op: int(op.precedence),
    negated=ops.no.precedence + 1,
)


# -------------------------------------------------------------------------------------------------------------- Unicode

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
SMALL = 1000  # exponents up to here are raised


def unicode_numeral(q: Exact) -> tuple[str, int]:
    """A decimal as such, 1/3 for the others."""
    text = decimal(q) or f"{integer_text(q.numerator)}/{integer_text(q.denominator)}"
    binding = ops.ATOM if "/" not in text else ops.div.precedence
    return ("−" + text[1:], PREFIX) if q < 0 else (text, binding)


def unicode_sign(op: Op, left: Expr, right: Expr) -> str:
    """x/y, else spaces around the sign."""
    return op.name if op is ops.div else f" {op.unicode or op.name} "


def raised_power(style: Style, node: App, after: bool) -> Sequence[Piece]:
    """x² where the exponent is a small integer, else x^y."""
    base, exponent = node.args
    match exponent:
        case Num(int(n)) if abs(n) < SMALL:
            return (base, (ops.ATOM, after)), str(n).translate(RAISED)
        case _:
            return power(style, node, after)


UNICODE = Style(
    number=unicode_numeral,
    name=str,
    sign=unicode_sign,
    prefix=lambda op: str(op.unicode),
    head=lambda op: str(op.unicode or op.call),
    forms={**TEXT.forms, "power": raised_power},
    binds=lambda op: POWER if "@" in (op.unicode or "") else int(op.precedence),
    negated=ops.ATOM,
)


# -------------------------------------------------------------------------------------------------------- S-expressions

LISP = {"^": "**", "neg": "-"}  # as Python spells them


def listed(node: Expr, _: None) -> Sequence[str | tuple[Expr, None]]:
    """What an S-expression of this node is made of."""
    match node:
        case App(op, args):
            name = LISP.get(op.name, op.call)
            row = [piece for part in args for piece in (" ", (part, None))]
            return ["(", name, *row, ")"] if args or op.form != "constant" else [name]
        case Sym():
            return (node.name,)
        case _:
            q = node.value
            return (decimal(q) or f"{integer_text(q.numerator)}/{integer_text(q.denominator)}",)

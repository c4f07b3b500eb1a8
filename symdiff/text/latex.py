"""Formulas in LaTeX: amsmath, and only what MathJax and KaTeX know of it.

Meant to be read in one way only: a function has brackets around its argument, what stands side by side is a product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.text.digits import integer_text, parted
from symdiff.text.layout import ALONE, FRESH, PREFIX, Piece, Style, chain, headed, logic, prefix, relation, written
from symdiff.text.names import latex_name
from symdiff.text.parse import Formula


def latex(e: Formula) -> str:
    r"""The formula in LaTeX, for amsmath, MathJax and KaTeX, without dollar signs.

    Names of Greek letters become the letters (a symbol `pi` looks as the constant does), digits after a letter its
    index.
    Raises LimitError instead of writing more than 10,000,000 characters.

    >>> x, a1 = Sym("x"), Sym("alpha1")
    >>> print(latex(a1*ops.sin(x)**2/(x + 1) + ops.sqrt(x)))
    \frac{\alpha_{1} \sin^{2}\left(x\right)}{x + 1} + \sqrt{x}
    """
    return written(e, LATEX)


def numeral(q: Exact) -> tuple[str, int]:
    """A decimal, 1.5 times a power of ten, or a fraction."""
    digits, exponent, below = parted(q)
    if below:
        text, binding = rf"\frac{{{digits}}}{{{below}}}", FRACTION
    elif exponent:
        text, binding = rf"{digits} \cdot 10^{{{exponent}}}".removeprefix(r"1 \cdot "), ops.mul.precedence
    else:
        text, binding = digits, ops.ATOM
    return (f"-{text}", PREFIX) if q < 0 else (text, binding)


def sign(op: Op, left: Expr, right: Expr) -> str:
    """A product is a space where it can be."""
    if op is ops.mul:
        return rf" {op.latex} " if crowded(LATEX, left, right) else " "
    return f" {op.latex or op.name} "


def crowded(style: Style, left: Expr, right: Expr) -> bool:
    """Whether a product needs its dot: before digits, and before words and brackets unless a number stands there.

    x(y + 1) could be a call, 2 1/2 a mixed number, two words one word.
    """
    before = left.args[1] if isinstance(left, App) and left.op is ops.mul else left
    opening = begins(style, right)
    return opening == "digits" or (opening != "letter" and before.__class__ is not Num)


def begins(style: Style, factor: Expr) -> str:
    """What the reader meets first in a factor on the right."""
    while True:
        bound = style.binding(factor)
        if bound <= ops.mul.precedence or bound == PREFIX:
            return "bracket"
        match factor:
            case Num():
                return "digits"
            case Sym(name):
                return "word" if latex_name(name).startswith((r"\mathrm", r"\text")) else "letter"
            case App(op, (base, *_)) if op is ops.pow or str(op.latex).startswith("@"):
                if style.binding(base) < ops.ATOM and not squared(factor):
                    return "bracket"
                factor = base
            case _:
                return "digits" if factor.op is ops.div else "letter"


def head(op: Op) -> str:
    """The head that the table gives; that of an abstract function has the primes or partial signs of its derivative."""
    if op.latex is not None:
        return str(op.latex)
    base, *slots = str(op.call).split("'")
    name = latex_name(base, r"\operatorname")
    if any(slots):
        return "".join([partial_sign(slot, times) for slot, times in Counter(slots).items()]) + name
    return name + ("'" * len(slots) if len(slots) <= 3 else rf"^{{\left({len(slots)}\right)}}")


def partial_sign(slot: str, times: int) -> str:
    """Differentiated so many times in this argument."""
    return rf"\partial_{{{slot}}}" + (f"^{{{times}}} " if times > 1 else " ")


def squared(node: App) -> bool:
    r"""Whether a power is written on the name, as in \sin^{2}\left(x\right): never -1, which would be the inverse."""
    if node.op is not ops.pow:
        return False
    base, exponent = node.args
    if not isinstance(base, App) or base.op.arity != 1 or base.op.form != "call" or base.op.latex is None:
        return False
    whole = isinstance(exponent, Num) and isinstance(exponent.value, int) and exponent.value > 1
    return whole and not {"%", "@", "'"} & set(base.op.latex)


def power(style: Style, node: App, after: bool) -> Sequence[Piece]:
    """The exponent is raised, so it needs no brackets."""
    base, exponent = node.args
    if squared(node):
        raised = integer_text(exponent.value.numerator)  # type: ignore[union-attr]  # squared looks for a number
        return headed(style, base, after, mark=lambda name: f"{name}^{{{raised}}}")  # type: ignore[arg-type]  # and a call
    return (base, ALONE), "^{", (exponent, FRESH), "}"


FRACTION, CALL = 7, 8
SPREAD = {"fraction": FRACTION, "call": CALL, "root": CALL, "cases": 0}


def spread(op: Op) -> int:
    """How tightly an operation binds in two dimensions, where a fraction has brackets only as the base of a power."""
    return SPREAD.get(op.form, op.precedence)


LATEX = Style(
    number=numeral,
    name=latex_name,
    sign=sign,
    prefix=lambda op: "-" if op is ops.neg else f"{op.latex} ",
    head=head,
    forms={"infix": chain, "power": power, "prefix": prefix, "relation": relation, "logic": logic},
    binds=spread,
    negated=ops.ATOM,
    brackets=(r"\left(", r"\right)"),
)

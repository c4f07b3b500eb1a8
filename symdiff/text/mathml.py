"""Formulas in presentation MathML, laid out as in LaTeX (https://www.w3.org/TR/mathml-core/)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Op
from symdiff.text.digits import integer_text, parted
from symdiff.text.latex import FRACTION, crowded, spread, squared
from symdiff.text.layout import (
    ALONE,
    FRESH,
    LIMIT,
    PREFIX,
    Piece,
    Style,
    chain,
    headed,
    logic,
    prefix,
    relation,
    written,
)
from symdiff.text.names import GREEK, mathml_name
from symdiff.text.parse import Formula

MATHML_LIMIT = 4 * LIMIT  # characters: the tags are most of them
OPENING = '<math xmlns="http://www.w3.org/1998/Math/MathML">'
APPLIED, TIMES = "<mo>&#x2061;</mo>", "<mo>&#x2062;</mo>"  # invisible: function application, multiplication


def mathml(e: Formula) -> str:
    """The formula in presentation MathML: one well-formed <math> element.

    Raises LimitError instead of writing more than 40,000,000 characters.

    >>> x = App(ops.pi, ())
    >>> print(mathml(x**2).partition(">")[2])
    <msup><mi>π</mi><mn>2</mn></msup></math>
    """
    return f"{OPENING}{written(e, MATHML, MATHML_LIMIT)}</math>"


# Every part is one element, so that it can stand where an element counts its children.


def numeral(q: Exact) -> tuple[str, int]:
    """A decimal, 1.5 times a power of ten, or a fraction."""
    digits, exponent, below = parted(q)
    if below:
        element, binding = f"<mfrac><mn>{digits}</mn><mn>{below}</mn></mfrac>", FRACTION
    elif exponent:
        power = f"<msup><mn>10</mn>{exponent_element(exponent)}</msup>"
        element, binding = f"<mrow><mn>{digits}</mn><mo>·</mo>{power}</mrow>", ops.mul.precedence
    else:
        element, binding = f"<mn>{digits}</mn>", ops.ATOM
    return (f"<mrow><mo>−</mo>{element}</mrow>", PREFIX) if q < 0 else (element, binding)


def exponent_element(digits: str) -> str:
    """An integer as one element."""
    return f"<mrow><mo>−</mo><mn>{digits[1:]}</mn></mrow>" if digits[0] == "-" else f"<mn>{digits}</mn>"


def sign(op: Op, left: Expr, right: Expr) -> str:
    """A product is invisible where it can be."""
    if op is ops.mul and not crowded(MATHML, left, right):
        return TIMES
    return f"<mo>{op.mathml or escaped(op.unicode or op.name)}</mo>"


def escaped(text: str) -> str:
    """A sign as XML writes it (xml.sax would take 20 ms to import)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def head(op: Op) -> str:
    """The head in the table's column for MathML, else the word in that for LaTeX; or that of an abstract function."""
    if op.mathml is not None:
        return op.mathml if "<" in op.mathml else f"<mi>{op.mathml}</mi>"
    if op.latex is not None:
        word = re.fullmatch(r"\\?(?:operatorname\{)?(\w+)\}?", op.latex)
        name = word[1] if word else op.call
        return f"<mi>{GREEK.get(name, name)}</mi>"
    base, *slots = str(op.call).split("'")
    name = mathml_name(base)
    if any(slots):
        return "".join([partial_sign(slot, times) for slot, times in Counter(slots).items()]) + name
    return f"<msup>{name}<mo>{'′' * len(slots)}</mo></msup>" if slots else name


def partial_sign(slot: str, times: int) -> str:
    """Differentiated so many times in this argument."""
    if times == 1:
        return f"<msub><mo>∂</mo><mn>{slot}</mn></msub>"
    return f"<msubsup><mo>∂</mo><mn>{slot}</mn><mn>{times}</mn></msubsup>"


def power(style: Style, node: App, after: bool) -> Sequence[Piece]:
    """The exponent is raised, so it needs no brackets."""
    base, exponent = node.args
    if squared(node):
        raised = integer_text(exponent.value.numerator)  # type: ignore[union-attr]  # squared looks for a number
        return headed(style, base, after, mark=lambda name: f"<msup>{name}<mn>{raised}</mn></msup>")  # type: ignore[arg-type]  # and a call
    return "<msup>", (base, ALONE), (exponent, FRESH), "</msup>"


MATHML = Style(
    number=numeral,
    name=mathml_name,
    sign=sign,
    prefix=lambda op: f"<mo>{op.mathml or escaped(op.unicode or op.name)}</mo>",
    head=head,
    forms={"infix": chain, "power": power, "prefix": prefix, "relation": relation, "logic": logic},
    binds=spread,
    negated=ops.ATOM,
    brackets=("<mrow><mo>(</mo>", "<mo>)</mo></mrow>"),
    comma="<mo>,</mo>",
    group=("<mrow>", "</mrow>"),
    applied=APPLIED,
)

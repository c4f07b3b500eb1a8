"""The terminals of the grammar, and what signs and numbers mean."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num, Op
from symdiff.text.digits import MAX_DIGITS, integer
from symdiff.text.messages import limit, quoted
from symdiff.text.scope import Function, Mistake, Scope

if TYPE_CHECKING:
    from symdiff.text.lex import Reader

SIGNS: dict[str, Op] = {
    **dict.fromkeys("+", ops.add), **dict.fromkeys("-−–", ops.sub), **dict.fromkeys("*·×⋅∗", ops.mul),
    **dict.fromkeys("/÷∕", ops.div), "^": ops.pow, "**": ops.pow, "!": ops.factorial, "√": ops.sqrt, "∛": ops.cbrt,
    "<": ops.lt, "<=": ops.le, "≤": ops.le, ">": ops.gt, ">=": ops.ge, "≥": ops.ge,
    "==": ops.eq, "!=": ops.ne, "≠": ops.ne,
    "and": ops.both, "∧": ops.both, "or": ops.either, "∨": ops.either, "not": ops.no, "¬": ops.no,
    "|": ops.absolute, "⌊": ops.floor, "⌈": ops.ceil,
}  # fmt: skip
CLOSING = {"(": ")", "|": "|", "⌊": "⌋", "⌈": "⌉"}
ENDS = frozenset(["NUMBER", "NAME", "SUPERSCRIPT", "BANG", "CLOSE", "RFENCE"])  # with one of these an operand ends
RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
SHORT = 100  # characters of a numeral that Python reads at once


class Token:
    """A terminal of the grammar, and what it means; a name also what it means before a bracket."""

    __slots__ = ("ends", "function", "piece", "type", "value")
    start_pos = line = column = end_line = end_column = end_pos = None  # Lark asks; a Reader keeps the places

    def __init__(self, kind: str, piece: str, value: Any = None, function: Function | None = None) -> None:
        self.type = kind
        self.piece = piece
        self.value = value
        self.function = function
        self.ends = kind in ENDS


class Call(Token):
    """The name of a function before its bracket."""

    __slots__ = ("place", "reader")

    def __init__(self, token: Token, reader: Reader, place: int) -> None:
        super().__init__("FUNC", token.piece, None, token.function)
        self.reader = reader
        self.place = place

    def of(self, args: list[Expr]) -> Expr:
        """The value of the call. After a mistake, which the reader notes, anything: nobody will see it."""
        try:
            return self.function.apply(args)  # type: ignore[union-attr]  # only a name with a function is called
        except Mistake as mistake:
            self.reader.note(mistake.row, self.reader.span(self.place), **mistake.words)
            return ops.ZERO

    def raised(self, exponent: Expr, args: list[Expr]) -> Expr:
        """sin^2(x) is sin(x)^2; sin^-1(x) is two things to two people."""
        if exponent is ops.MINUS_ONE:
            inverse = f"a{self.piece}"
            row = "inverse" if inverse in ops.READ else "reciprocal"
            self.reader.note(row, self.reader.span(self.place), name=self.piece, inverse=inverse)
        return App(ops.pow, (self.of(args), exponent))


BAR = Token("RFENCE", "|")
SPACE = Token("SPACE", " ")


def exact_number(piece: str) -> tuple[Exact, int]:
    """The value of a numeral, and how many digits it takes beyond what is short. Raises LimitError."""
    if len(piece) < SHORT and piece.isdigit():
        return int(piece), 0
    mantissa, _, exponent = piece.lower().partition("e")
    whole, _, part = mantissa.partition(".")
    digits = (whole + part).lstrip("0")
    if not digits:
        return 0, 0
    power = int(exponent.lstrip("+-0")[:SHORT] or "0")  # beyond SHORT digits any number is too large
    shift = (-power if exponent.startswith("-") else power) - len(part)
    length = max(len(digits), len(digits) + shift, -shift)
    if length > MAX_DIGITS:
        raise limit("long_number", found=quoted(piece), limit=MAX_DIGITS)
    value = integer(digits)
    return (value * 10**shift if shift >= 0 else Fraction(value, 10**-shift)), length


def superscript(piece: str, scope: Scope) -> Expr:
    """What a raised piece says: a number, a letter, or a number times a letter; ⁻²ˣ is -2*x."""
    written = piece.translate(RAISED)
    negative, plain = written[0] == "-", written.lstrip("+-")
    digits = plain if plain.isdigit() else plain[:-1]
    value = exact_number(digits)[0] if digits else 1
    if digits == plain:
        return Num(-value if negative else value)
    letter = scope.value(normalize("NFKC", plain[-1]))
    if digits:
        return App(ops.mul, (Num(-value if negative else value), letter))
    return App(ops.neg, (letter,)) if negative else letter

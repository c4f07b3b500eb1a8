"""From text to the terminals of the grammar: what each piece is, seen beside the pieces before it.

The grammar says what a number, a name and a sign look like. What it cannot say is said here: which name is a function, which bar
opens and which closes, which minus belongs to a number. Brackets are matched on the way, so that the parser never meets a text in
which one is open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate, islice
from typing import Any, TypeAlias
from unicodedata import normalize

from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Op, checked_name
from symdiff.errors import OperandError, Problem
from symdiff.text.digits import MAX_DIGITS, integer
from symdiff.text.messages import DEPTH, DIGITS, LENGTH, PIECES, limit, problem, quoted
from symdiff.text.mistakes import stranger
from symdiff.text.scope import PRIMES, Function, Mistake, Scope

MOST = 10  # problems of one text that are reported

SIGNS: dict[str, Op] = {
    **dict.fromkeys("+", ops.add), **dict.fromkeys("-−–", ops.sub), **dict.fromkeys("*·×⋅∗", ops.mul),
    **dict.fromkeys("/÷∕", ops.div), "^": ops.pow, "**": ops.pow, "!": ops.factorial, "√": ops.sqrt, "∛": ops.cbrt,
    "<": ops.lt, "<=": ops.le, "≤": ops.le, ">": ops.gt, ">=": ops.ge, "≥": ops.ge, "==": ops.eq, "!=": ops.ne, "≠": ops.ne,
    "and": ops.both, "∧": ops.both, "or": ops.either, "∨": ops.either, "not": ops.no, "¬": ops.no,
    "|": ops.absolute, "⌊": ops.floor, "⌈": ops.ceil,
}  # fmt: skip
CLOSING = {"(": ")", "|": "|", "⌊": "⌋", "⌈": "⌉"}
ENDS = frozenset(["NUMBER", "NAME", "SUPERSCRIPT", "BANG", "CLOSE", "RFENCE"])  # with one of these an operand ends

RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
PRIME = re.compile("['′’″‴]")
TIGHTER = ("POWER", "SUPERSCRIPT", "BANG")  # bind a number tighter than the minus before it
ARGUMENT = re.compile(r"[0-9.]*[^\W\d]\w*+(?!\s*[(^])|[0-9.]++(?!\s*[(^])")
SPACE = r" \t\n\r\u00a0\u2000-\u200a\u202f\u205f\u3000"
OTHER = rf"(?P<OTHER>=[<>]?|&&|[^{SPACE}])"  # whatever is no terminal of the grammar


class Token:
    """A terminal of the grammar, and what it means."""

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
            return self.function.apply(args)  # type: ignore[union-attr]  # only a name with a function becomes a call
        except Mistake as mistake:
            self.reader.note(mistake.row, self.reader.span(self.place), **mistake.words)
            return ops.ZERO

    def refuse_inverse(self) -> None:
        """sin^-1 is two things to two people."""
        inverse = f"a{self.piece}"
        row = "inverse" if inverse in ops.READ else "reciprocal"
        self.reader.note(row, self.reader.span(self.place), name=self.piece, inverse=inverse)


Turn: TypeAlias = Callable[["Reader", Token, "re.Match[str]"], Token | None]
BAR = Token("RFENCE", "|")
LASTING: dict[str, Token] = {}  # the tokens of signs, which mean the same in every text


class Reader:
    """One text on its way to terminals: `tokens`, the places where they start, and what is wrong with them.

    `pattern` finds the pieces; its groups are named after the terminals. Raises LimitError where the text passes a limit.
    """

    def __init__(self, text: str, pattern: re.Pattern[str], scope: Scope) -> None:
        self.text = text
        self.pattern = pattern
        self.scope = scope
        self.tokens: list[Token] = []
        self.starts: list[int] = []
        self.problems: dict[str, Problem] = {}  # by message: the same mistake is reported once
        self.readable = True  # whether the parser can go on in spite of the problems
        self.blamed: set[int] = set()  # tokens that a problem explains already
        self.opened: list[int] = []  # tokens that open what is not closed yet
        self.closed = 0  # the token that opened what was closed last
        self.primed: list[int] = []  # names with primes
        self.strange: set[str] = set()  # names before a bracket that are nobody's
        self.digits = 0  # of the long numbers
        within_limits(text)
        self.read()
        self.finish()

    def read(self) -> None:
        """All tokens, in one pass. A piece is looked up once; one whose meaning hangs on its neighbours has its turn each time."""
        known = dict(LASTING)
        tokens, starts = self.tokens, self.starts
        for match in islice(self.pattern.finditer(self.text), PIECES + 1):
            piece = match[0]
            token = known.get(piece)
            if token is None:
                token = known[piece] = self.first(match.lastgroup or "OTHER", piece)
            turn = TURNS.get(token.type)
            if turn is not None:
                token = turn(self, token, match)
            if token is not None:
                tokens.append(token)
                starts.append(match.start())
        if len(tokens) > PIECES:
            raise limit("too_many", limit=PIECES)

    def finish(self) -> None:
        """What only the end of the text shows."""
        brackets = [place for place in self.opened if self.tokens[place].piece != "|"]
        for place in self.opened:
            if self.tokens[place].piece == "|":
                self.stop("unclosed_bar", self.span(place), found="'|'")
        if brackets:
            found = self.tokens[brackets[-1]].piece
            row = "unclosed" if len(brackets) == 1 else "unclosed_several"
            self.stop(row, self.span(brackets[-1]), found=quoted(found), closing=quoted(CLOSING[found]), count=len(brackets))
        for place in self.primed:
            if self.tokens[place].type == "NAME":
                self.note("primed_name", self.span(place), name=self.tokens[place].piece)
        if not self.tokens and not self.problems:
            self.stop("empty", (len(self.text), len(self.text)))

    # ------------------------------------------------------------------------------------------- a piece met for the first time

    def first(self, kind: str, piece: str) -> Token:
        if kind == "NAME":
            return self.name(piece)
        if kind == "NUMBER":
            return Token(kind, piece, self.number(piece))
        if kind == "SUPERSCRIPT":
            return Token(kind, piece, self.superscript(piece))
        if kind == "OTHER":
            return Token(kind, piece)
        return LASTING.setdefault(piece, Token(kind, piece, SIGNS.get(piece)))

    def name(self, piece: str) -> Token:
        """A name as Python reads it: x₁ is x1, and µ is μ (`core.expr.checked_name`)."""
        prime = None if piece.isidentifier() else PRIME.search(piece)
        stem = piece[: prime.start()] if prime else piece
        try:
            name = stem if stem.isascii() else checked_name(stem)
        except OperandError:
            return Token("OTHER", piece)
        if prime:
            primes = piece[prime.start() :].translate(PRIMES)
            return Token("NAME", piece, ops.ZERO, self.scope.derivative(name, primes))
        return Token("NAME", piece, self.scope.value(name), self.scope.function(name))

    def number(self, piece: str) -> Num:
        """The exact number, also where it is longer than Python's int() reads."""
        if len(piece) < 100 and piece.isdigit():
            return Num(int(piece))
        mantissa, _, exponent = piece.lower().partition("e")
        whole, _, part = mantissa.partition(".")
        digits = (whole + part).lstrip("0")
        shift = integer(exponent or "0") - len(part) if len(exponent) < 100 else MAX_DIGITS
        length = max(len(digits), len(digits) + shift, -shift) if digits else 0
        if length > MAX_DIGITS:
            raise limit("long_number", found=quoted(piece), limit=MAX_DIGITS)
        self.digits += length
        if self.digits > DIGITS:
            raise limit("too_many_digits", limit=DIGITS)
        value = integer(digits or "0")
        return Num(value * 10**shift if shift >= 0 else Fraction(value, 10**-shift)) if digits else ops.ZERO

    def superscript(self, piece: str) -> Expr:
        """What a raised piece says: a number, a letter, or a number times a letter; `⁻²ˣ` is -2*x."""
        written = piece.translate(RAISED)
        letter = written[-1] if not written[-1].isdigit() else ""
        digits = written.lstrip("+").removesuffix(letter)
        if not letter:
            return Num(integer(digits))
        value = self.scope.value(normalize("NFKC", letter))
        if digits in ("", "-"):
            return App(ops.neg, (value,)) if digits else value
        return App(ops.mul, (Num(integer(digits)), value))

    # --------------------------------------------------------------------------------- a piece whose meaning hangs on the others

    def take_number(self, token: Token, match: re.Match[str]) -> Token | None:
        """A minus that subtracts from nothing belongs to the number, unless something binds the number tighter."""
        tokens = self.tokens
        if tokens and tokens[-1].ends:
            self.check_bare_function(match)
        elif tokens and tokens[-1].type == "MINUS" and not (len(tokens) > 1 and tokens[-2].ends):
            after = self.pattern.search(self.text, match.end())
            if after is None or after.lastgroup not in TIGHTER:
                tokens[-1] = Token("NUMBER", "-" + token.piece, Num(-token.value.value))
                return None
        return token

    def take_name(self, token: Token, match: re.Match[str]) -> Token:
        if self.tokens and self.tokens[-1].ends:
            self.check_bare_function(match)
        if token.function is not None and token.function.primes:
            self.primed.append(len(self.tokens))
        return token

    def take_root(self, token: Token, match: re.Match[str]) -> Token:
        if self.tokens and self.tokens[-1].ends:
            self.check_bare_function(match)
        return token

    def open_bracket(self, token: Token, match: re.Match[str]) -> Token:
        place = self.callable_before()
        if place is not None:
            self.call(place)
        self.opened.append(len(self.tokens))
        return token

    def open_fence(self, token: Token, match: re.Match[str]) -> Token:
        """A bar closes if one is open in this bracket and an operand precedes it, else it opens."""
        if self.tokens and self.tokens[-1].ends:
            if token.piece == "|" and self.opened and self.tokens[self.opened[-1]].piece == "|":
                self.opened.pop()
                return BAR
            self.check_bare_function(match)
        self.opened.append(len(self.tokens))
        return token

    def close(self, token: Token, match: re.Match[str]) -> Token:
        while self.opened and self.tokens[self.opened[-1]].piece == "|":
            self.stop("unclosed_bar", self.span(self.opened.pop()), found="'|'")
        if not self.opened:
            self.stop("stray", match.span(), found=quoted(token.piece))
            return token
        self.closed = self.opened.pop()
        opening = self.tokens[self.closed].piece
        if CLOSING[opening] != token.piece:
            words = {"opening": quoted(opening), "closing": quoted(CLOSING[opening])}
            self.stop("mismatched", match.span(), found=quoted(token.piece), **words)
        return token

    def refuse(self, token: Token, match: re.Match[str]) -> None:
        if len(self.problems) < MOST:
            row, (start, end), words = stranger(self.text, match.span())
            self.stop(row, (start, end), **words)

    # --------------------------------------------------------------------------------------------------- names and functions

    def callable_before(self) -> int | None:
        """The name that a bracket here makes a function: `sin`, or the one in `sin^2`, `sin²`, `sin^(n + 1)`."""
        place = len(self.tokens) - 1
        if place >= 0 and self.function(place) is None:
            place = self.base_before(place)
            if place >= 0 and (raised := self.function(place)) is not None and not raised.known:
                return None
        return place if place >= 0 and self.function(place) is not None else None

    def function(self, place: int) -> Function | None:
        token = self.tokens[place]
        return token.function if token.type == "NAME" else None

    def base_before(self, last: int) -> int:
        """The token that is raised by the power ending with the token `last`; -1 where that is no simple power."""
        kind = self.tokens[last].type
        if kind == "SUPERSCRIPT":
            return last - 1
        if kind == "CLOSE":
            sign = self.closed - 1
        elif kind in ("NUMBER", "NAME"):
            sign = last - 2 if last > 1 and self.tokens[last - 1].type == "MINUS" else last - 1
        else:
            return -1
        return sign - 1 if sign > 0 and self.tokens[sign].type == "POWER" else -1

    def call(self, place: int) -> None:
        """The name at this place is a function."""
        call = self.tokens[place] = Call(self.tokens[place], self, place)
        if not call.function.known and call.piece not in self.strange:
            self.strange.add(call.piece)
            if len(self.problems) < MOST:
                row, words = self.scope.unknown(call.function.name)
                self.note(row, self.span(place), **words)

    def check_bare_function(self, match: re.Match[str]) -> None:
        """`sin x` is neither a call nor likely a product."""
        place = self.callable_before()
        if place is not None and (function := self.function(place)) is not None and function.bare:
            self.blamed.add(len(self.tokens))
            argument = ARGUMENT.match(self.text, match.start())
            meant = f"{function.name}({argument[0] if argument else '...'})"
            self.note("bare_function", self.span(place), name=function.name, meant=meant)

    # ------------------------------------------------------------------------------------------------------------- problems

    def span(self, place: int) -> tuple[int, int]:
        """Where a token stands in the text."""
        start = self.starts[place]
        match = self.pattern.match(self.text, start)
        if match and self.tokens[place].type == "NUMBER" and match.lastgroup == "MINUS":
            match = self.pattern.search(self.text, match.end())
        return start, match.end() if match else start

    def note(self, row: str, span: tuple[int, int], /, **words: object) -> None:
        """Keep a problem for the report."""
        if len(self.problems) < MOST:
            found = problem(row, span, **words)
            self.problems.setdefault(found.message, found)

    def stop(self, row: str, span: tuple[int, int], /, **words: object) -> None:
        """The same of a problem with which the text cannot be parsed."""
        self.readable = False
        self.note(row, span, **words)


TURNS: dict[str, Turn] = {
    "NUMBER": Reader.take_number,
    "NAME": Reader.take_name,
    "ROOT": Reader.take_root,
    "OPEN": Reader.open_bracket,
    "CLOSE": Reader.close,
    "LFENCE": Reader.open_fence,
    "RFENCE": Reader.close,
    "OTHER": Reader.refuse,
}


def within_limits(text: str) -> None:
    """Raise LimitError where a glance shows that the text is too large to be read."""
    if len(text) > LENGTH:
        raise limit("too_long", count=len(text), limit=LENGTH)
    opening = text.count("(")
    if opening + text.count(")") > PIECES:
        raise limit("too_many", limit=PIECES)
    if opening > DEPTH:
        depth = max(accumulate([1 if c == "(" else -1 for c in re.findall("[()]", text)]))
        if depth > DEPTH:
            raise limit("too_deep", count=depth, limit=DEPTH)

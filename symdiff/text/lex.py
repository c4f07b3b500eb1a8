"""From text to the terminals of the grammar: what each piece is, seen beside the pieces before it.

The grammar says what a number, a name and a sign look like. What it cannot say is said here: which name is a function,
which bar opens and which closes, which minus belongs to a number. Brackets are matched on the way, so that the parser
never meets a text in which one is open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import accumulate, chain, islice
from typing import TypeAlias

from symdiff.core import ops
from symdiff.core.expr import Num
from symdiff.core.names import checked_name
from symdiff.errors import OperandError, Problem, elided
from symdiff.text.messages import DEPTH, DIGITS, LENGTH, PIECES, limit, problem, quoted
from symdiff.text.mistakes import stranger
from symdiff.text.scope import Function, Scope
from symdiff.text.tokens import BAR, CLOSING, SIGNS, SPACE, Call, Token, exact_number, superscript

MOST = 10  # problems of one text that are reported
LONG = 50_000  # pieces; in a longer text the first mistakes are enough

BLANK = r" \t\n\r\u00a0\u2000-\u200a\u202f\u205f\u3000"
PIECES_BETWEEN = rf"(?P<SPACE>[{BLANK}]+)|%s|(?P<OTHER>=[<>]?|&&|[^{BLANK}])"
SINGLE = "()|,+-/^"  # each of these is a piece, whatever stands beside it
TIGHTER = frozenset(["POWER", "SUPERSCRIPT", "BANG"])  # bind a number tighter than the minus before it
PRIME = re.compile("['\u2019′″‴]")
ARGUMENT = re.compile(r"(?:[0-9.]*[^\W\d]\w*+|[0-9.]++)(?!\s*[(^])")

Match: TypeAlias = "re.Match[str]"
Turn: TypeAlias = "Callable[[Reader, Token, Match], Token | None]"
LASTING = {" ": SPACE}  # the tokens of signs, which mean the same in every text


def pieces(terminals: dict[str, str]) -> re.Pattern[str]:
    """What finds the pieces of a text: terminals (of this name and this regular expression), space, and strangers."""
    return re.compile(PIECES_BETWEEN % "|".join([f"(?P<{name}>{look})" for name, look in terminals.items()]))


class Reader:
    """One text on its way to terminals: `tokens`, the places where they start, and what is wrong with them.

    `pattern` comes from `pieces`. Raises LimitError where the text passes a limit.
    """

    def __init__(self, text: str, pattern: re.Pattern[str], scope: Scope) -> None:
        self.text = text
        self.pattern = pattern
        self.scope = scope
        self.tokens: list[Token] = []
        self.starts: list[int] = []
        self.problems: dict[tuple[object, ...], Problem] = {}  # by what is said: the same mistake is reported once
        self.readable = True  # whether the parser can go on in spite of the problems
        self.blamed: set[int] = set()  # tokens that a problem explains already
        self.strange: set[str] = set()  # names before a bracket that are nobody's
        self.opened: list[int] = []  # tokens that open what is not closed yet
        self.closed = 0  # the token that opened what was closed last
        self.primed: list[int] = []  # names with primes
        self.digits = 0  # of the long numbers
        within_limits(text)
        if self.read():
            self.finish()
        else:
            self.readable = False

    def read(self) -> bool:
        """All tokens. A long text is read only as far as the first mistakes; whether it was read to its end."""
        found = self.pattern.finditer(self.text)
        known = dict(LASTING)
        for match in found:
            self.read_portion(chain((match,), islice(found, LONG)), known)
            if len(self.tokens) > PIECES:
                raise limit("too_many", limit=PIECES)
            if self.problems:
                break
        return next(found, None) is None

    def read_portion(self, found: Iterable[Match], known: dict[str, Token]) -> None:
        """A piece is looked up once; one whose meaning hangs on its neighbours has its turn each time."""
        tokens, starts = self.tokens, self.starts
        for match in found:
            piece = match[0]
            token = known.get(piece)
            if token is None:
                token = known[piece] = self.first(match)
            if token is SPACE:
                continue
            turn = TURNS.get(token.type)
            if turn is not None and (token := turn(self, token, match)) is None:
                continue
            tokens.append(token)
            starts.append(match.start())

    def finish(self) -> None:
        """What only the end of the text shows."""
        bars = [place for place in self.opened if self.tokens[place].piece == "|"]
        brackets = [place for place in self.opened if self.tokens[place].piece != "|"]
        if bars:
            self.stop("unclosed_bar", self.span(bars[0]), found="'|'")
        if brackets:
            found = self.tokens[brackets[-1]].piece
            row = "unclosed" if len(brackets) == 1 else "unclosed_several"
            words = {"found": quoted(found), "closing": quoted(CLOSING[found]), "count": len(brackets)}
            self.stop(row, self.span(brackets[-1]), **words)
        for place in self.primed:
            if self.tokens[place].type == "NAME":
                self.note("primed_name", self.span(place), name=elided(self.tokens[place].piece))
        if not self.tokens and not self.problems:
            self.stop("empty", (len(self.text), len(self.text)))

    # ----------------------------------------------------------------------------------- a piece met for the first time

    def first(self, match: Match) -> Token:
        """The token of a piece, as far as the piece alone shows it."""
        kind, piece = match.lastgroup or "OTHER", match[0]
        if kind == "NAME":
            return self.name(match)
        if kind == "NUMBER":
            return Token(kind, piece, self.number(piece))
        if kind == "SUPERSCRIPT":
            return Token(kind, piece, superscript(piece, self.scope))
        if kind == "OTHER":
            return self.refused(match)
        return SPACE if kind == "SPACE" else LASTING.setdefault(piece, Token(kind, piece, SIGNS.get(piece)))

    def name(self, match: Match) -> Token:
        """A name as Python reads it: x₁ is x1, and µ is μ (`core.names.checked_name`)."""
        piece = match[0]
        prime = None if piece.isidentifier() else PRIME.search(piece)
        stem = piece[: prime.start()] if prime else piece
        try:
            name = stem if stem.isascii() else checked_name(stem)
        except OperandError:
            return self.refused(match)
        if prime:
            return Token("NAME", piece, ops.ZERO, self.scope.derivative(name, piece[prime.start() :]))
        return Token("NAME", piece, self.scope.value(name), self.scope.function(name))

    def number(self, piece: str) -> Num:
        """The exact number. Raises LimitError where it, or all together, have too many digits."""
        value, length = exact_number(piece)
        self.digits += length
        if self.digits > DIGITS:
            raise limit("too_many_digits", limit=DIGITS)
        return Num(value)

    def refused(self, match: Match) -> Token:
        """A stranger is said once, and from then on passed over."""
        row, span, words = stranger(self.text, match.span())
        self.stop(row, span, **words)
        return SPACE

    # ----------------------------------------------------------------------- a piece whose meaning hangs on the others

    def take_number(self, token: Token, match: Match) -> Token | None:
        """A minus that subtracts from nothing belongs to the number, unless something binds the number tighter."""
        tokens = self.tokens
        if not tokens:
            return token
        if tokens[-1].ends:
            self.check_bare_function(match)
        elif tokens[-1].type == "MINUS" and not (len(tokens) > 1 and tokens[-2].ends):
            after = self.piece_at(match.end())
            if after is None or after.lastgroup not in TIGHTER:
                tokens[-1] = Token("NUMBER", "-" + token.piece, Num(-token.value.value))
                return None
        return token

    def take_name(self, token: Token, match: Match) -> Token:
        """A name; whether it is called, the next piece tells."""
        if self.tokens and self.tokens[-1].ends:
            self.check_bare_function(match)
        if token.function is not None and token.function.primes:
            self.primed.append(len(self.tokens))
        return token

    def take_root(self, token: Token, match: Match) -> Token:
        """The sign of a root, which begins an operand."""
        if self.tokens and self.tokens[-1].ends:
            self.check_bare_function(match)
        return token

    def open_bracket(self, token: Token, match: Match) -> Token:
        """A bracket opens: around the arguments of what can be called, else around a factor."""
        place = self.callable_before()
        if place is not None:
            self.call(place)
        self.opened.append(len(self.tokens))
        return token

    def open_fence(self, token: Token, match: Match) -> Token:
        """A bar closes if one is open in this bracket and an operand precedes it, else it opens."""
        if self.tokens and self.tokens[-1].ends:
            if token.piece == "|" and self.opened and self.tokens[self.opened[-1]].piece == "|":
                self.opened.pop()
                return BAR
            self.check_bare_function(match)
        self.opened.append(len(self.tokens))
        return token

    def close(self, token: Token, match: Match) -> Token:
        """Close what was opened last."""
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

    # ------------------------------------------------------------------------------------------------------- functions

    def callable_before(self) -> int | None:
        """The name that a bracket here makes a function: `sin`, or the one in `sin^2`, `sin²`, `sin^(n + 1)`."""
        last = len(self.tokens) - 1
        if last < 0:
            return None
        if self.function(last) is not None:
            return last
        base = self.base_before(last)
        raised = self.function(base) if base >= 0 else None
        return base if raised is not None and raised.known else None

    def function(self, place: int) -> Function | None:
        """What the name at this place means before a bracket; None where it multiplies, or is no name."""
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
        token = self.tokens[place]
        self.tokens[place] = Call(token, self, place)
        if token.function is not None and not token.function.known and token.piece not in self.strange:
            self.strange.add(token.piece)
            if len(self.problems) < MOST:  # looking for similar names is slow
                row, words = self.scope.unknown(token.function.name)
                self.note(row, self.span(place), **words)

    def check_bare_function(self, match: Match) -> None:
        """`sin x` is neither a call nor likely a product."""
        place = self.callable_before()
        if place is not None and (function := self.function(place)) is not None and function.bare:
            self.blamed.add(len(self.tokens))
            argument = ARGUMENT.match(self.text, match.start())
            meant = f"{function.name}({argument[0] if argument else '...'})"
            self.note("bare_function", self.span(place), name=function.name, meant=meant)

    # -------------------------------------------------------------------------------------------------------- problems

    def piece_at(self, start: int) -> Match | None:
        """The first piece from here on that is no space."""
        match = self.pattern.match(self.text, start)
        return self.pattern.match(self.text, match.end()) if match and match.lastgroup == "SPACE" else match

    def span(self, place: int) -> tuple[int, int]:
        """Where a token stands in the text."""
        start = self.starts[place]
        match = self.piece_at(start)
        if match and match.lastgroup == "MINUS" and self.tokens[place].type == "NUMBER":
            match = self.piece_at(match.end())
        return start, match.end() if match else start

    def note(self, row: str, span: tuple[int, int], /, **words: object) -> None:
        """Keep a problem for the report."""
        said = (row, *words.values())
        if len(self.problems) < MOST and said not in self.problems:
            self.problems[said] = problem(row, span, **words)

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
}


def within_limits(text: str) -> None:
    """Raise LimitError where a glance shows that the text is too large to be read."""
    if len(text) > LENGTH:
        raise limit("too_long", count=len(text), limit=LENGTH)
    if len(text) > PIECES and sum(map(text.count, SINGLE)) > PIECES:
        raise limit("too_many", limit=PIECES)
    if text.count("(") > DEPTH:
        depth = max(accumulate([1 if c == "(" else -1 for c in re.findall("[()]", text)]))
        if depth > DEPTH:
            raise limit("too_deep", count=depth, limit=DEPTH)

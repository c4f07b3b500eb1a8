"""A session: what a typed line means, and the names given so far. Nothing here reads from a terminal or prints to one.

A line is a definition (`f = x^2*sin(x)`, `f(x) = x^2`), a command of the table (`latex f`, `eval f x=3`), or a
formula, in which names stand for what they were given and some commands can be called (`d(f, x)*2`). A name is looked
up when its line is read, and what it stands for is not searched again: `f = f + 1` uses the old f.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from symdiff.app.answer import Answer, UsageError
from symdiff.app.commands import INSIDE, SPOKEN, Command, perform
from symdiff.app.desk import Desk
from symdiff.app.formulas import constant_text, derivative, simplified, written
from symdiff.app.words import words_of
from symdiff.core.declare import ABSTRACT
from symdiff.core.expr import App, Expr, Op, Sym
from symdiff.core.fold import fold, free_symbols, size, subs
from symdiff.core.ops import READ
from symdiff.errors import ParseError
from symdiff.text.parse import parse

DEFINITION = re.compile(r"([^\W\d]\w*)\s*(?:\(([^()]*)\))?\s*=(?!=)\s*(.*)", re.DOTALL)
FIRST_WORD = re.compile("(" + "".join([f"{name}|" for name in SPOKEN if "-" in name]) + r"[^\W\d]\w*)(\()?")
UNTOUCHABLE = {"pi": "the circle constant", "e": "Euler's number", "ans": "the last result"}


@dataclass(frozen=True, slots=True)
class Definition:
    """What a name stands for: a formula, with parameters if it was defined as a function."""

    body: Expr
    parameters: tuple[Sym, ...] | None = None

    @property
    def arguments(self) -> tuple[Sym, ...]:
        """What the values of a call replace: the parameters, else every variable."""
        return free_symbols(self.body) if self.parameters is None else self.parameters

    def called(self, name: str, slots: Sequence[int], values: Sequence[Expr]) -> Expr:
        """The value of `name(...)`, differentiated first in each of the numbered slots. Raises UsageError."""
        names = ", ".join([x.name for x in self.arguments])
        if self.parameters is None and len(self.arguments) > 1:
            raise UsageError(f"{name} has several variables", f"define it as {name}({names}) = ..., then call it")
        if len(values) != len(self.arguments):
            takes = f"{len(self.arguments)} argument{'s' if len(self.arguments) > 1 else ''}"
            raise UsageError(f"{name}({names}) takes {takes}, got {len(values)}")
        body = derivative(self.body, [(self.arguments[slot - 1], 1) for slot in slots])
        return subs(body, dict(zip(self.arguments, values, strict=True)))

    def text(self, name: str) -> str:
        """The line that defines it."""
        head = "" if self.parameters is None else f"({', '.join([x.name for x in self.parameters])})"
        return f"{name}{head} = {shown(self.body)}"


class Session(Desk):
    """The names given so far, and what a line means among them."""

    def __init__(self) -> None:
        self.names: dict[str, Definition] = {}

    def answer(self, line: str) -> Answer:
        """What a line comes to. Raises SymdiffError; the span of a ParseError counts from the start of the line.

        A command that ends the session raises EOFError, as the end of the input does.

        >>> session = Session()
        >>> session.answer("f = x^2*sin(x)").text
        'f = x^2*sin(x)'
        >>> session.answer("d(f, x)").text
        'x*(x*cos(x) + 2*sin(x))'
        """
        try:
            return self.dispatched(line.strip())
        except ParseError as error:
            raise placed(error, line.rstrip()) from None

    def dispatched(self, line: str) -> Answer:
        """The same, with the spans of errors counted from wherever a formula began."""
        if not line or line.startswith("#"):
            return Answer("", {})
        if match := DEFINITION.fullmatch(line):
            return self.define(*match.groups())
        first = FIRST_WORD.match(line)
        # `simplify(x)*2` is a formula, `simplify (x)*2` a command.
        if first and first[1] in SPOKEN and not (first[2] and first[1] in INSIDE):
            return self.command(SPOKEN[first[1]], line[first.end(1) :])
        return self.formula(line)

    def command(self, row: Command, rest: str) -> Answer:
        """A command in prefix form. Where it stands for a formula, that is the last result."""
        answer = perform(row, self, words_of(row, rest))
        if answer.value is not None:
            self.names["ans"] = Definition(answer.value)
        return answer

    def formula(self, line: str) -> Answer:
        """The simplified formula; for a constant its value too."""
        typed = self.parsed(line)
        result = simplified(self.meant(typed))
        self.names["ans"] = Definition(result)
        text = shown(result) if free_symbols(result) else constant_text(result)
        return Answer(text, {"result": text}, value=result, reading=shown(typed))

    def define(self, name: str, parameters: str | None, text: str) -> Answer:
        """Give a name to a formula, as it is written, or to a function of parameters."""
        note = naming_problem(name, parameters is not None)
        symbols = None if parameters is None else parameters_of(name, parameters)
        kept = frozenset([x.name for x in symbols or ()])
        typed = self.parsed(text, kept)
        self.names[name] = Definition(self.meant(typed, kept), symbols)
        shown = self.names[name].text(name)
        return Answer(f"{shown}\n{note}" if note else shown, {"name": name, "definition": shown})

    def read(self, text: str) -> Expr:
        """The formula that a text means among the names of the session."""
        return self.meant(self.parsed(text))

    def parsed(self, text: str, kept: Collection[str] = ()) -> Expr:
        """The formula as it is written, with what can be called in a session declared as functions."""
        free = [name for name in self.names if name not in READ and name not in INSIDE and name not in kept]
        functions = [name for name in free if self.names[name].arguments]
        multiplied = [name for name in free if not self.names[name].arguments]
        return parse(text, symbols=[*multiplied, *kept], functions=[*INSIDE, *functions])

    def meant(self, typed: Expr, kept: Collection[str] = ()) -> Expr:
        """The formula with names replaced by what they stand for (not the kept ones), calls by what they come to."""
        return fold(
            typed,
            num=lambda n: n,
            sym=lambda s: s if s.name in kept else self.meaning(s),
            app=self.applied,
        )

    def meaning(self, symbol: Sym) -> Expr:
        """What a name stands for; itself, where it was given nothing."""
        if symbol.name == "ans" and "ans" not in self.names:
            raise UsageError("there is no result yet for ans to stand for")
        return self.names[symbol.name].body if symbol.name in self.names else symbol

    def applied(self, node: App, parts: Sequence[Expr]) -> Expr:
        """A part of a formula, where calls of session names and of commands are carried out."""
        if ABSTRACT.get(node.op.name) is node.op:
            name, slots = name_and_slots(node.op)
            if name in INSIDE and not slots:
                return INSIDE[name](node.args, parts)
            if name in self.names:
                return self.names[name].called(name, slots, parts)
        return App(node.op, tuple(parts))


MOST_SHOWN = 1_000_000  # parts of a formula that anybody wants to see


def shown(e: Expr) -> str:
    """The formula as text; where nobody could read it, its size, since it can be worked with all the same."""
    parts = size(e)
    return written(e) if parts <= MOST_SHOWN else f"(a formula of {parts:.1e} parts, too long to show)"


def name_and_slots(row: Op) -> tuple[str, list[int]]:
    """The name of an abstract function, and the arguments in which it is differentiated: 1 and 2 for f'1'2(x, y)."""
    name, *slots = row.call.split("'")
    return name, [int(slot) if slot else 1 for slot in slots]


def naming_problem(name: str, is_function: bool) -> str | None:
    """A note on a name that formulas also use otherwise. Raises UsageError where the name cannot be given."""
    if name in UNTOUCHABLE:
        raise UsageError(f"{name} is {UNTOUCHABLE[name]}", "take another name")
    if name in SPOKEN or (is_function and name in INSIDE):
        raise UsageError(f"{name} is a command", "take another name")
    if name in READ and is_function:
        raise UsageError(f"{name} is a function already", f"take another name; `help {name}` says what it is")
    if name in INSIDE or name in READ:
        return f"({name}(...) is still the {'command' if name in INSIDE else 'function'})"
    return None


def parameters_of(name: str, text: str) -> tuple[Sym, ...]:
    """The parameters in `f(x, y) = ...`. Raises UsageError."""
    words = [word.strip() for word in text.split(",")]
    if not all(re.fullmatch(r"[^\W\d]\w*", word) for word in words) or len(set(words)) < len(words):
        raise UsageError(f"the parameters of {name} are different names", f"example: {name}(x, y) = x*y")
    return tuple([Sym(word) for word in words])


def placed(error: ParseError, line: str) -> ParseError:
    """The error with its spans counted from the start of the line in which the formula stood."""
    start = len(line) - len(error.text) if line.endswith(error.text) else line.find(error.text)
    if start < 0:
        return error
    moved = [p._replace(span=(p.span[0] + start, p.span[1] + start)) for p in error.problems]
    return ParseError(line, moved)

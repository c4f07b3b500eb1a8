"""Formulas as statements and results in a programming language: what is used more than once gets a name, once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from symdiff.core import languages  # which fills the columns
from symdiff.core.expr import App, Expr, Num, Op, Sym
from symdiff.core.fold import postorder
from symdiff.core.ops import ATOM
from symdiff.errors import EvaluationError
from symdiff.numeric.code.language import Language, Statement, numeral, words
from symdiff.points.point import unknown

SIGNED = ("infix", "prefix", "relation", "logic")  # forms of the table that are signs where the cell is one
SIGN = re.compile(r"[^\w%@]+|[A-Z]+")
OWN_GROUP = "Your own"  # of the rows that `operation` makes
PLACE = re.compile(r"%([1-9])")
CALL = re.compile(r"[\w.]+\(([^()]|\([^()]*\))*\)(\[\d\])?|CASE .* END")  # binds as tightly as a name
OPEN, CLOSED = re.compile(r"(^|[(]|, |(WHEN|THEN|ELSE) )\Z"), re.compile(r"$|[),]| (WHEN|THEN|ELSE|END)")


class Piece(NamedTuple):
    """A part as text, how tightly it binds, how many layers of names it needs, and how many operations deep it is."""

    text: str
    binding: int
    depth: int = 0
    height: int = 0


class Template(NamedTuple):
    """How an operation is written: text, and places of arguments with the binding they need to go without brackets."""

    pieces: tuple[str | tuple[int, int], ...]
    binding: int
    places: tuple[int, ...]
    helpers: tuple[str, ...]


class Written(NamedTuple):
    """Statements, the texts of the results, and which names of functions occur in them."""

    statements: list[Statement]
    results: list[str]
    functions: set[str]


def written(
    roots: Sequence[Expr], language: Language, names: Mapping[Sym, str], temporary: Callable[[], str]
) -> Written:
    """The lowered formulas as code. Parts used once stand where they are used, unless the text gets long or deep.

    Linear in the number of nodes. Raises EvaluationError for a function that the language does not have.
    """
    order = postorder(*roots)
    templates = {op: template_of(op, language) for op in {node.op for node in order if isinstance(node, App)}}
    uses = uses_of(order, roots, templates)
    pieces: dict[Expr, Piece] = {}
    statements: list[Statement] = []

    def name(node: Expr) -> None:
        text, _, depth, _ = pieces[node]
        statements.append(Statement(temporary(), text, depth))
        pieces[node] = Piece(statements[-1].name, ATOM, depth + 1)

    for node in order:
        match node:
            case App(op, args):
                for part in too_long(args, pieces, language):
                    name(part)
                pieces[node] = filled(templates[op], [pieces[part] for part in args])
                if uses[node] > 1 and not is_plain(pieces[node].text):
                    name(node)
            case Sym():
                pieces[node] = Piece(names[node], ATOM)
            case Num():
                pieces[node] = Piece(*numeral(node.value, language))
    functions = {word for template in templates.values() for word in template.helpers}
    return Written(statements, [pieces[root].text for root in roots], functions)


def uses_of(order: Sequence[Expr], roots: Sequence[Expr], templates: Mapping[Op, Template]) -> Counter[Expr]:
    """How often each part would be written."""
    uses = Counter(roots)
    for node in order:
        if isinstance(node, App):
            uses.update([node.args[i] for i in templates[node.op].places])
    return uses


def is_plain(text: str) -> bool:
    """A name, a number, or the opposite of one: nothing worth a name."""
    return re.fullmatch(r"-?[\w.]+", text) is not None


def too_long(args: Sequence[Expr], pieces: Mapping[Expr, Piece], language: Language) -> list[Expr]:
    """The arguments that need names of their own, lest the text of the whole gets too long or too deep."""
    parts = dict.fromkeys(args)
    chosen = [part for part in parts if pieces[part].height >= language.height]
    length = sum([len(pieces[part].text) for part in parts if part not in chosen])
    for part in sorted(parts, key=lambda part: -len(pieces[part].text)):
        if length > language.width and part not in chosen and not is_plain(pieces[part].text):
            chosen.append(part)
            length -= len(pieces[part].text)
    return chosen


def filled(template: Template, parts: Sequence[Piece]) -> Piece:
    """An operation on its parts, in brackets where they need them."""
    texts = []
    for i, piece in enumerate(template.pieces):
        if isinstance(piece, str):
            texts.append(piece)
        else:
            place, demanded = piece
            text, binding, _, _ = parts[place]
            open_to_minus = i == 0 or demanded == 0
            texts.append(f"({text})" if binding < demanded or (text[0] == "-" and not open_to_minus) else text)
    text = "".join(texts)
    depth, height = max([part.depth for part in parts], default=0), max([part.height for part in parts], default=0)
    return Piece(text, template.binding, depth, height + 1)


# ----------------------------------------------------------------------------------------------------------- templates


def template_of(op: Op, language: Language) -> Template:
    """How this language writes the operation. Raises EvaluationError where it cannot."""
    cell: str | None = getattr(op, language.column)
    if not cell:
        raise missing(op, language)
    return template(cell, op.arity, op.precedence if op.form in SIGNED else None)


@lru_cache(maxsize=1024)
def template(cell: str, arity: int, precedence: int | None) -> Template:
    """A sign between or before its operands, a pattern, or a name that is called.

    >>> template("+", 2, 4).pieces
    ((0, 4), ' + ', (1, 5))
    >>> template("sin", 1, None).pieces, template("%1*%1", 1, None).pieces
    (('sin(', (0, 0), ')'), ((0, 9), '*', (0, 9)))
    """
    if precedence is not None and SIGN.fullmatch(cell):
        return signed(cell, arity, precedence)
    if "%" not in cell and arity:
        cell = f"{cell}({', '.join([f'%{i + 1}' for i in range(arity)])})"
    split = PLACE.split(cell)
    pieces = [
        piece if i % 2 == 0 else (int(piece) - 1, 0 if is_open(split[i - 1], split[i + 1]) else ATOM)
        for i, piece in enumerate(split)
    ]
    return made(pieces, ATOM if CALL.fullmatch(cell) or is_plain(cell) else 0)


def is_open(before: str, after: str) -> bool:
    """Whether a place stands alone between brackets, commas or words, so that its text needs no brackets."""
    return bool((before and OPEN.search(before)) and (after and CLOSED.match(after)))


def signed(sign: str, arity: int, precedence: int) -> Template:
    """x + y, x*y, -x, NOT x."""
    if arity == 1:
        return made([f"{sign} " if sign.isalpha() else sign, (0, precedence + 1)], precedence)
    between = sign if sign in ("*", "/") else f" {sign} "
    left = precedence + 1 if precedence == 3 else precedence  # relations do not chain
    return made([(0, left), between, (1, precedence + 1)], precedence)


def made(pieces: Sequence[str | tuple[int, int]], binding: int) -> Template:
    """The template, with what is read from it."""
    places = tuple([piece[0] for piece in pieces if not isinstance(piece, str)])
    names = tuple([word for piece in pieces if isinstance(piece, str) for word in words(piece)])
    return Template(tuple([piece for piece in pieces if piece != ""]), binding, places, names)


def missing(op: Op, language: Language) -> EvaluationError:
    """The complaint about a function that the language does not have."""
    if op.value is None and op.ball is None:
        return unknown(op)
    having = [column for column in languages.LANGUAGES if getattr(op, column)]
    if op.group == OWN_GROUP:
        hint = f'say what it is called: operation("{op.name}", ..., {language.column}="name"), or a pattern with %1'
    else:
        hint = f"these have it: {', '.join(having)}" if having else "no language has it; val() and compile() do"
    return EvaluationError(f"{language.title} has no function for {op.example}", hint)

"""Formulas as source code: C, Python, NumPy, JavaScript and SQL.

`language.py` says what a language is, `lower.py` makes formulas ready, `write.py` names and writes the parts; every
language is a file of its own, and a column of the table (`symdiff.core.languages`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import NamedTuple

from symdiff.calculus.diff import symbols_of
from symdiff.core.calm import calm
from symdiff.core.exact import shortened
from symdiff.core.expr import App, Expr, Sym
from symdiff.core.fold import free_symbols, postorder
from symdiff.errors import LimitError, MissingError, OperandError, nearest
from symdiff.numeric.code.c import C
from symdiff.numeric.code.javascript import JAVASCRIPT
from symdiff.numeric.code.language import Code, Draft, Language, needed
from symdiff.numeric.code.lower import lowered
from symdiff.numeric.code.names import Names, in_ascii
from symdiff.numeric.code.numpy import NUMPY
from symdiff.numeric.code.python import PYTHON
from symdiff.numeric.code.sql import SQL
from symdiff.numeric.code.write import OWN_GROUP, written
from symdiff.numeric.stable import stable as stable_forms
from symdiff.numeric.wanted import Request, kinds_of, request
from symdiff.text.layout import written as text_of
from symdiff.text.parse import Formula
from symdiff.text.show import TEXT

__all__ = ["LANGUAGES", "Code", "code"]

LANGUAGES = {language.column: language for language in (C, PYTHON, NUMPY, JAVASCRIPT, SQL)}
SHORT = {"js": "javascript", "node": "javascript", "py": "python", "np": "numpy", "c99": "c", "sqlite": "sql"}
LONGEST = 1000  # characters of a formula in a comment
FEW = 32  # results whose arguments are counted


def code(
    es: Formula | Iterable[Formula],
    args: Iterable[Sym | str] | str,
    language: str,
    name: str = "f",
    derivatives: str | Iterable[str] | None = None,
    wrt: Iterable[Sym | str] | str | None = None,
    *,
    stable: bool = True,
) -> Code:
    """The source code of a function whose value is `es`, in C, Python, NumPy, JavaScript or SQL.

    `es`: an expression, number or text, or a list of them; `args`: the names of the arguments, in order; `language`:
    "c", "python", "numpy", "javascript" or "sql"; `name`: that of the function. `derivatives`: as `compile` has them:
    "gradient" adds all partial derivatives in the symbols `wrt`, by default all of `args`; "hessian" the second ones.
    Several results come as an array in C and JavaScript, a tuple in Python, columns in SQL; C also has a function for
    arrays, and its text the attribute `header`. What has no value is nan, in SQL NULL; what is too large an infinity.
    `stable`: whether to compute forms that lose fewer digits (`expm1(x)` for `exp(x) - 1`). docs/code.md shows each
    language.

    Raises ParseError on bad text; MissingError for symbols that are not in `args`; EvaluationError for a function that
    the language does not have; OperandError for a name that it does not take, and for an unknown language.

    >>> print(code("x^2 - 1/3", "x", "python"))
    # f(x) = x^2 - 1/3
    <BLANKLINE>
    import math
    <BLANKLINE>
    <BLANKLINE>
    def f(x):
        x = float(x)
        return x*x - 1/3
    <BLANKLINE>
    """
    with calm:
        known = language_named(language)
        count, listed = counted(es)
        kinds = kinds_of(derivatives)
        xs = symbols_of(args)
        inner = xs if wrt is None else symbols_of(wrt)
        asked = request(listed, xs, kinds, inner)
        check_arguments(asked)
        results = named_results(asked, inner, kinds, count, name)
        computed = stable_forms(asked.formulas) if stable else [*asked.formulas]
        return known.assemble(draft_of(results, computed, asked.args, known, name))


def draft_of(
    results: Sequence[Result], computed: Sequence[Expr], xs: Sequence[Sym], language: Language, name: str
) -> Draft:
    """All that the text is made of: the results, in the form in which they are computed."""
    roots = lowered(computed, language.column)
    own = own_functions(roots, language.column)
    names = Names(language, name, own)
    spellings = names.of(xs)
    body = written(roots, language, spellings, names.temporary)
    labels = [language.spelling(in_ascii(result.label)) for result in results] if language.columns else []
    columns = [names.spare(label) for label in labels]
    return Draft(
        name=name,
        about=[*about(results, xs, name, columns), *rewritten(results, computed), *changes(spellings), *calls(own)],
        args=list(spellings.values()),
        used=frozenset([spellings[x] for x in free_symbols(*roots)]),
        statements=body.statements,
        results=body.results,
        labels=columns,
        full=[len(roots) <= FEW and len(free_symbols(root)) == len(xs) for root in roots],
        helpers=needed(body.functions, language.helpers),
        own=own,
        spare=names.spare,
    )


# ------------------------------------------------------------------------------------------------------- what is asked


def language_named(name: object) -> Language:
    """The language of this name, however it is capitalised, or of its short form. Raises OperandError."""
    wanted = name.lower() if isinstance(name, str) else shortened(name)
    if (known := SHORT.get(wanted, wanted)) in LANGUAGES:
        return LANGUAGES[known]
    if wanted in ("c++", "cpp", "cxx"):
        raise OperandError(
            f"there is no code in {shortened(name)}", "take 'c', compiled as C: C++ reads its header too"
        )
    close = nearest(wanted, LANGUAGES)
    hint = f"did you mean {close!r}?" if close else f"languages: {', '.join(LANGUAGES)}"
    raise OperandError(f"there is no code in {shortened(name)}", hint)


def counted(es: Formula | Iterable[Formula]) -> tuple[int, Formula | list[Formula]]:
    """How many formulas are given, and these: one, or a list. Raises OperandError where there is none."""
    if isinstance(es, Expr | str | int | float | Fraction):
        return 1, es
    listed = list(es)
    if not listed:
        raise OperandError("no formula is given", 'example: code("x^2", "x", "c")')
    return len(listed), listed


def check_arguments(asked: Request) -> None:
    """Raises MissingError for symbols that are no arguments."""
    known = set(asked.args)
    if missing := [x.name for x in free_symbols(*asked.formulas) if x not in known]:
        raise MissingError(missing, [x.name for x in asked.args], arguments=True)


class Result(NamedTuple):
    """One value that the code gives: its formula, its name as a column, and what the comment says of it."""

    formula: Expr
    label: str
    about: str


def named_results(asked: Request, xs: Sequence[Sym], kinds: Sequence[str], count: int, name: str) -> list[Result]:
    """The formulas of a request, in its order, with their names."""
    values = [name] if count == 1 else [f"{name}{i + 1}" for i in range(count)]
    texts = [f"{label} = {formula_text(e)}" for label, e in zip(values, asked.formulas, strict=False)]
    names = list(zip(values, texts, strict=True))
    for kind in kinds:
        names += NAMED[kind](values, [x.name for x in xs])
    return [Result(e, label, text) for e, (label, text) in zip(asked.formulas, names, strict=True)]


def slopes(values: Sequence[str], xs: Sequence[str]) -> list[tuple[str, str]]:
    """The names of partial derivatives, and what they are."""
    return [(f"{value}_{x}", f"d{value}/d{x}") for value in values for x in xs]


# fmt: off
NAMED: dict[str, Callable[[Sequence[str], Sequence[str]], list[tuple[str, str]]]] = {
    "gradient": slopes,
    "jacobian": slopes,
    "hessian":  lambda values, xs: [(f"{f}_{x}_{y}", f"d2{f}/d{x} d{y}") for f in values for x in xs for y in xs],
    "jvp":      lambda values, xs: [(f"{f}_along", f"the derivative of {f} along the direction") for f in values],
    "hvp":      lambda values, xs: [(f"{f}_along_{x}", f"d/d{x} of the derivative of {f} along the direction")
                                    for f in values for x in xs],
}
# fmt: on


def own_functions(roots: Sequence[Expr], column: str) -> dict[str, int]:
    """The functions that the user's operations are called in this language, with their numbers of arguments."""
    rows = {node.op for node in postorder(*roots) if isinstance(node, App) and node.op.group == OWN_GROUP}
    cells = [(str(getattr(row, column)), row.arity) for row in rows]
    return dict(sorted([(cell, arity) for cell, arity in cells if cell.isidentifier()]))


# ---------------------------------------------------------------------------------------------------------- the comment


def about(results: Sequence[Result], xs: Sequence[Sym], name: str, columns: Sequence[str]) -> list[str]:
    """What the code computes, from which arguments."""
    head = f"{name}({', '.join([x.name for x in xs])})"
    if columns:
        texts = [
            r.about if " = " in r.about else f"{column} = {r.about}" for column, r in zip(columns, results, strict=True)
        ]
        return [f"{head}, from the table data:", *[f"  {text}" for text in texts]]
    if len(results) == 1:
        return [f"{head} = {results[0].about.partition(' = ')[2]}"]
    return [f"{head} gives {len(results)} values:", *[f"  [{i}] {result.about}" for i, result in enumerate(results)]]


def rewritten(results: Sequence[Result], computed: Sequence[Expr]) -> list[str]:
    """Which results are computed in another form."""
    pairs = zip(results, computed, strict=True)
    forms = [f"{r.about.partition(' = ')[0]} as {formula_text(form)}" for r, form in pairs if form is not r.formula]
    return [f"Computed, to lose fewer digits: {'; '.join(forms)}."] if forms else []


def changes(spellings: dict[Sym, str]) -> list[str]:
    """Which arguments have another name in the code."""
    changed = [f"{spelling} for {x.name}" for x, spelling in spellings.items() if spelling.strip('"') != x.name]
    return [f"Names in the code: {', '.join(changed)}."] if changed else []


def calls(own: Iterable[str]) -> list[str]:
    """Which functions the code takes for granted."""
    listed = ", ".join(own)
    return [f"Calls functions of your own: {listed}."] if listed else []


def formula_text(e: Expr) -> str:
    """The formula, or how large it is."""
    try:
        return text_of(e, TEXT, LONGEST)
    except LimitError:
        return f"a formula of {len(postorder(e)):,} parts, too long to show"

"""Every way to fail, drawn as a tree. Raised where the fact is known, printed only in `app/`.

SymdiffError
├── ParseError          the text is not a formula             (also a ValueError)
├── OperandError        the thing cannot stand in a formula   (also a TypeError)
├── DerivativeError     there is no derivative to give
├── EvaluationError     there is no value to give             (also an ArithmeticError)
│   ├── UndefinedError      the formula has no real value at this point
│   └── MissingError        variables without a value
├── LimitError          the answer would pass a stated limit
├── DataError           the data cannot be used as they are   (also a ValueError)
├── FitError            the fit cannot be set up as asked     (also a ValueError)
└── ExtraError          an optional package is not installed  (also an ImportError)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class SymdiffError(Exception):
    """What every error of this package is: a sentence, and where possible a next step.

    `kind` is a stable word for programs; `hint` is the next step, or None.
    """

    kind = "error"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class Problem(NamedTuple):
    """One thing wrong with a text: what, from where to where (characters, end excluded), and what would mend it.

    `name` is the row of the table of messages (`text.messages`): a stable word for programs.
    """

    message: str
    span: tuple[int, int]
    hint: str | None = None
    name: str | None = None


class ParseError(SymdiffError, ValueError):
    """The text is not a formula. `problems` lists all that is wrong; the first also as `message`, `span`, `hint`."""

    kind = "parse"

    def __init__(self, text: str, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(first.message, first.hint)
        self.text = text
        self.problems = tuple(problems)
        self.span = first.span

    def __str__(self) -> str:
        return "\n\n".join(picture(self.text, problem) for problem in self.problems)

    def __reduce__(self) -> tuple[type[ParseError], tuple[str, tuple[Problem, ...]]]:
        return ParseError, (self.text, self.problems)


class OperandError(SymdiffError, TypeError):
    """The thing cannot stand in a formula: not an expression and not an exact number."""

    kind = "operand"


class DerivativeError(SymdiffError):
    """No formula for this derivative is known."""

    kind = "derivative"


class EvaluationError(SymdiffError, ArithmeticError):
    """There is no value to give."""

    kind = "evaluation"


class UndefinedError(EvaluationError):
    """The formula has no real value at this point. `where` is the text of the part that has none."""

    kind = "undefined"

    def __init__(self, message: str, where: str, hint: str | None = None) -> None:
        super().__init__(message, hint)
        self.where = where

    def __reduce__(self) -> tuple[type[UndefinedError], tuple[str, str, str | None]]:
        return UndefinedError, (self.message, self.where, self.hint)


class MissingError(EvaluationError):
    """Variables of the formula have no value. `names` lists all of them, `given` those that have one.

    With `arguments`, `given` are the arguments of a function that is to be made, and the others are not among them.
    """

    kind = "missing"

    def __init__(self, names: Iterable[str], given: Iterable[str] = (), arguments: bool = False) -> None:
        self.names, self.given, self.arguments = tuple(names), tuple(given), arguments
        several = len(self.names) > 1
        listed = ", ".join([repr(elided(name)) for name in self.names[:MOST_NAMES]])
        if len(self.names) > MOST_NAMES:
            listed += f" and {len(self.names) - MOST_NAMES:,} more"
        if arguments:
            known = elided(", ".join(self.given)) or "there are none"
            message = f"{listed} {'are' if several else 'is'} not among the arguments ({known})"
        else:
            message = f"no value for the variable{'s' if several else ''} {listed}"
        hint = near_misses(self.names[:MOST_NAMES], self.given)
        super().__init__(message, hint or (("add them" if several else "add it") if arguments else None))

    def __reduce__(self) -> tuple[type[MissingError], tuple[tuple[str, ...], tuple[str, ...], bool]]:
        return MissingError, (self.names, self.given, self.arguments)


class LimitError(SymdiffError):
    """The answer would pass a stated limit of size or time."""

    kind = "limit"


class DataError(SymdiffError, ValueError):
    """The data cannot be used as they are."""

    kind = "data"


class FitError(SymdiffError, ValueError):
    """The fit cannot be set up as asked."""

    kind = "fit"


class ExtraError(SymdiffError, ImportError):
    """An optional package is not installed. The hint is the command that installs it."""

    kind = "extra"


MOST_LETTERS = 100  # nobody misspells a longer name, and to compare takes the square of its length
MOST_NAMES = 20  # a message lists; `names` holds all


def elided(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that looks most like `name`, if one looks like it at all."""
    from difflib import get_close_matches  # 2 ms, and only a mistake needs it

    if len(name) > MOST_LETTERS:
        return None
    known = list(known)
    by_case = next((k for k in known if k.lower() == name.lower()), None)
    swapped = next((k for k in known if sorted(k) == sorted(name)), None)  # cso is cos rather than csc
    return by_case or swapped or next(iter(get_close_matches(name, known, n=1, cutoff=0.6)), None)


def near_misses(names: Iterable[str], given: Iterable[str]) -> str | None:
    """One line of "did you mean" for the names that look like a given one."""
    given = [g for g in given if g not in set(names)]
    pairs = [(name, close) for name in names if (close := nearest(name, given))]
    return "; ".join(f"{close!r} was given: did you mean {name!r}?" for name, close in pairs) or None


WINDOW = 70  # characters of a long line shown around a problem


def picture(text: str, problem: Problem) -> str:
    """The card of an error: message, the line of text, a caret under the place, the hint."""
    start, end = problem.span
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    left, width = start - line_start, max(1, min(end, line_start + len(line)) - start)
    if len(line) > WINDOW:
        cut = max(0, min(left - WINDOW // 2, len(line) - WINDOW))
        line = ("…" if cut else "") + line[cut : cut + WINDOW] + ("…" if cut + WINDOW < len(line) else "")
        left = left - cut + (1 if cut else 0)
        width = min(width, len(line) - left) if left < len(line) else 1
    shown = "".join(c if c.isprintable() else "·" for c in line)
    card = f"{problem.message}\n  {shown}\n  {' ' * left}{'^' * max(1, width)}"
    return f"{card}\n{problem.hint}" if problem.hint else card

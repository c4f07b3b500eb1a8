"""What the words of the commands `fit` and `minimize` ask for, as the arguments of the functions of these names."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from symdiff.app.answer import UsageError
from symdiff.app.desk import Desk
from symdiff.app.formulas import BINDING, bindings, written
from symdiff.core.expr import Expr
from symdiff.core.fold import free_symbols
from symdiff.errors import ParseError, elided
from symdiff.text.parse import expression

# As the tables of the fitter have them, which would take a tenth of a second to import; a test compares.
DESCENTS: Final = (
    "descent", "momentum", "nesterov", "adam", "sgd", "cg", "bfgs", "l-bfgs", "gauss-newton", "newton", "newton-cg",
)  # fmt: skip
METHODS: Final = ("auto", "lm", *DESCENTS)  # of a fit; Levenberg and Marquardt's first
LOSSES: Final = ("squares", "soft_l1", "huber", "cauchy", "arctan", "welsch", "poisson", "binomial")
SCHEDULES: Final = ("constant", "exponential", "step", "inverse", "cosine", "warm-up")
EQUATION: Final = r"(?<![<>=!])=(?!=)"
Reader: TypeAlias = Callable[[Desk, Any], Any]
BOUNDS: Final = "examples: --bound '0 < a < 5', --bound 'a > 0', --bound a=0:5"


def asked(desk: Desk, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a command as those of the function: what was not asked for is left to it."""
    given = {name: value for name, value in options.items() if value is not None and value is not False and value != ()}
    found = {}
    for name, value in given.items():
        argument, read = WORDS.get(name, (name, None))
        found[argument] = value if read is None else read(desk, value)
    return found


def model_of(desk: Desk, text: str) -> Any:
    """The model that a text means, or several with `;` between them: formulas, names of models, equations."""
    parts = [part.strip() for part in text.split(";")]
    if len(parts) > 1 and not all(parts):
        raise UsageError(f"there is nothing between two semicolons in {elided(text)}", 'example: "u = a*x; v = a*x^2"')
    models = [one_model(desk, part) for part in parts]
    return models[0] if len(models) == 1 else models


def one_model(desk: Desk, text: str) -> str | Expr:
    """A formula; or the text of an equation, or the name of a model."""
    from symdiff.fit.models import NAMED

    if text in NAMED:
        return text
    sides = re.split(EQUATION, text)
    return desk.read(text) if len(sides) != 2 else " = ".join([written(desk.read(side)) for side in sides])


def one_or_several(desk: Desk, words: Sequence[str]) -> str | list[str]:
    """A word alone, or all of them."""
    return words[0] if len(words) == 1 else list(words)


def one_or_each(desk: Desk, flag: str, texts: Sequence[str]) -> Any:
    """One number or formula for all, or `NAME=VALUE` for each. Raises UsageError where both are given."""
    texts = [texts] if isinstance(texts, str) else texts
    if len(texts) == 1 and not re.fullmatch(BINDING, texts[0], re.DOTALL):
        return number_or_formula(desk, texts[0])
    if any(not re.fullmatch(BINDING, text, re.DOTALL) for text in texts):
        message = f"one {flag}, or one for each, not {' and '.join(texts)}"
        raise UsageError(message, f"as in --{flag} a=0.1 --{flag} b=2")
    return {name: number_or_formula(desk, text) for name, text in bindings(texts)}


def number_or_formula(desk: Desk, text: str) -> float | Expr:
    """A float where there are no variables, else the formula."""
    e = desk.read(text)
    return e if free_symbols(e) else value_of(e, text)


def column_or_each(desk: Desk, flag: str, texts: Sequence[str]) -> Any:
    """The same for columns, which may be named by headers that are no formulas, as error (mV): they stay texts."""
    if isinstance(texts, str) or len(texts) != 1 or re.fullmatch(BINDING, texts[0], re.DOTALL):
        return one_or_each(desk, flag, texts)
    try:
        e = desk.read(texts[0])
    except ParseError:
        return texts[0]
    return texts[0] if free_symbols(e) and e == expression(texts[0]) else number_or_formula(desk, texts[0])


def formulas(desk: Desk, texts: Sequence[str]) -> dict[str, Expr]:
    """`b=2*a` and the like, as formulas by name."""
    return {name: desk.read(text) for name, text in bindings(texts)}


def numbers(desk: Desk, texts: Sequence[str]) -> dict[str, float]:
    """`a=1` and the like, as floats by name."""
    return {name: number(desk, text) for name, text in bindings(texts)}


def number(desk: Desk, text: str) -> float:
    """A number, or a formula without variables, as a float. Raises UsageError where it is beyond the floats."""
    return value_of(desk.read(text), text)


def value_of(e: Expr, text: str) -> float:
    """The float of a formula without variables. Raises UsageError where it is beyond them."""
    from symdiff.numeric.val import val

    try:
        return float(val(e, {}))
    except OverflowError:
        raise UsageError(f"{elided(text)} is too large for a float", "the largest is near 1.8e308") from None


def named(desk: Desk, text: str, names: Sequence[str]) -> str | Expr:
    """A name of a table as it is; anything else is a formula, or a name that is not there."""
    return text if text.strip() in names or text.strip().isidentifier() else desk.read(text)


def bounds(desk: Desk, texts: Sequence[str]) -> dict[str, tuple[float | None, float | None]]:
    """`0 < a < 5`, `a >= 1`, `a=0:5` and the like, as the two ends by name. Raises UsageError."""
    found: dict[str, tuple[float | None, float | None]] = {}
    for text in texts:
        for name, low, high in ends(desk, text):
            before = found.get(name, (None, None))
            if (low is not None and before[0] is not None) or (high is not None and before[1] is not None):
                raise UsageError(f"{name} has two bounds on the same side: {', '.join(texts)}", "leave one of them out")
            found[name] = (before[0] if low is None else low, before[1] if high is None else high)
    return found


def ends(desk: Desk, text: str) -> list[tuple[str, float | None, float | None]]:
    """The name and the ends that one bound gives."""
    if match := re.fullmatch(BINDING, text, re.DOTALL):
        low, colon, high = match[2].partition(":")
        if not colon:
            raise UsageError(f"the bound {elided(text)} has no colon between its ends", BOUNDS)
        return [(match[1], end(desk, low), end(desk, high))]
    sides = [side.strip() for side in re.split("[<>]=?", text)]
    signs = {sign[0] for sign in re.findall("[<>]=?", text)}
    places = [i for i, side in enumerate(sides) if re.fullmatch(r"[^\W\d]\w*", side) and side not in ("pi", "e", "inf")]
    if (
        len(signs) != 1
        or len(places) != 1
        or not 2 <= len(sides) <= 3
        or (len(sides) == 3 and places != [1])
        or "" in sides
    ):
        raise UsageError(f"{elided(text)!r} is no bound: that is one name between numbers", BOUNDS)
    place = places[0]
    before = end(desk, sides[place - 1]) if place else None
    after = end(desk, sides[place + 1]) if place + 1 < len(sides) else None
    return [(sides[place], before, after) if signs == {"<"} else (sides[place], after, before)]


def end(desk: Desk, text: str) -> float | None:
    """An end of a range: a number, or nothing where there is no end."""
    text = text.strip()
    return None if text in ("", "inf", "-inf") else finite(number(desk, text), text)


def finite(value: float, text: str) -> float:
    """A number that is finite. Raises UsageError."""
    if not math.isfinite(value):
        raise UsageError(f"{elided(text)} is no finite number", BOUNDS)
    return value


# fmt: off
#    flag              argument       how its words are read
WORDS: Final[dict[str, tuple[str, Reader]]] = {
    "y":             ("y",           one_or_several),
    "x":             ("x",           lambda desk, names: [name for name in names if name]),  # '' is no column at all
    "start":         ("start",       numbers),
    "fix":           ("fixed",       numbers),
    "tie":           ("tied",        formulas),
    "bound":         ("bounds",      bounds),
    "constraint":    ("constraints", lambda desk, texts: [desk.read(text) for text in texts]),
    "sigma":         ("sigma",       lambda desk, texts: column_or_each(desk, "sigma", texts)),
    "weights":       ("weights",     lambda desk, texts: column_or_each(desk, "weights", texts)),
    "sigma_x":       ("sigma_x",     lambda desk, texts: column_or_each(desk, "sigma-x", texts)),
    "loss":          ("loss",        lambda desk, text: named(desk, text, LOSSES)),
    "rate":          ("rate",        lambda desk, texts: one_or_each(desk, "rate", texts)),
    "schedule":      ("schedule",    lambda desk, text: named(desk, text, SCHEDULES)),
    "by":            ("by",          one_or_several),
}
# fmt: on
FLAGS: Final = {argument: flag.replace("_", "-") for flag, (argument, _) in WORDS.items()}

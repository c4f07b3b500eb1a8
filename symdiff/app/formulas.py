"""The commands that take a formula: its derivative, its simplified form, its value, its printed forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from symdiff.app.answer import INTERRUPTED, LIMIT, NO, OK, Answer, UsageError, suggestion
from symdiff.app.desk import Desk
from symdiff.core.exact import normalised
from symdiff.core.expr import Expr, Num, Sym, symbol
from symdiff.core.fold import free_symbols, subs
from symdiff.core.ops import ZERO
from symdiff.errors import EvaluationError, LimitError, UndefinedError, elided

if TYPE_CHECKING:
    from symdiff.algebra.outcome import Simplification

Value = int | Fraction | float  # True and False are ints

FORMATS = {"text": "show", "latex": "latex", "unicode": "pretty", "sexpr": "sexpr", "mathml": "mathml"}
MOST_ORDERS = 1000
BINDING = r"\s*([^\W\d]\w*)\s*=(?!=)\s*(.*?)\s*"  # not compiled: few commands need it


def written(e: Expr, form: str = "text") -> str:
    """The formula in one of FORMATS."""
    from symdiff.text import show

    return str(getattr(show, FORMATS[form])(e))


def simplified(e: Expr) -> Expr:
    """The simplified form."""
    from symdiff.algebra.simplify import simplify

    return simplify(e)


# --------------------------------------------------------------------------------------------------------- derivatives


def diff(desk: Desk, formula: str, var: Sequence[str], order: int, raw: bool, form: str) -> Answer:
    """The derivative, simplified unless it is wanted raw."""
    e = desk.read(formula)
    names = [symbol(name) for name in var] or main_variable(e, "choose one, as in --var x")
    constant = e if order == 0 else ZERO
    result = derivative(e, [(x, order) for x in names], raw) if names else constant
    text = written(result, form)
    record = {
        "formula": written(e),
        "variables": [x.name for x in names],
        "order": order,
        "derivative": text,
        "format": form,
    }
    return Answer(text, record, value=result)


def derivative(e: Expr, names: Iterable[tuple[Sym, int]], raw: bool = False) -> Expr:
    """The derivative of e, so many times in each of the names."""
    from symdiff.calculus.diff import d

    for x, order in names:
        if raw:
            e = d(e, x, order=order)
        elif order > 1:
            e = of_high_order(e, x, order)
        elif order:
            e = simplified(d(e, x))
    return e


def of_high_order(e: Expr, x: Sym, order: int) -> Expr:
    """The simplified derivative, found in a ring of polynomials where there is one."""
    from symdiff.algebra import orders  # loads FLINT

    return orders.derivative(e, x, order)


def main_variable(e: Expr, advice: str) -> list[Sym]:
    """The variable meant by someone who names none: x, or the only one; none for a constant. Raises UsageError."""
    found = list(free_symbols(e))
    if Sym("x") in found:
        return [Sym("x")]
    if len(found) > 1:
        raise UsageError(f"the formula has several variables: {', '.join(sorted(x.name for x in found))}", advice)
    return found


def diff_inside(typed: Sequence[Expr], meant: Sequence[Expr]) -> Expr:
    """The derivative inside a formula: d(f), d(f, x), d(f, x, y), d(f, x, 2)."""
    e = meant[0]  # the parser takes no call without arguments
    if len(typed) > 1:
        return derivative(e, orders(typed[1:], meant[1:]))
    names = main_variable(e, "choose one, as in d(f, x)")
    return derivative(e, [(x, 1) for x in names]) if names else ZERO


def orders(typed: Sequence[Expr], meant: Sequence[Expr]) -> list[tuple[Sym, int]]:
    """What follows the formula in a call of d: names, each with its order if that is not 1."""
    named: list[tuple[Sym, int]] = []
    for word, stands_for in zip(typed, meant, strict=True):
        if isinstance(word, Num) and named:
            named[-1] = (named[-1][0], whole_order(word))
        elif not isinstance(word, Sym):
            raise UsageError(f"d takes variables after the formula, not {written(word)}", "example: d(f, x, y)")
        elif stands_for is not word:
            raise UsageError(f"{word.name} stands for {written(stands_for)} here", f"first `clear {word.name}`")
        else:
            named.append((word, 1))
    return named


def whole_order(number: Num) -> int:
    """The order of a derivative, as a formula writes it. Raises UsageError."""
    if isinstance(number.value, int) and 0 <= number.value <= MOST_ORDERS:
        return number.value
    raise UsageError(f"the order of a derivative is a whole number up to {MOST_ORDERS}, not {written(number)}")


def gradient(desk: Desk, formula: str, var: Sequence[str], raw: bool, form: str) -> Answer:
    """All partial derivatives, one a line."""
    from symdiff.calculus import diff as calculus

    e = desk.read(formula)
    names = [symbol(name) for name in var] or sorted(free_symbols(e), key=lambda x: x.name)
    partials = calculus.gradient(e, names)
    texts = {x.name: written(p if raw else simplified(p), form) for x, p in zip(names, partials, strict=True)}
    record = {"formula": written(e), "gradient": texts, "format": form}
    return Answer("\n".join(f"d/d{name}: {text}" for name, text in texts.items()), record)


# -------------------------------------------------------------------------------------------- other forms, and values


def simplify(desk: Desk, formula: str, steps: bool, budget: float, form: str) -> Answer:
    """The simplified form; with its steps and conditions, where they are wanted."""
    from symdiff.algebra.simplify import simplification

    e = desk.read(formula)
    found = simplification(e, budget)
    record = {
        "formula": written(e),
        "simplified": written(found.result, form),
        "conditions": [written(condition) for condition in found.conditions],
        "steps": [
            {"rule": s.rule, "before": brief(s.before), "after": brief(s.after), "place": s.place} for s in found.steps
        ],
        "stopped": found.stopped,
        "format": form,
    }
    text = "\n".join(steps_text(found, form)) if steps else written(found.result, form)
    if found.stopped != "done":
        text += f"\nstopped: {found.stopped}; this is the best form so far"
    status = INTERRUPTED if found.stopped == "interrupted" else OK
    return Answer(text, record, status, value=found.result)


def steps_text(found: Simplification, form: str) -> Iterator[str]:
    """The steps of a simplification, the result, and under which conditions the formula had a value."""
    for step in found.steps:
        yield f"{brief(step.before)}  ->  {brief(step.after)}    ({step.rule})"
    where = ", ".join([written(condition) for condition in found.conditions])
    yield written(found.result, form) + (f"    where {where}" if where else "")


def brief(e: Expr) -> str:
    """A part as text, cut where it is long."""
    return elided(written(e))


def simplify_inside(typed: Sequence[Expr], meant: Sequence[Expr]) -> Expr:
    """The simplified form, inside a formula."""
    if len(typed) != 1:
        raise UsageError("simplify takes one formula", "example: simplify(x + x)")
    return simplified(meant[0])


def equal(desk: Desk, left: str, right: str, budget: float) -> Answer:
    """Whether two formulas are equal, and how that is known."""
    from symdiff.algebra.equal import equal as compared

    if left.strip() == right.strip() == "-":
        raise UsageError("standard input holds one formula", "give the other as a word")
    a, b = desk.read(left), desk.read(right)
    found = compared(a, b, budget)
    witness = None if found.witness is None else {name: exact_text(value) for name, value in found.witness.items()}
    record = {
        "left": written(a),
        "right": written(b),
        "verdict": found.verdict,
        "witness": witness,
        "conditions": [written(condition) for condition in found.conditions],
        "reason": found.reason,
    }
    return Answer(str(found), record, STATUS_OF_VERDICT[found.verdict])


STATUS_OF_VERDICT = {"equal": OK, "different": NO, "undecided": LIMIT}


def printer(form: str) -> Callable[[Desk, str], Answer]:
    """The command that writes a formula, as it was given, in this format."""

    def run(desk: Desk, formula: str) -> Answer:
        e = desk.read(formula)
        text = written(e, form)
        return Answer(text, {"formula": written(e), form: text}, value=e)

    return run


def evaluate(desk: Desk, formula: str, values: Sequence[str], at: Sequence[str], digits: int | None) -> Answer:
    """The value at a point: exact where it can be, then approximate where that reads shorter; or to many digits."""
    from symdiff.numeric.val import TOO_LARGE, val

    e, given = desk.read(formula), bindings([*values, *at])
    check_names([e], [name for name, _ in given])
    if digits is not None:
        return proven(e, {name: desk.read(text) for name, text in given}, digits)
    try:
        point = {name: val(desk.read(text), {}) for name, text in given}
        value = val(e, point)
    except LimitError as error:
        raise LimitError(error.message, FURTHER if error.hint == TOO_LARGE else error.hint) from error
    exact, near = exact_text(value), approximate(value)
    record = {
        "formula": written(e),
        "at": {name: exact_text(v) or v for name, v in point.items()},
        "value": value if isinstance(value, bool) else near,
        "exact": exact,
    }
    return Answer(value_text(value), record, value=Num(value) if not isinstance(value, bool) else None)


FURTHER = "a float ends at 1.8e308, an exact number after 131,072 bits; --digits 20 reaches further, to 1e39456"


def check_names(es: Sequence[Expr], names: Iterable[str], left: int = 0) -> None:
    """Raises UsageError for a name with a value that no formula mentions, unless more variables than `left` have none.

    OperandError where it is that of a constant.
    """
    from symdiff.numeric.val import check_constants

    given, free = list(names), [x.name for x in free_symbols(*es)]
    idle = [name for name in given if name not in free]
    for e in es:
        check_constants(e, set(idle))
    if idle and len(set(free).difference(given)) <= left:
        what = "no formula mentions" if len(es) > 1 else "the formula does not mention"
        otherwise = f"variables: {elided(', '.join(free))}" if free else "there are no variables"
        raise UsageError(f"{what} {idle[0]!r}", suggestion(idle[0], free, otherwise))


def proven(e: Expr, point: Mapping[str, Expr], digits: int) -> Answer:
    """The value to so many proven digits, at a point of formulas: x=pi/6 means pi/6, and no float near to it."""
    from symdiff.numeric.ball import ball

    here: dict[Expr | str, object] = dict(point.items())
    found = ball(subs(e, here), digits=digits)
    exact = normalised(found.mid) if not found.radius else None
    record = {
        "formula": written(e),
        "at": {name: written(value) for name, value in point.items()},
        "value": approximate(found.mid),
        "exact": None if exact is None else exact_text(exact),
        "digits": str(found),
    }
    return Answer(str(found), record)


def bindings(texts: Iterable[str]) -> list[tuple[str, str]]:
    """`x=3` and the like, as names and texts of values; each name once. Raises UsageError."""
    found: dict[str, str] = {}
    for text in texts:
        match = re.fullmatch(BINDING, text, re.DOTALL)
        if not match:
            raise UsageError(f"{text!r} gives no variable a value", "example: x=3")
        name, value = match.groups()
        if name in found:
            raise UsageError(f"{name} is given two values: {found[name]} and {value}", "give it one")
        found[name] = value
    return list(found.items())


def exact_text(value: Value) -> str | None:
    """An exact value in full, None where it is only approximate."""
    if isinstance(value, bool | float):
        return None
    top, bottom = written(Num(value.numerator)), written(Num(value.denominator))
    return top if bottom == "1" else f"{top}/{bottom}"


def approximate(value: Value) -> float | None:
    """The value as a float, None where it is beyond them."""
    try:
        return float(value)
    except OverflowError:
        return None


LONGEST_PLAIN = 15  # digits of an integer that nobody wants approximated


def value_text(value: Value) -> str:
    """A value for people: exact, then approximate where that helps."""
    exact, near = exact_text(value), approximate(value)
    if exact is None:
        return str(value)
    if near is None or (isinstance(value, int) and len(exact) <= LONGEST_PLAIN):
        return exact
    return f"{exact} {'=' if Fraction(repr(near)) == value else '≈'} {near!r}"


def constant_text(e: Expr) -> str:
    """A formula without variables: as it is, then its value, or why it has none."""
    from symdiff.numeric.val import val

    try:
        value = val(e, {})
    except UndefinedError as error:
        return f"{written(e)}   ({error.message})"
    except (EvaluationError, LimitError):  # an abstract function, a tower of powers: the formula is all there is to say
        return written(e)
    return f"{written(e)} ≈ {value!r}" if isinstance(value, float) else value_text(value)

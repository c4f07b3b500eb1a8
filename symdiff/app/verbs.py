"""The commands that rewrite a formula as they are told: expand, factor, and the rest of the verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symdiff.app.answer import Answer
from symdiff.app.desk import Desk
from symdiff.app.formulas import main_variable, written
from symdiff.core.expr import Expr


def verb(name: str) -> Callable[..., Answer]:
    """The command of this verb."""

    def run(desk: Desk, formula: str, form: str, **options: Any) -> Answer:
        from symdiff.algebra.rewriting import VERBS, rewriting  # loads FLINT

        e = desk.read(formula)
        found = rewriting(VERBS[name], e, **options)
        text = written(found.result, form)
        conditions = [written(condition) for condition in found.conditions]
        record = {"formula": written(e), "result": text, "conditions": conditions, "format": form}
        return Answer(text, record, value=found.result)

    return run


def verb_in(name: str) -> Callable[..., Answer]:
    """The command of a verb that works in one variable, or as `collect` in any part of the formula."""

    def run(desk: Desk, formula: str, var: str | None, form: str) -> Answer:
        x = var if var is not None else the_variable(desk.read(formula))
        return verb(name)(desk, formula, form, x=x)

    return run


def the_variable(e: Expr) -> str:
    """The variable meant by someone who names none; for a constant any will do. Raises UsageError."""
    found = main_variable(e, "choose one, as in --var x")
    return found[0].name if found else "x"

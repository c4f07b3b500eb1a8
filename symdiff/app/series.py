"""The command that writes a Taylor polynomial."""

from __future__ import annotations

from symdiff.app.answer import Answer
from symdiff.app.desk import Desk
from symdiff.app.formulas import main_variable, written
from symdiff.core.expr import symbol


def taylor(desk: Desk, formula: str, var: str | None, at: str, order: int, form: str) -> Answer:
    """The Taylor polynomial around a point; a constant is its own."""
    from symdiff.numeric.taylor import taylor as polynomial

    e, place = desk.read(formula), desk.read(at)
    names = [symbol(var)] if var else main_variable(e, "choose one, as in --var x")
    result = polynomial(e, names[0], place, order) if names else e
    text = written(result, form)
    record = {
        "formula": written(e),
        "variable": names[0].name if names else None,
        "at": written(place),
        "order": order,
        "taylor": text,
        "format": form,
    }
    return Answer(text, record, value=result)

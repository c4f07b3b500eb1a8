"""Why a part has no value at a point: the condition of the table that its arguments break there."""

from __future__ import annotations

from symdiff.core import ops
from symdiff.core.expr import Expr, Sym, lift
from symdiff.core.fold import free_symbols
from symdiff.points.ball import as_arb, enclosure
from symdiff.points.point import EXACT, Fault


def unmet(fault: Fault) -> Expr | None:
    """The condition on its arguments that a part without a value does not meet; None unless that is certain.

    >>> from symdiff import parse
    >>> e = parse("log(x - 2)")
    >>> unmet(Fault(e, (-1,), ValueError()))
    x - 2 > 0
    >>> unmet(Fault(e, (1,), ValueError()))
    """
    condition = needed(fault, fault.node.args)
    if condition is None or not free_symbols(condition):
        return None
    return condition if breaks_condition(fault) else None


def breaks_condition(fault: Fault) -> bool:
    """Whether the arguments of a part, exact or enclosed, certainly break the condition of its row."""
    if fault.node.op in (ops.pow, ops.root):
        base, exponent = map(as_arb, fault.args)
        if base < 0 and not exponent.contains_integer():
            return True
    names = [Sym(f"x{i}") for i in range(fault.node.op.arity)]
    bare = needed(fault, tuple(names))
    return bare is not None and enclosure(bare, dict(zip(names, fault.args, strict=True))) is False


def needed(fault: Fault, args: tuple[Expr, ...]) -> Expr | None:
    """What the row asks of these arguments. The table's column says it, but for powers and roots asks too much."""
    row = fault.node.op
    if row in (ops.pow, ops.root):
        base, exponent = fault.args
        if exponent.__class__ not in EXACT:
            return None
        return ops.ne(args[0], 0) if base.__class__ in EXACT and base == 0 else ops.ge(args[0], 0)
    return None if row.domain is None else lift(row.domain(*args))

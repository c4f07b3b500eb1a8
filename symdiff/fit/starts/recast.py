"""The residuals of a plan as a search sees them: linear parameters apart, phases linear, straight forms beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from symdiff.core.expr import Expr, Num, Sym
from symdiff.core.fold import subs
from symdiff.core.ops import ONE, ZERO
from symdiff.fit.leastsquares.varpro import Split, split
from symdiff.fit.problem import Names, Plan
from symdiff.fit.starts.implicit import columns_of, is_implicit, sampson
from symdiff.fit.starts.phases import Phase, without_phases
from symdiff.fit.starts.roles import Roles, roles_of
from symdiff.fit.starts.straight import Straight, straightened


class Recast(NamedTuple):
    """The residuals times 2^exponent, split by all linear parameters (`wide`), and by those without bounds (`strict`).

    `whole` has nothing split off, and the amplitudes and phases of the plan; the other two have sines and cosines.
    An implicit model has distances for residuals, with nothing split off; `algebra` is the model itself, split.
    """

    wide: Split
    strict: Split
    whole: Split
    phases: tuple[Phase, ...]
    roles: Roles
    straight: tuple[Straight, ...]
    columns: Names
    algebra: Split | None = None


def recast(plan: Plan, given: frozenset[str], exponent: int = 0) -> Recast:
    """The recast of a plan, made once; parameters that are given are not projected."""
    kept = plan.settings.setdefault("recast", {})
    assert isinstance(kept, dict)
    key = given, exponent
    if key not in kept:
        kept[key] = made(plan, given, exponent)
    found = kept[key]
    assert isinstance(found, Recast)
    return found


def made(plan: Plan, given: frozenset[str], exponent: int) -> Recast:
    """The same, made."""
    if is_implicit(plan):
        return of_distances(plan, given)
    residuals = tuple([r * Num(2) ** Num(exponent) for r in plan.residuals]) if exponent else plan.residuals
    names, columns = plan.free, plan.columns
    whole = Split(residuals, (), names, columns)
    wide = split(residuals, names, columns, given)
    slopes = roles_of(residuals, set(wide.others), columns).phases
    residuals, phases = without_phases(wide, names, slopes, given | set(plan.limits.by_name))
    if phases:
        wide = split(residuals, names, columns, given)
    bounded = {name for name in wide.linear if name in plan.limits.by_name}
    strict = split(residuals, names, columns, given | bounded) if bounded else wide
    # roles are read from the residuals as they are: a factor 2^k would be taken for one of the model
    roles = roles_of(residuals if phases else plan.residuals, set(wide.others), columns)
    return Recast(wide, strict, whole, phases, roles, tuple(straight_forms(plan, wide)), columns)


def of_distances(plan: Plan, given: frozenset[str]) -> Recast:
    """The recast of an implicit model."""
    columns = columns_of(plan)
    distances = Split(sampson(plan), (), plan.free, columns)
    roles = roles_of(plan.residuals, set(plan.free), columns)
    return Recast(
        distances, distances, distances, (), roles, (), columns, split(plan.residuals, plan.free, columns, given)
    )


def straight_forms(plan: Plan, wide: Split) -> list[Straight]:
    """The straight forms of a plan with one response."""
    if len(plan.residuals) != 1 or isinstance(plan.responses[0], Num):
        return []
    y = response_of(plan)
    into: Mapping[Expr | str, object] = {y: ZERO, **dict.fromkeys(plan.weights, ONE)}
    columns = tuple([name for name in plan.columns if name != y])
    return straightened(subs(plan.residuals[0], into), plan.free, columns, len(wide.others))


def response_of(plan: Plan) -> str:
    """The column of the first response."""
    y = plan.responses[0]
    return y.name if isinstance(y, Sym) else next(iter(plan.derived))

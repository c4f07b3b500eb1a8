"""One reading of a formula written from the leaves up, and the other ways in which its angles may be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from symdiff.algebra.field.functions import Functions
from symdiff.algebra.field.reading import PLAIN, Reader, Values, is_whole_power
from symdiff.algebra.field.values import ExhaustedError, UnsettledError, Value
from symdiff.algebra.measure import reading
from symdiff.algebra.outcome import Step
from symdiff.algebra.poly import fmpz_mpoly
from symdiff.algebra.write.writer import Writer
from symdiff.core import ops
from symdiff.core.expr import App, Expr

if TYPE_CHECKING:
    from symdiff.algebra.simplify import Simplifier

LEAST = 3  # what costs less is not written anew: there is nothing to gain
FEW = 40  # nodes up to which further ways to write angles are tried
RULES = 4  # rewritings of one part by rules


ARITHMETIC = PLAIN | {ops.pow}  # of two leaves these leave nothing but like terms and like factors


def is_least(node: App, cost: float) -> bool:
    """Whether nothing is to be gained by writing a node anew, by the measure of readers."""
    return cost < (LEAST + 1 if node.op in ARITHMETIC else LEAST)


class Pass:
    """One way to read a formula, written from the leaves up."""

    def __init__(self, run: Simplifier, reader: Reader, writer: Writer, values: Values) -> None:
        self.of, self.reader, self.writer, self.values = run, reader, writer, values
        self.rewritten: dict[Expr, tuple[str, Expr, Expr]] = {}  # parts that were written anew: how, before, after

    def run(self) -> Expr:
        make, reader = self.of.make, self.reader
        by_reading = make.measure is reading
        done: dict[Expr, Expr] = {}
        for node in reader.order:
            if node.__class__ is not App or node in reader.closed or not node.args:
                done[node] = node
            elif node not in reader.tops or (by_reading and is_least(node, make.cost(node))):
                done[node] = self.of.rebuilt(node, done)
            else:
                done[node] = self.best(node, done)
        return done[reader.root]

    def outline(self) -> Expr | None:
        """The value of the whole, its parts as their values read; None where some part has none."""
        if self.reader.shut:
            return None
        try:
            return self.writer.value(self.values[self.reader.root])
        except ExhaustedError:
            raise
        except UnsettledError:
            return None

    def best(self, node: App, done: dict[Expr, Expr]) -> Expr:
        """The cheaper of the node with its best parts and its value written anew."""
        self.of.budget.check()
        rebuilt = self.of.rebuilt(node, done)
        if node in self.reader.shut:
            self.writer.atoms[self.reader.shut[node]] = rebuilt
            return self.by_rules(node, rebuilt)
        try:
            write = self.writer.plain if is_whole_power(node) and node not in self.reader.wholes else self.writer.value
            found = self.of.make.cheaper(rebuilt, write(self.values[node]))
        except ExhaustedError:
            raise
        except UnsettledError:
            return self.by_rules(node, rebuilt)
        if found is not rebuilt:
            self.rewritten[node] = (self.writer.ways.get(found, "like terms"), rebuilt, found)
        return self.by_rules(node, found)

    def by_rules(self, node: App, e: Expr) -> Expr:
        """What the rules make of a part, as long as one of them makes it smaller."""
        if not self.of.is_ruled(e):
            return e
        from symdiff.algebra.rules.table import rewritings  # takes longer to load than all the rest

        cost = self.of.make.cost
        for _ in range(RULES):
            if e.__class__ is not App or e in self.of.make.unruled:
                break
            rule, smaller = min(rewritings(e, cost, names=False), key=lambda found: cost(found[1]), default=("", e))
            if cost(smaller) >= cost(e):
                self.of.make.unruled.add(e)
                break
            self.rewritten[node] = (rule, e, smaller)
            e = smaller
        return e

    def steps_to(self, e: Expr) -> list[Step]:
        """The steps that the result rests on, leaves first: of a part written anew as a whole, only the last."""
        steps: list[Step] = []
        stack: list[tuple[Expr, tuple[int, ...]]] = [(e, ())]
        seen: set[Expr] = set()
        while stack:
            node, place = stack.pop()
            if node in seen:
                continue
            seen.add(node)
            if node in self.rewritten:
                name, _, after = self.rewritten[node]
                steps.append(Step(name, node, after, place))
            else:
                stack += [(part, (*place, i)) for i, part in enumerate(node.args)]
        return steps[::-1]


def other_angles(reader: Reader, field: Functions, v: Value) -> Iterator[dict[str, Any]]:
    """Further ways to read the angles of v: the other square eliminated, sums of angles apart, half angles."""
    if "sin" not in field.kinds:
        return
    sines = [j for (kind, _), j in field.found.items() if kind == "sin"]
    bases = [(field.bases[i], field.bases[i].degrees()) for i in v.pw if len(field.bases[i]) > 1]
    if any([degrees[j] > 1 for _, degrees in bases for j in sines]):
        yield {"pair": "cos"}
    if len(reader.order) > FEW:
        return
    if len(sines) > 1 and any([len(angle) > 1 for angle in field.angles.basis]):
        yield {"split": True}
    if field.angles.apart:
        yield {"finest": True}
    angles = {j for (kind, _), j in field.found.items() if kind in ("sin", "cos")}
    if any([is_one_more(p) and {j for j, n in enumerate(degrees) if n} <= angles for p, degrees in bases]):
        yield {"pair": "half"}


def keeps_all_points(field: Functions, v: Value) -> bool:
    """Whether v has a value wherever the formula has one; in a tangent t of half an angle: only if t = oo is a pole."""
    if "half" not in field.kinds:
        return True
    if not field.kinds <= {"symbol", "closed", "pi", "half"}:
        return False
    degrees = [(n, field.bases[i].degrees()) for i, n in v.pw.items()]
    halves = [j for j, generator in field.info.items() if generator.kind == "half"]
    return all([sum([n * int(held[j]) for n, held in degrees]) > 0 for j in halves])


def is_one_more(p: fmpz_mpoly) -> bool:
    """Whether p is a sum of generators and a number: 1 + cos(u) is 2 cos(u/2)^2; cos(u) - sin(u) is no such power."""
    return bool(p.total_degree() == 1 and not any(p.monoms()[-1]))

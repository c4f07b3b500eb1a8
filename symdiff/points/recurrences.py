"""How the power series of a whole follows from those of its parts: what each row of the table asks for, and computes.

Sums, products, quotients and powers have the recurrences of Knuth, The Art of Computer Programming 2, section 4.7. All
other functions follow from their partial derivatives in the table: f(u)' = p(u) u' says that k f_k = sum j u_j p_(k-j),
and p(u) is a formula whose series is wanted one order less far (McIlroy, Squinting at power series, 1990). So a row has
a series as soon as it has a value and a derivative.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from symdiff.core import ops
from symdiff.core.expr import App, Expr, Num, Sym, lift
from symdiff.core.ops import partial
from symdiff.errors import UndefinedError, elided

if TYPE_CHECKING:
    from symdiff.points.series import Coefficient, Expansion

Wanted = tuple[Expr, int | None]  # a coefficient of this order; None: the order from which they start


class Near(NamedTuple):
    """Whether a condition holds around the point, and at it; None where the sides differ, or with the error met."""

    around: bool | None
    at: bool | None
    error: UndefinedError | None = None


class Terms:
    """The coefficients of a node so far, from order `start`; if `whole`, all others are 0.

    `lead` is, of a quotient or a power, the order of the first term of the denominator or of the base.
    """

    __slots__ = ("coefficients", "lead", "start", "whole")

    def __init__(self, start: int, coefficients: list[Any], *, whole: bool = False, lead: int = 0) -> None:
        self.start, self.coefficients, self.whole, self.lead = start, coefficients, whole, lead

    @property
    def next(self) -> int:
        """The order of the coefficient to be computed next."""
        return self.start + len(self.coefficients)


def singular(node: Expr) -> UndefinedError:
    return undefined(node, "it or its derivative has a pole there")


def undefined(node: Expr, why: str) -> UndefinedError:
    """The error about a part that has no Taylor series at the point."""
    text = repr(node)
    return UndefinedError(f"{elided(text)} has no Taylor series at this point: {why}", text)


# ------------------------------------------------------------------------------------------------------------ the rules


class Rule:
    """How the nodes of one kind begin, and how they go on. Only what `needs` names may be read."""

    def needs(self, s: Expansion, node: App) -> Iterator[Wanted]:
        """What must be known before a node can begin, or before its next coefficient is computed."""
        if node not in s.terms:
            yield from self.needs_to_begin(s, node)
        else:
            yield from self.needs_to_go_on(s, node, s.terms[node])

    def needs_to_begin(self, s: Expansion, node: App) -> Iterator[Wanted]:
        yield from [(part, None) for part in node.args]

    def needs_to_go_on(self, s: Expansion, node: App, terms: Terms) -> Iterator[Wanted]:
        yield from [(part, terms.next) for part in node.args]

    def begun(self, s: Expansion, node: App) -> Terms:
        """The order from which the node starts; and its value, where the point decides about that."""
        raise NotImplementedError

    def computed(self, s: Expansion, node: App, terms: Terms) -> Coefficient:
        """The coefficient of order `terms.next`."""
        raise NotImplementedError


def needs_of_lead(s: Expansion, part: Expr) -> Iterator[Wanted]:
    """A part up to its first term that is not 0. Raises UndefinedError where none is found."""
    if part in s.terms and not s.terms[part].whole and s.lead(part) is None:
        if s.terms[part].next > s.highest:
            text = repr(part)
            why = f"is 0 up to order {s.highest} at this point: what is divided or decided by it has no Taylor series"
            raise UndefinedError(f"{elided(text)} {why}", text)
        yield part, s.terms[part].next


class Leaf(Rule):
    """A number or a symbol."""

    def begun(self, s: Expansion, node: Expr) -> Terms:
        if node is s.x:
            return Terms(0, [s.point[s.x], s.one], whole=True)
        value = s.field.number(node.value) if isinstance(node, Num) else s.point[node]  # type: ignore[index]
        return Terms(0, [value], whole=True)


class Constant(Rule):
    """What does not depend on x."""

    def begun(self, s: Expansion, node: App) -> Terms:
        for part in node.args:
            s.check_regular(part, node)
        return Terms(0, [s.field.value(node, [s.read(part, 0) for part in node.args])], whole=True)


class Sum(Rule):
    """u + v, u - v and -u, term by term."""

    def begun(self, s: Expansion, node: App) -> Terms:
        return Terms(min([s.terms[part].start for part in node.args]), [])

    def computed(self, s: Expansion, node: App, terms: Terms) -> Coefficient:
        u, *others = [s.read(part, terms.next) for part in node.args]
        return u + others[0] if node.op is ops.add else u - others[0] if others else -u


class Product(Rule):
    """(u v)_k = sum u_i v_(k-i)."""

    def needs_to_go_on(self, s: Expansion, node: App, terms: Terms) -> Iterator[Wanted]:
        u, v = node.args
        yield u, terms.next - s.terms[v].start
        yield v, terms.next - s.terms[u].start

    def begun(self, s: Expansion, node: App) -> Terms:
        return Terms(sum([s.terms[part].start for part in node.args]), [])

    def computed(self, s: Expansion, node: App, terms: Terms) -> Coefficient:
        u, v = node.args
        k, low = terms.next, s.terms[u].start
        return s.dot([(s.read(u, i), s.read(v, k - i)) for i in range(low, k - s.terms[v].start + 1)])


class Quotient(Rule):
    """q = u/v where v starts with order m: u_(k+m) = v_m q_k + v_(m+1) q_(k-1) + ..."""

    def needs_to_begin(self, s: Expansion, node: App) -> Iterator[Wanted]:
        yield from super().needs_to_begin(s, node)
        yield from needs_of_lead(s, node.args[1])

    def needs_to_go_on(self, s: Expansion, node: App, terms: Terms) -> Iterator[Wanted]:
        u, v = node.args
        yield u, terms.next + terms.lead
        yield v, terms.next + terms.lead - terms.start

    def begun(self, s: Expansion, node: App) -> Terms:
        top, bottom = node.args
        lead = s.lead(bottom)
        if lead is None:
            raise undefined(node, "its denominator is 0")
        return Terms(s.terms[top].start - lead, [], lead=lead)

    def computed(self, s: Expansion, node: App, terms: Terms) -> Coefficient:
        u, v = node.args
        k, m = terms.next, terms.lead
        rest = s.read(u, k + m) - s.dot([
            (s.read(v, m + j), s.read(node, k - j)) for j in range(1, k - terms.start + 1)
        ])  # fmt: skip
        return rest if rest == 0 else rest / s.read(v, m)


class Function(Rule):
    """f(u, ...): k f_k = sum over the arguments u, and over j, of j u_j p_(k-j), p the partial derivative."""

    def needs_to_begin(self, s: Expansion, node: App) -> Iterator[Wanted]:
        yield from [(part, 0) for part in node.args]

    def needs_to_go_on(self, s: Expansion, node: App, terms: Terms) -> Iterator[Wanted]:
        for i, part in enumerate(node.args):
            if s.moves(part):
                yield part, terms.next
                yield partial(node.op, i, node.args), terms.next - 1

    def begun(self, s: Expansion, node: App) -> Terms:
        for part in node.args:
            s.check_regular(part, node)
        values = [s.read(part, 0) for part in node.args]
        check_smooth(s, node, values)
        return Terms(0, [s.field.value(node, values)])

    def computed(self, s: Expansion, node: App, terms: Terms) -> Coefficient:
        k, total = terms.next, s.zero
        for i, part in enumerate(node.args):
            if s.moves(part):
                slope = partial(node.op, i, node.args)
                s.check_regular(slope, node)
                total = total + s.dot([(s.read(part, j) * j, s.read(slope, k - j)) for j in range(1, k + 1)])
        return total if total == 0 else total / k


def check_smooth(s: Expansion, node: App, values: list[Coefficient]) -> None:
    """Raises UndefinedError where the table says that a function has no derivative."""
    column: Any = SMOOTH.get(node.op, node.op.smooth)
    if column is None:
        return
    names = [Sym(f"x{i}") for i in range(node.op.arity)]
    if not s.field.holds(lift(column(*names)), dict(zip(names, values, strict=True))):
        raise undefined(node, f"that takes {elided(repr(lift(column(*node.args))))}")


# Where the table says less than is true: it asks for a derivative in both arguments wherever one is drawn.
SMOOTH = {ops.atan2: lambda y, x: ops.either(ops.ne(y, 0), x > 0)}

"""Rewriting from the leaves up: each piece of arithmetic in a formula is put in the form that a verb wants.

Pieces are separated by functions. A verb says how sums are made (`termwise` or over common denominators) and how the
value of a piece is written; everything else is the same for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction

from symdiff.algebra.budget import tick
from symdiff.algebra.normal import NOWHERE, chosen, decimal, exact_value
from symdiff.algebra.poly import MOST_TERMS, TooLargeError
from symdiff.algebra.rational.functions import Region, TooWideError
from symdiff.algebra.rational.products import NoValueError, Product
from symdiff.algebra.rational.regions import arithmetic_parts, region_of, root_of, spread, whole_exponent
from symdiff.algebra.rational.written import Writer, exact_number
from symdiff.core import ops
from symdiff.core.exact import Exact
from symdiff.core.expr import App, Expr, Num, Op
from symdiff.core.fold import postorder
from symdiff.core.ops import ONE, ZERO
from symdiff.core.order import ordering
from symdiff.errors import LimitError

Write = Callable[[Region, Writer, Product], Expr]

SETTLING = 4  # runs at most, where a sum had to stay closed or stands under a root


@dataclass(frozen=True)
class Form:
    """The form a verb wants: how sums are made, how many terms one may have after multiplying out, how it is written.

    A `strict` form refuses what passes the room; any other leaves such a sum as it is and goes on with its terms.
    """

    write: Write
    termwise: bool = False
    room: int = MOST_TERMS
    strict: bool = False


class Rewriter:
    """One run of a form over a formula. `deep`: inside functions too."""

    def __init__(self, form: Form, root: Expr, *, deep: bool = True) -> None:
        self.form, self.root, self.deep = form, root, deep
        self.decimals = any([isinstance(node, Num) and decimal(node.value) for node in postorder(root)])
        self.key = ordering()
        self.done: dict[Expr, Expr] = {}
        self.closed: set[Expr] = set()
        self.unsettled = False  # whether another run over the result might change it
        self.negatives: dict[Expr, tuple[Region, Product]] = {}  # what was written with a minus in front
        self.exponents: dict[Expr, dict[Expr, Exact]] = {}  # of each exp(u) the terms of u
        self.exponentials: dict[frozenset[tuple[Expr, Exact]], Expr] = {}
        self.met: list[tuple[Region, Product]] = []

    def run(self) -> Expr:
        """The formula in this form. Raises LimitError if the form is strict, SpentError."""
        stack = [self.root]
        while stack:
            tick()
            node = stack[-1]
            waiting = [] if node in self.done else [part for part in self.needed(node) if part not in self.done]
            if waiting:
                stack += waiting
                continue
            if node not in self.done:
                self.finish(node)
            if node in self.done:
                stack.pop()
        return self.done[self.root]

    # ---------------------------------------------------------------------------------------------------- what is done

    def needed(self, node: Expr) -> Iterable[Expr]:
        """What must be done before the node: the terms of a closed sum, the leaves of arithmetic, arguments."""
        if node in self.closed:
            return [part for part, n in spread(node, "sum").items() if n]
        if region_of(node) in ("sum", "product"):
            return [part for part in self.arithmetic(node) if self.is_leaf(part, node)]
        return node.args if self.deep else ()

    def arithmetic(self, top: Expr) -> list[Expr]:
        """The arithmetic from `top` down to its leaves, parts before wholes."""
        seen: set[Expr] = set()
        order: list[Expr] = []
        stack: list[Expr | None] = [top]
        while stack:
            node = stack.pop()
            tick()
            if node is None:
                order.append(stack.pop())  # type: ignore[arg-type]  # a mark always lies on a node
            elif node not in seen:
                seen.add(node)
                parts = () if self.is_leaf(node, top) else arithmetic_parts(node)
                stack += (node, None, *reversed(parts))
        return order

    def is_leaf(self, node: Expr, top: Expr) -> bool:
        return region_of(node) in ("leaf", "number") or (node in self.closed and node is not top)

    def finish(self, node: Expr) -> None:
        """Do one node whose parts are done; or close a sum in it that would grow too large."""
        if node in self.closed:
            self.done[node] = self.plain_sum(node)
        elif not isinstance(node, App) or not node.args:
            self.done[node] = node
        else:
            arithmetic = region_of(node) != "leaf"
            rebuilt: dict[Expr, Expr] = self.rebuilt(node) if arithmetic else {node: self.with_arguments(node)}
            try:
                self.done[node] = self.formed(rebuilt[node]) if arithmetic else self.applied(rebuilt[node])
            except TooLargeError as large:
                self.close(node, rebuilt, large)

    def with_arguments(self, node: App) -> Expr:
        """A function of finished arguments."""
        return App(node.op, tuple([self.done[part] for part in node.args])) if self.deep else node

    def rebuilt(self, top: Expr) -> dict[Expr, Expr]:
        """The arithmetic from `top` down with its leaves done."""
        found: dict[Expr, Expr] = {}
        for node in self.arithmetic(top):
            tick()
            if self.is_leaf(node, top):
                found[node] = self.done[node]
            else:
                parts = arithmetic_parts(node)
                found[node] = App(node.op, (*[found[part] for part in parts], *node.args[len(parts) :]))  # type: ignore[union-attr]  # arithmetic
        return found

    def close(self, top: Expr, rebuilt: dict[Expr, Expr], large: TooLargeError) -> None:
        """Leave the sum that grew too large as it is, or the whole piece where it is no sum of this formula."""
        if self.form.strict:
            what = "such sums" if isinstance(large, TooWideError) else "powers"
            raise LimitError(f"multiplied out, {large}", f"factor, together and cancel leave {what} as they are")
        blamed: Expr | None = getattr(large, "node", None)
        sums = [node for node, new in rebuilt.items() if new is blamed and region_of(node) == "sum"]
        if sums and sums[-1] not in self.closed:
            self.closed.add(sums[-1])
            self.unsettled = True
        else:
            self.done[top] = rebuilt[top]

    def plain_sum(self, node: Expr) -> Expr:
        """A sum of finished terms, only equal ones taken together."""
        weights: dict[Expr, int] = {}
        for part, n in spread(node, "sum").items():
            weights[self.done[part]] = weights.get(self.done[part], 0) + n
        kept = sorted([(part, n) for part, n in weights.items() if n], key=lambda term: self.key(term[0]), reverse=True)
        kept.sort(key=lambda term: term[1] < 0)
        if not kept:
            return ZERO
        whole = self.multiple(*kept[0])
        for part, n in kept[1:]:
            tick()
            whole = App(ops.sub if n < 0 else ops.add, (whole, self.multiple(part, abs(n))))
        return whole

    def multiple(self, part: Expr, n: int) -> Expr:
        if n == 1:
            return part
        whole = App(ops.neg, (part,)) if n == -1 else App(ops.mul, (Num(n), part))
        try:
            return self.formed(whole)
        except TooLargeError:
            return whole

    # -------------------------------------------------------------------------------------------------- pieces, leaves

    def formed(self, e: Expr) -> Expr:
        """A piece of arithmetic whose leaves are done, in this form. Raises TooLargeError."""
        try:
            region = self.region(e)
            value = region.value() if self.form.termwise else region.cancelled(region.value())
            written = self.form.write(region, self.writer(region), value)
        except NoValueError:
            return NOWHERE
        self.met.append((region, value))
        self.unsettled |= any([g.base is not None for g in region.generators])
        if value.number < 0:
            self.negatives[written] = region, value
        return written

    def region(self, e: Expr) -> Region:
        form = self.form
        return Region(e, self.key, self.exponents, termwise=form.termwise, room=form.room)

    def writer(self, region: Region) -> Writer:
        return Writer(region, self.decimals, self.exponential)

    def number(self, value: Exact) -> Expr:
        if value.denominator == 1 or (self.decimals and decimal(value)):
            return Num(value)
        return App(ops.div, (Num(value.numerator), Num(value.denominator)))

    def applied(self, node: Expr) -> Expr:
        """A function of finished arguments: its exact value, its law of signs, or itself."""
        if not isinstance(node, App):
            return node
        op, args = node.op, node.args
        value = exact_value(op, args)
        if value is not None:
            return self.number(value)
        if op is ops.where:
            return chosen(args)
        if op in (ops.pow, ops.sqrt):
            return self.power(node)
        if op.parity and op.arity == 1 and (opposite := self.opposite(args[0])) is not None:
            plain = App(op, (opposite,))
            return plain if op.parity == "even" else App(ops.neg, (plain,))
        if op is ops.exp:
            self.note(node)
        return node

    def opposite(self, argument: Expr) -> Expr | None:
        """-argument, where the argument is written with a minus in front."""
        if isinstance(argument, Num):
            return Num(-argument.value) if argument.value < 0 else None
        if isinstance(argument, App) and argument.op is ops.neg:
            return argument.args[0]
        if argument not in self.negatives:
            return None
        region, value = self.negatives[argument]
        return self.form.write(region, self.writer(region), value.scaled(-1))

    def power(self, node: App) -> Expr:
        """A power or root that is no arithmetic as it was written, but may be by now."""
        if whole_exponent(node) is not None:
            return self.formed(node)
        if node.args[0] is ONE:
            return ONE
        under = root_of(node)
        base, n = under or (ZERO, 1)
        if not isinstance(base, App):
            return node
        if base.op is ops.exp:  # positive, so that exponents multiply
            return self.function_of(ops.exp, App(ops.mul, (self.number(n), base.args[0])))
        within = root_of(base)
        if within is None:
            return node
        inner, m = within
        exponent = Fraction(n * m)
        if exponent.denominator == 1:
            return self.formed(App(ops.pow, (inner, Num(exponent))))
        value = exact_value(ops.pow, (inner, self.number(exponent)))
        if value is not None:
            return self.number(value)
        half = exponent == Fraction(1, 2)
        return App(ops.sqrt, (inner,)) if half else App(ops.pow, (inner, self.number(exponent)))

    def function_of(self, op: Op, argument: Expr) -> Expr:
        whole = App(op, (self.formed(argument),))
        self.note(whole)
        return whole

    # ---------------------------------------------------------------------------------------------------- exponentials

    def note(self, whole: App) -> None:
        """Remember the terms of the u in exp(u)."""
        if whole not in self.exponents:
            terms = self.terms(whole.args[0])
            terms = {whole.args[0]: 1} if terms is None else terms
            self.exponents[whole] = terms
            self.exponentials.setdefault(frozenset(terms.items()), whole)

    def terms(self, e: Expr) -> dict[Expr, Exact] | None:
        """A sum as terms with coefficients; None where it is too large to be multiplied out, or has no value."""
        try:
            region = Region(e, self.key, self.exponents, termwise=True, room=100)
            rows, scale = region.terms(region.value())
        except (TooLargeError, NoValueError):
            return None
        writer, number = self.writer(region), exact_number(scale)
        return {writer.term(row, 1): c * number for row, c in rows}

    def exponential(self, terms: dict[Expr, Exact]) -> Expr:
        """exp of a sum of terms."""
        known = self.exponentials.get(frozenset(terms.items()))
        if known is None:
            argument: Expr = ZERO
            for term, n in terms.items():
                argument = App(ops.add, (argument, App(ops.mul, (self.number(n), term))))
            known = App(ops.exp, (self.formed(argument),))
            self.exponents[known] = dict(terms)
            self.exponentials[frozenset(terms.items())] = known
        return known

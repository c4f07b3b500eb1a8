"""The simplifier: every part is written in several ways, and the cheapest stays.

The values of all parts lie in one field (`field`), so that what is equal meets; from the leaves up, each part keeps the
cheapest of what it was with its best parts, what its value reads, and what the rules make of it. A formula too large
for one field is done window by window, the parts below as closed symbols, so that shared graphs stay graphs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symdiff.algebra.budget import Budget, SpentError, budget_of
from symdiff.algebra.compose import MARGIN, Composer
from symdiff.algebra.conditions import conditions_gained
from symdiff.algebra.field.reading import PLAIN, Reader
from symdiff.algebra.field.signs import EmptyError
from symdiff.algebra.field.values import ExhaustedError, UnsettledError
from symdiff.algebra.measure import Measure, reading
from symdiff.algebra.normal import chosen, exact_value, normal
from symdiff.algebra.outcome import Simplification, Step
from symdiff.algebra.passes import Pass, keeps_all_points, other_angles
from symdiff.algebra.write.writer import Writer
from symdiff.core import ops
from symdiff.core.calm import calm
from symdiff.core.exact import exact_quotient, is_decimal
from symdiff.core.expr import App, Expr, Num, Op
from symdiff.core.fold import postorder, size
from symdiff.text.parse import Formula, expression

ROUNDS = 6  # until nothing changes; two are the rule
LARGE = 2000  # nodes from which on the normal form goes first
AT_ONCE = 400  # nodes of a formula that is tried as one window
WINDOW = 100  # nodes of the tree, from closed parts up, that are looked at together
WORK, WINDOW_WORK = 12_000, 2_500  # terms multiplied out and written, of the whole (about a second) and of a window
CAP = 1000.0  # what a closed part counts at most: more would drown every difference
HEAVY = 5  # nodes that a function counts for: a window should not hold more than some twenty
KEPT = 25  # nodes up to which a finished window is looked into again by the next

# fmt: off
WELL_KNOWN = frozenset((  # no rule holds these alone, and the rules take longer to load than all the rest
    ops.add, ops.sub, ops.neg, ops.mul, ops.div, ops.pow, ops.sqrt, ops.exp, ops.log, ops.pi, ops.e, ops.sin, ops.cos,
    ops.tan, ops.cot, ops.sec, ops.csc, ops.sinh, ops.cosh, ops.tanh,
))
# fmt: on
CHOICES = frozenset((ops.where, ops.both, ops.either, ops.no))


def simplify(e: Formula, budget: Budget | float | None = None, measure: Measure = reading) -> Expr:
    """The smallest form of e that is found: never larger than e by the measure, and equal to it wherever e has a value.

    It may have a value in more places (x/x becomes 1); `simplification` tells the conditions. To simplify twice is to
    simplify once; the result depends on e alone, not on hash seeds, threads or earlier calls. `budget`: seconds, or a
    Budget of seconds, nodes and bits (default: 5 s); what runs out ends the search, and the best form so far is the
    answer. `measure` gives the cost of one node without its parts; the default counts what a reader reads. Raises
    ParseError on bad text.

    >>> simplify("2*x*sin(x) + x^2*cos(x) + x*sin(x)")
    x*(x*cos(x) + 3*sin(x))
    >>> simplify("sinh(x)^2 - cosh(x)^2 + sqrt(x^2)")
    abs(x) - 1
    """
    with calm:
        run = Simplifier(expression(e), budget_of(budget), measure)
        result = run.run()
    if run.stopped == "interrupted":
        raise KeyboardInterrupt
    return result


def simplification(e: Formula, budget: Budget | float | None = None, measure: Measure = reading) -> Simplification:
    """The simplified form with its conditions, the steps to it, and why the search stopped.

    >>> simplification("x/x").result
    1
    """
    whole = expression(e)
    with calm:
        run = Simplifier(whole, budget_of(budget), measure, tracing=True)
        result = run.run()
        return Simplification(result, conditions_gained(whole, result, run.budget), tuple(run.steps), run.stopped)


class Simplifier:
    """One run: the formula, its budget, and the composer that writes everything in it."""

    def __init__(self, root: Expr, budget: Budget, measure: Measure = reading, *, tracing: bool = False) -> None:
        self.root, self.budget, self.tracing = root, budget, tracing
        order = postorder(root)
        self.make = Composer(measure, decimals=any([has_decimals(node) for node in order]))
        # A shorter text may have more nodes only where digits can be saved.
        self.long_numbers = measure is reading and any([node.__class__ is Num and reading(node) > 1 for node in order])
        self.found: dict[Expr, list[Step]] = {}  # what was written, and the steps to it
        self.steps: list[Step] = []
        self.ruled: dict[Expr, bool] = {}
        self.nodes, self.large = 0, False
        self.stopped = "done"

    def run(self) -> Expr:
        """Rounds until nothing gets smaller, or the budget is used up: the best form so far."""
        result = self.root
        for _ in range(ROUNDS):
            if self.make.decimals and not any([has_decimals(node) for node in postorder(result)]):
                self.make = Composer(self.make.measure)  # what has none any more is simplified as if it never had
            try:
                smaller = self.whole(result)
            except (SpentError, KeyboardInterrupt) as end:
                self.stop(end)
                break
            if smaller is result:
                break
            if self.tracing and self.make.cost(smaller) < self.make.cost(result) - MARGIN:
                self.steps += self.found.get(smaller) or [Step("terms and factors put together", result, smaller)]
            result = smaller
            if self.stopped != "done":
                break
        return result

    def stop(self, end: BaseException) -> None:
        self.stopped = "interrupted" if isinstance(end, KeyboardInterrupt) else str(end)

    def is_ruled(self, e: Expr) -> bool:
        """Whether a rule may concern e: all are about an operation that the field does not know through and through."""
        stack = [e]
        while stack:
            node = stack[-1]
            waiting = [part for part in node.args if part not in self.ruled]
            if waiting:
                stack += waiting
            else:
                own = node.__class__ is App and node.op not in WELL_KNOWN
                self.ruled[node] = own or any([self.ruled[part] for part in node.args])
                stack.pop()
        return self.ruled[e]

    def looked_at(self, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > self.budget.nodes:
            raise SpentError("nodes")

    # --------------------------------------------------------------------------------------------------------- windows

    def whole(self, root: Expr) -> Expr:
        """The formula at once, if it has no choices and that is not too much work; else in windows."""
        order = postorder(root)
        self.make.open_all()
        self.large = len(order) > AT_ONCE
        if not self.large and not any([is_choice(node) for node in order]):
            try:
                return self.window(root, frozenset())
            except ExhaustedError:
                self.large = True
        if len(order) > LARGE:
            smaller = normal(root, self.budget.check)
            fewer = postorder(smaller)
            if len(fewer) < len(order):
                root, order = smaller, fewer
        found = self.by_windows(root, order)
        return root if self.large and len(postorder(found)) > len(order) else found

    def by_windows(self, root: Expr, order: list[Expr]) -> Expr:
        """From the leaves up: a part that has grown to a window is simplified, and closed if it stays large.

        Choices are closed too, each branch on its own. When the budget is used up, the rest stays as it is.
        """
        now: dict[Expr, Expr] = {}
        weights: dict[Expr, int] = {}
        for node in order:
            if node.__class__ is not App or not node.args:
                now[node], weights[node] = node, 1
                continue
            parts = tuple([now[part] for part in node.args])
            e = node if parts == node.args else App(node.op, parts)
            own = 1 if node.op in PLAIN else HEAVY
            now[node], weights[node] = e, own + sum([weights[part] for part in node.args])
            full = self.large and weights[node] > WINDOW
            if self.stopped == "done" and (full or node is root or node.op in CHOICES):
                try:
                    now[node] = self.choice(e) if node.op in CHOICES else self.window_or_parts(e)
                    weights[node] = self.weight(now[node])
                except (SpentError, KeyboardInterrupt) as end:
                    self.stop(end)
        return now[root]

    def weight(self, e: Expr) -> int:
        """The nodes of what was just simplified; many, or a choice, are closed and count one."""
        closed = self.make.closed
        count = len(postorder(e, closed=closed))
        if e.args and (is_choice(e) or (self.large and count > KEPT)):
            self.make.costs[e] = min(self.make.cost(e), CAP)
            closed.add(e)
            self.make.forget()
            return 1
        return count

    def choice(self, e: App) -> Expr:
        """A choice or a piece of logic, each argument on its own: what one asks of its symbols, another need not."""
        e = App(e.op, tuple([self.window_or_parts(part) for part in e.args]))
        return chosen(e.args) if e.op is ops.where else e

    def window_or_parts(self, e: Expr) -> Expr:
        """A window; if that is too much work, its parts, each on its own."""
        closed = self.make.closed
        done: dict[Expr, Expr] = {}
        stack = [e]
        while stack:
            node = stack[-1]
            if node in done:
                stack.pop()
            elif not isinstance(node, App) or node in closed:
                done[node] = stack.pop()
            elif not (waiting := [a for a in node.args if a not in done]):
                stack.pop()
                done[node] = App(node.op, tuple([done[a] for a in node.args]))
            else:
                try:
                    done[node] = self.window(node, closed)
                    stack.pop()
                except ExhaustedError:
                    stack += waiting
        return done[e]

    def window(self, e: Expr, closed: frozenset[Expr] | set[Expr]) -> Expr:
        """The cheapest form of e that is found, what is closed being left alone; e itself if there is none."""
        if e.__class__ is not App or not e.args or e in closed:
            return e
        arranged = self.arranged(e, closed)
        best = self.make.best([arranged, *self.forms(e, closed, self.make.cost(arranged) - MARGIN)])
        if self.large:  # to put sums together anew would undo what they share
            smaller = self.make.cost(best) < self.make.cost(e) - MARGIN
            return best if smaller and len(postorder(best, closed=closed)) <= len(postorder(e, closed=closed)) else e
        if self.make.cost(best) >= self.make.cost(arranged) - MARGIN:
            best = arranged
        if best is e:
            return e
        longer = self.make.cost(best) > self.make.cost(e) + MARGIN
        return e if longer or (self.long_numbers and size(best) > size(e)) else best

    def forms(self, e: Expr, closed: frozenset[Expr] | set[Expr], bound: float) -> Iterator[Expr]:
        """The value of e written anew, if that costs less than the bound: the next round looks into its parts.

        Else e written part by part; and as a whole, with angles read in other ways, where that may be shorter.
        """
        reader = Reader(e, closed)
        self.looked_at(len(reader.order))
        try:
            field, values = reader.field(self.budget, **self.extent())
        except ExhaustedError:
            raise
        except (EmptyError, UnsettledError):
            return
        way = Pass(self, reader, Writer(field, self.make), values)
        outline = way.outline() if not self.large else None
        if outline is not None and self.make.cost(outline) < bound:
            yield outline
            if self.tracing:
                self.found[outline] = [Step(way.writer.ways.get(outline, "like terms"), e, outline, ())]
            return
        whole = way.run()
        yield whole
        if self.tracing:
            self.found[whole] = way.steps_to(e)
        for modes in other_angles(reader, field, values[e]) if not self.large else ():
            try:
                field, values = reader.field(self.budget, work=WORK // 4, **modes)
                if keeps_all_points(field, values[e]):
                    yield Writer(field, self.make).value(values[e])
            except (EmptyError, UnsettledError):
                continue

    def extent(self) -> dict[str, Any]:
        """How far a reading goes: windows of a large formula are many, and each has to be cheap."""
        return {"work": WINDOW_WORK, "longest": 0} if self.large else {"work": WORK}

    def arranged(self, e: Expr, closed: frozenset[Expr] | set[Expr]) -> Expr:
        """e with sums and products put together anew, and nothing else."""
        done: dict[Expr, Expr] = {}
        for node in postorder(e, closed=closed):
            done[node] = self.rebuilt(node, done) if node.__class__ is App and node not in closed else node
        return done[e]

    def rebuilt(self, node: App, done: dict[Expr, Expr]) -> Expr:
        """A node with its parts as they are by now, like terms, like factors and numbers put together."""
        args = tuple([done[part] for part in node.args])
        known = self.make.together
        found = known.get((node.op, args))
        if found is None:
            found = known[node.op, args] = self.put_together(node.op, args)
        return found

    def put_together(self, op: Op, args: tuple[Expr, ...]) -> Expr:
        make = self.make
        if op is ops.neg:
            return make.negated(args[0])
        if op is ops.add or op is ops.sub:
            return make.sum([(1, args[0]), (1 if op is ops.add else -1, args[1])])
        if op is ops.mul:
            (c, u), (n, v) = make.factors(args[0]), make.factors(args[1])
            return make.product(c * n, [*u, *v])
        if op is ops.div:
            return self.quotient(*args)
        value = exact_value(op, args)
        if value is not None and make.cost(number := make.number(value)) <= make.cost(App(op, args)):
            return number
        if op is ops.pow and args[1] is ops.ONE:
            return args[0]
        if op.parity and op.arity == 1 and make.begins_with_minus(args[0]):
            plain = App(op, (make.negated(args[0]),))
            return plain if op.parity == "even" else make.negated(plain)
        return App(op, args)

    def quotient(self, u: Expr, v: Expr) -> Expr:
        (c, over), (n, under) = self.make.factors(u), self.make.factors(v)
        if n == 0:
            return App(ops.div, (u, v))
        return self.make.product(exact_quotient(c, n), [*over, *[(b, -k) for b, k in under]])


def is_choice(node: Expr) -> bool:
    return node.__class__ is App and node.op in CHOICES


def has_decimals(node: Expr) -> bool:
    return node.__class__ is Num and node.value.denominator != 1 and is_decimal(node.value)

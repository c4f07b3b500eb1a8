"""The pass over a graph that puts the stable forms in place: one walk, and another where the last one found some."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import cast

from symdiff.core import ops
from symdiff.core.expr import App, Expr
from symdiff.core.fold import postorder
from symdiff.numeric.stable.attempts import ATTEMPTS, TOPS, WANTED_ALONE, attempts, better
from symdiff.numeric.stable.match import kind
from symdiff.numeric.stable.sums import log_of_sum

PASSES = 12  # each finds what the last one made; three is usual


def stable(es: Sequence[Expr]) -> list[Expr]:
    """The same real functions, written so that floats lose fewer digits: `table.py` has the forms and their sources.

    Each has a value exactly where the one given has; where no form applies, it is the one given. Common parts stay
    common. The rewritten formula may cost more: 1 - cos(x) becomes 2 sin(x/2)^2, although cos(x) is there. But
    1 - tanh(x)^2 stays where tanh(x) has another use: what it loses there is small beside 1.

    >>> from symdiff import parse
    >>> stable([parse("(exp(x) - 1)/x"), parse("log(1 + exp(x))"), parse("sqrt(x + 1) - sqrt(x)"), parse("x + 1")])
    [expm1(x)/x, softplus(x), 1/(sqrt(x + 1) + sqrt(x)), x + 1]
    """
    return stable_in_order(es)[0]


def stable_in_order(es: Sequence[Expr]) -> tuple[list[Expr], list[Expr]]:
    """The stable forms, and all their nodes with parts before wholes: listing these takes as long as the rules."""
    found = list(es)
    for _ in range(PASSES):
        order = postorder(*found)
        done = rewritten(order, found)
        if not done:
            return found, order
        found = [done.get(e, e) for e in found]
    return found, postorder(*found)


def rewritten(order: Sequence[Expr], roots: Sequence[Expr]) -> dict[Expr, Expr]:
    """The nodes that change, with what they become; a rule sees a node as it was, then with its parts as they are."""
    done: dict[Expr, Expr] = {}
    nodes = cast(list[App], [node for node in order if node.args])
    kept = {part for node in nodes if node.op is ops.where for part in written_by_a_rule(node)}
    shared = at_hand(nodes, roots)
    for node in nodes:
        op, args = node.op, node.args
        if op is ops.log and (sum_form := log_of_sum(node)) is not None:
            done[node] = sum_form
            continue
        if op in TOPS:
            u, v = cast(App, args[0]), cast(App, args[-1])  # or numbers or symbols, which have no arguments
            worth = ATTEMPTS[op, u.op if u.args else u.__class__, v.op if v.args else v.__class__]
            if worth and node not in kept and (new := better(node, worth, done, shared)) is not None:
                done[node] = new
                continue
        if done and not done.keys().isdisjoint(args):
            again = App(op, tuple([done.get(part, part) for part in args]))
            found = better(again, attempts(again), {}, shared) if op in TOPS and node not in kept else None
            done[node] = again if found is None else found
            if node in shared:
                shared.add(done[node])
    return done


def at_hand(nodes: Sequence[App], roots: Sequence[Expr]) -> set[Expr]:
    """The functions that a rule wants alone and that are not: results, and what two nodes take."""
    if WANTED_ALONE.isdisjoint([node.op for node in nodes]):
        return set()
    uses = Counter([part for node in nodes for part in {*node.args} if kind(part) in WANTED_ALONE])
    results = {e for e in roots if kind(e) in WANTED_ALONE}
    return results | {e for e, count in uses.items() if count > 1}


def written_by_a_rule(choice: App) -> list[Expr]:
    """The parts of a `where` that a rule put there, to stay as they are: no two numbers are nearly equal in them.

    What the rule makes of a branch is this very node.
    """
    branches = [part for part in choice.args[1:] if isinstance(part, App) and part.op in TOPS]
    if any([better(branch, attempts(branch), {}, set()) is choice for branch in branches]):
        return [*branches, *[part for branch in branches for part in branch.args]]
    return []

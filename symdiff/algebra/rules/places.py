"""A rule, and the places where it applies: a node, the terms of a sum, the factors of a product, a chain.

A rule whose left side is a sum is found among the terms of a longer sum, with a common factor: `1 - erf(a)` in
`y - y*erf(x) + z`. There the terms without an operation, such as that 1, need not be present: they are carried to the
other side, like terms are collected, and the measure decides. A rule of a product is found among the factors of a
longer one, and one of `max`, `min`, `and`, `or` in a chain of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations, product
from typing import TypeAlias

from symdiff.algebra.rules.facts import holds
from symdiff.algebra.rules.match import COMMUTATIVE, REST, Bindings, Shape, filled, fit, matches
from symdiff.algebra.rules.terms import SUM, Term, term_of, terms_of, written_product, written_sum
from symdiff.core import ops
from symdiff.core.expr import App, Expr, Op, Operand, Sym, lift
from symdiff.core.fold import free_symbols, size
from symdiff.core.ops import ONE
from symdiff.errors import OperandError

SPREAD = frozenset((ops.add, ops.sub, ops.neg, ops.mul, ops.div, ops.pow))  # where one looks for a head
LONG = 12  # parts of a chain that are tried in pairs
WALK = 60  # nodes that are looked at for heads


@dataclass(frozen=True)
class Rule:
    """left = right wherever left has a value and `where` holds.

    `gains` holds where right has a value and left has none. `even` is the reason why a rule may apply that makes
    nothing smaller; `falls` fills the blanks of one that makes things smaller only there.
    """

    name: str
    left: App
    right: Expr
    where: Expr | None = None
    gains: Expr | None = None
    even: str | None = None
    falls: Mapping[Sym, Operand] | None = None
    asked: tuple[Sym, ...] = ()  # the blanks of the condition


def rule(
    name: str,
    left: App,
    right: Operand,
    where: App | None = None,
    gains: App | None = None,
    even: str | None = None,
    falls: Mapping[Sym, Operand] | None = None,
) -> Rule:
    """One row of the table. Raises OperandError for a rule that uses a blank which its left side does not bind."""
    asked = () if where is None else free_symbols(where)
    made = Rule(name, left, lift(right), where, gains, even, falls, asked)
    used = [part for part in (made.right, where, gains) if part is not None]
    if loose := [x.name for x in free_symbols(*used) if x not in free_symbols(left)]:
        raise OperandError(f"the rule {name!r} uses {', '.join(loose)}, which its left side does not bind")
    return made


Shaped: TypeAlias = tuple[Rule, tuple[Shape, ...]]
Places: TypeAlias = Iterator[tuple[Rule, Expr, Bindings]]  # the rule, the whole rewritten, what its blanks hold


def allowed(one: Rule, bound: Bindings) -> bool:
    """Whether the condition of the rule holds for what its blanks hold; never if these are just different symbols."""
    if one.where is None:
        return True
    asked = [bound[x] for x in one.asked]
    if len({*asked}) == len(asked) and all([part.__class__ is Sym for part in asked]):
        return False
    return holds(filled(one.where, bound))


def direct(rows: dict[Op | None, list[Shaped]], node: App) -> Places:
    """Rules whose left side is the node itself."""
    first = node.args[0] if node.args else node
    for key in (first.op, None) if first.__class__ is App else (None,):
        for one, shape in rows.get(key, ()):
            if fit(shape, node.args) or (node.op in COMMUTATIVE and fit(shape, node.args[::-1])):
                for bound in matches(((one.left, node),), {}):
                    if allowed(one, bound):
                        yield one, filled(one.right, bound), bound


def chained(rules: Iterable[Shaped], node: App) -> Places:
    """Rules of an associative operation, on any two parts of a chain."""
    op, parts = node.op, links(node)
    if len(parts) > LONG:
        return
    for (one, shape), (i, j) in product(rules, permutations(range(len(parts)), 2)):
        if fit(shape, (parts[i], parts[j])):
            for bound in matches(tuple(zip(one.left.args, (parts[i], parts[j]), strict=True)), {}):
                if allowed(one, bound):
                    rest = list(parts)
                    rest[min(i, j)] = filled(one.right, bound)
                    del rest[max(i, j)]
                    yield one, App(op, tuple(rest)) if len(rest) > 1 else rest[0], bound


def links(node: App) -> list[Expr]:
    """The parts of a chain of one operation."""
    found: list[Expr] = []
    waiting: list[Expr] = [node]
    while waiting:
        part = waiting.pop()
        if part.__class__ is App and part.op is node.op:
            waiting += part.args[::-1]
        else:
            found.append(part)
    return found


def signature_of(e: Expr) -> frozenset[tuple[Op, int]]:
    """The operations of the factors above (1) and below (-1) the bar, in sums (0), in their arguments (2)."""
    found: list[tuple[Op, int]] = []
    for base, n in term_of(e).factors.items():
        if base.__class__ is App and base.op in SUM:
            found.append((ops.add, 1 if n > 0 else -1))
            found += [(op, 0) for op in heads_of(base)]
        elif base.__class__ is App and base.args:
            found.append((base.op, 1 if n > 0 else -1))
            found += [(op, 2) for part in base.args if part.__class__ is App for op in heads_of(part)]
    return frozenset(found)


class ProductRule:
    """A rule of a product, and what must be among the factors for it."""

    def __init__(self, one: Rule) -> None:
        self.rule = one
        self.pattern = App(ops.mul, (one.left, REST))
        self.signature = frozenset([part for part in signature_of(one.left) if part[0] not in (ops.add, ops.pow)])

    def applied(self, node: App) -> Places:
        """The node with the factors of the rule replaced; the others are kept."""
        for bound in matches(((self.pattern, node),), {}):
            if allowed(self.rule, bound):
                rest, right = bound[REST], filled(self.rule.right, bound)
                whole = right if rest is ONE else written_product(term_of(rest).times(term_of(right)))
                yield self.rule, whole, bound


class SumRule:
    """A rule of a sum: its terms with an operation, which must be found, and the others, which are carried over."""

    def __init__(self, one: Rule) -> None:
        terms = sorted(terms_of(one.left), key=lambda term: size(written_product(term)))
        solid = [term for term in terms if heads_of_pattern(written_product(term))]
        self.rule = one
        self.loose = [term for term in terms if term not in solid]
        self.patterns = [App(ops.mul, (written_product(term), REST)) for term in solid]
        self.heads = [head_of(written_product(term)) for term in solid]
        if not 1 <= len(solid) <= 2:
            raise OperandError(f"the rule {one.name!r} has {len(solid)} terms with an operation, and may have 1 or 2")

    def applied(self, node: App) -> Places:
        """The node with the terms of the rule replaced; the common factor is kept."""
        terms = terms_of(node)
        for places, bound in self.found(terms):
            others = [term for i, term in enumerate(terms) if i not in places]
            common = term_of(bound[REST])
            carried = [common.times(term_of(filled(written_product(term), bound))) for term in self.loose]
            if self.may_be_carried(carried, others) and allowed(self.rule, bound):
                new = common_times(common, filled(self.rule.right, bound))
                yield self.rule, written_sum([*others, *new, *[term.scaled(-1) for term in carried]]), bound

    def found(self, terms: list[Term]) -> Iterator[tuple[tuple[int, ...], Bindings]]:
        """The places of the terms that match, and what the blanks hold then."""
        for i in candidates(terms, self.heads[0]):
            for bound in matches(((self.patterns[0], written_product(terms[i])),), {}):
                if len(self.patterns) == 1:
                    yield (i,), bound
                    continue
                for j in candidates(terms, self.heads[1]):
                    if j != i:
                        for both in matches(((self.patterns[1], written_product(terms[j])),), bound):
                            yield (i, j), both

    def may_be_carried(self, carried: list[Term], others: list[Term]) -> bool:
        """Whether one of the terms to be carried over meets its like, and all have values wherever the sum has one.

        Polynomials do, and what is there already.
        """
        present = {term.key for term in others}
        met = [term.key in present for term in carried]
        plain = [is_polynomial(term) for term in self.loose]
        return not met or (any(met) and all([there or safe for there, safe in zip(met, plain, strict=True)]))


def is_polynomial(term: Term) -> bool:
    """Whether a term of a pattern has a value wherever its blanks have."""
    return all([n > 0 and not base.args for base, n in term.factors.items()])


def candidates(terms: list[Term], head: Op) -> list[int]:
    """The places of the terms with a factor of this operation."""
    return [i for i, term in enumerate(terms) if any([f.__class__ is App and f.op is head for f in term.factors])]


def common_times(common: Term, right: Expr) -> list[Term]:
    """The terms of common * right, a sum taken apart where that costs nothing."""
    if not common.factors and common.coefficient in (1, -1):
        return [term.scaled(common.coefficient) for term in terms_of(right)]
    return [common.times(term_of(right))]


def heads_of(node: App) -> list[Op]:
    """The operations that stand below nothing but arithmetic, each once; of a large node some of them."""
    heads: list[Op] = []
    waiting: list[Expr] = [node]
    for part in waiting:  # which grows
        if part.__class__ is App:
            op = part.op
            if op not in SPREAD:
                if op not in heads:
                    heads.append(op)
            elif len(waiting) < WALK:
                waiting += part.args
    return heads


def head_of(left: Expr) -> Op:
    """The first such operation of a pattern."""
    return heads_of_pattern(left)[0]


def heads_of_pattern(left: Expr) -> list[Op]:
    heads: dict[Op, None] = {}
    waiting = [left]
    while waiting:
        part = waiting.pop(0)
        if part.__class__ is App:
            if part.op in SPREAD:
                waiting += part.args
            elif part.args:
                heads[part.op] = None
    return list(heads)

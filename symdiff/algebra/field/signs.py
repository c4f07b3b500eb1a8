"""What is known of the signs of the bases of a field: linear algebra over GF(2), kept sound where a base is 0.

A fact says that a product of signs is +1 or -1, as an even root, a logarithm or a division of the formula demands. At a
point where a base is 0 its sign may be chosen, so that the fact holds there too; the choice is free only while no other
accepted fact names that base. A fact that would name it twice waits until the base is known not to be 0: sqrt(a*b) and
sqrt(b*c) do not make a*c positive where b is 0.
"""

from __future__ import annotations

from typing import NamedTuple

Members = frozenset[int]
NONE: Members = frozenset()


class EmptyError(Exception):
    """The facts contradict each other: the formula has a value nowhere, or at isolated points only."""


class Fact(NamedTuple):
    """The signs of the members multiply to `sign`, where none of `unless` is 0."""

    members: Members
    sign: int
    unless: Members


class Signs:
    """The facts, those accepted as rows of an echelon form (pivot: rest and sign), and which bases are not 0."""

    def __init__(self, *, lenient: bool = False) -> None:
        self.lenient = lenient  # accept every fact, and let the caller state what was assumed
        self.facts: list[Fact] = []
        self.rows: dict[int, tuple[Members, int]] = {}
        self.fixed: dict[int, int] = {}  # signs that bases have everywhere
        self.spoken_for: set[int] = set()  # bases that may be 0, whose sign an accepted fact chooses there
        self.nonzero: set[int] = set()
        self.asked: set[int] = set()  # bases that it would have helped to know not to be 0
        self.wanted: set[int] = set()  # lenient: bases whose sign was asked in vain
        self.assumed: set[int] = set()  # lenient: bases taken not to be 0
        self.version = 0

    def copied(self) -> Signs:
        """The same, to go on from."""
        new = Signs(lenient=self.lenient)
        new.facts, new.rows = list(self.facts), dict(self.rows)
        new.fixed, new.spoken_for = dict(self.fixed), set(self.spoken_for)
        new.nonzero, new.assumed, new.version = set(self.nonzero), set(self.assumed), self.version
        new.asked, new.wanted = set(self.asked), set(self.wanted)
        return new

    def known(self, members: Members, sign: int = 1) -> tuple[Members, int]:
        """The product of signs, with everything known put in: what is left, and a sign."""
        if not members or not (self.rows or self.fixed):
            return members, sign
        left: set[int] = set()
        for base in members:
            row = self.rows.get(base)
            if row is None:
                if base in self.fixed:
                    sign *= self.fixed[base]
                else:
                    left ^= {base}
            else:
                left ^= row[0]
                sign *= row[1]
        return frozenset(left), sign

    def is_known(self, base: int) -> int:
        """The sign of one base where it is not 0: 1, -1, or 0 if it is not known."""
        row = self.rows.get(base)
        return self.fixed.get(base, 0) if row is None else 0 if row[0] else row[1]

    def settled_by_now(self, members: Members, sign: int = 1) -> tuple[Members, int]:
        """As `known`; what is left is asked for: if it turns out later, the formula is read again."""
        left, sign = self.known(members, sign)
        if left:
            self.wanted |= left | members
        return left, sign

    def sign_wanted(self, base: int) -> int:
        """As `is_known`, likewise."""
        sign = self.is_known(base)
        if not sign:
            self.wanted.add(base)
        return sign

    def fix(self, base: int, sign: int) -> None:
        """Take in the sign that a base has everywhere where it is not 0, whatever the formula asks."""
        self.fixed[base] = sign
        if base in self.rows:
            self.settle()

    def learn(self, members: Members, sign: int, unless: Members = NONE) -> bool:
        """Take a fact in; whether it changed anything. Raises EmptyError where it contradicts the others."""
        left, value = self.known(members, sign)
        if not left:
            if value < 0 and members <= self.nonzero:
                raise EmptyError
            return (
                False  # where it contradicts the others one of the members is 0: a surface, on which all of them hold
            )
        fact = Fact(members, sign, unless)
        if fact in self.facts:
            return False
        before = self.rows
        self.facts.append(fact)
        try:
            if len(members) == 1 and not self.spoken_for.isdisjoint(members):
                return self.settle()  # single signs go first
            self.rows = dict(before)
            accepted = self.consider(fact)
            self.version += accepted and self.matters(before)
            return accepted
        except EmptyError:
            self.facts.remove(fact)
            self.rows = before
            raise

    def is_not_zero(self, base: int) -> None:
        """Take in that a base is not 0 anywhere in the domain; facts that waited for it may be accepted now."""
        if base not in self.nonzero:
            self.nonzero.add(base)
            self.version += base in self.asked
            if any([base in fact.unless or base in fact.members for fact in self.facts]):
                self.settle()

    def is_surely_not_zero(self, base: int) -> bool:
        """Whether that is known; if it turns out later, what was read before is read again."""
        if base not in self.nonzero:
            self.asked.add(base)
        return base in self.nonzero

    def settle(self) -> bool:
        """Accept what may be accepted, single signs first; whether the rows changed. Raises EmptyError."""
        before, self.rows = self.rows, {}
        self.spoken_for = set()
        for fact in sorted(self.facts, key=lambda fact: len(fact.members)):
            self.consider(fact)
        changed = self.rows != before
        self.version += changed and self.matters(before)
        return changed

    def matters(self, before: dict[int, tuple[Members, int]]) -> bool:
        """Whether something that was read would be read differently; in a proof it must have asked for such a sign."""
        if not self.lenient:
            return True
        return any([before.get(base) != self.rows.get(base) for base in self.wanted])

    def consider(self, fact: Fact) -> bool:
        """Accept a fact, unless it has to wait until more is known not to be 0. Raises EmptyError."""
        uncertain = fact.members - self.nonzero
        waits = bool(fact.unless - self.nonzero) or not self.spoken_for.isdisjoint(uncertain)
        if len(fact.members) > 1 and not self.fixed.keys().isdisjoint(uncertain):
            waits = True
        if waits and self.lenient:
            self.assumed |= (fact.unless | fact.members) - self.nonzero
        elif waits:
            return False
        self.spoken_for |= uncertain
        return self.accept(fact)

    def accept(self, fact: Fact) -> bool:
        """One more row, the others kept reduced by it; whether it is one."""
        left, sign = self.known(fact.members, fact.sign)
        if not left:
            if sign < 0 and fact.members <= self.nonzero:
                raise EmptyError
            return False
        pivot = max(left)
        rest = left - {pivot}
        for base, (others, value) in list(self.rows.items()):
            if pivot in others:
                self.rows[base] = ((others ^ {pivot}) ^ rest, value * sign)
        self.rows[pivot] = (rest, sign)
        return True

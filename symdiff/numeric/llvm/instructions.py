"""The builder of LLVM code: each method writes one instruction and names its result; constants, truth values, integers.

Operands are texts: the name of a value, or a constant. There are three kinds, vectors of doubles, of 64-bit integers
and of truth values (masks). What is written twice is computed once.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable, Sequence
from math import inf
from typing import Any, NamedTuple


class Doubt(NamedTuple):
    """A value that is wrong where it is infinite, subnormal or 0 and no cause explains it, or beyond a limit.

    A cause that is infinite or 0 explains it. Where one of `carried` is infinite, the value is infinite, nan or 0.
    """

    value: str
    causes: Sequence[str] = ()
    carried: Sequence[str] = ()
    zero: bool = True  # whether 0 is wrong
    limit: float = inf


class Instructions:
    """The code of one loop body, instruction after instruction, on vectors of `lanes` doubles.

    >>> b = Instructions(2)
    >>> b.iadd("%i", b.integer(1)), b.lines
    ('%v1', ['%v1 = add <2 x i64> %i, splat (i64 1)'])
    """

    def __init__(self, lanes: int, features: frozenset[str] = frozenset()) -> None:
        self.lanes, self.features = lanes, features
        self.floats, self.integers, self.masks = (f"<{lanes} x {kind}>" for kind in ("double", "i64", "i1"))
        self.lines: list[str] = []
        self.declarations: dict[str, None] = {}
        self.flagged: str | None = None
        self.doubts: list[Doubt] = []
        self.written: dict[str, str] = {}  # instruction -> the name of its result
        self.remembered: dict[Hashable, Any] = {}

    def do(self, instruction: str) -> str:
        """The name of what this instruction, free of side effects, computes."""
        name = self.written.get(instruction)
        if name is None:
            name = self.written[instruction] = f"%v{len(self.written) + 1}"
            self.lines.append(f"{name} = {instruction}")
        return name

    def call(self, function: str, kind: str, args: Sequence[str], kinds: Sequence[str]) -> str:
        """What a function of LLVM's gives, of the kind `kind`, for arguments of these kinds."""
        self.declarations[f"declare {kind} @{function}({', '.join(kinds)})"] = None
        return self.do(
            f"call {kind} @{function}({', '.join(f'{k} {arg}' for k, arg in zip(kinds, args, strict=True))})"
        )

    def remember(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What `make` gives, made once for each key: so sin(x) and cos(x) share their reduction."""
        if key not in self.remembered:
            self.remembered[key] = make()
        return self.remembered[key]

    def flag(self, mask: str) -> None:
        """These lanes are wrong, and to be computed again on the careful path."""
        self.flagged = mask if self.flagged is None else self.either(self.flagged, mask)

    # -------------------------------------------------------------------------------------------------------- constants

    def constant(self, x: float) -> str:
        """The same double in every lane."""
        return f"splat (double 0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X})"

    def vector(self, values: Sequence[float]) -> str:
        """These doubles, one in each lane."""
        return "<" + ", ".join([f"double {self.constant(x)[14:-1]}" for x in values]) + ">"

    def value_of(self, u: str) -> float | None:
        """The number that an operand is, None if it is no constant."""
        found: float | None = None
        if u.startswith("splat (double 0x"):
            (found,) = struct.unpack(">d", bytes.fromhex(u[16:32]))
        return found

    def integer(self, n: int) -> str:
        """The same integer in every lane."""
        return f"splat (i64 {n})"

    def bits_of(self, x: float) -> str:
        """The bits of a constant, as an integer."""
        return self.integer(struct.unpack("<q", struct.pack("<d", x))[0])

    def truth(self, holds: bool) -> str:
        """The same truth value in every lane."""
        return f"splat (i1 {'true' if holds else 'false'})"

    # ------------------------------------------------------------------------------------------------------------ masks

    def both(self, p: str, q: str) -> str:
        """Where both masks hold."""
        return self.do(f"and {self.masks} {p}, {q}")

    def either(self, p: str, q: str) -> str:
        """Where at least one mask holds."""
        return self.do(f"or {self.masks} {p}, {q}")

    def negate(self, p: str) -> str:
        """Where the mask does not hold."""
        return self.do(f"xor {self.masks} {p}, {self.truth(True)}")

    # --------------------------------------------------------------------------------------------------------- integers

    def iadd(self, i: str, j: str) -> str:
        """i + j, modulo 2^64."""
        return self.do(f"add {self.integers} {i}, {j}")

    def isub(self, i: str, j: str) -> str:
        """i - j, modulo 2^64."""
        return self.do(f"sub {self.integers} {i}, {j}")

    def iand(self, i: str, j: str) -> str:
        """The bits in both."""
        return self.do(f"and {self.integers} {i}, {j}")

    def ior(self, i: str, j: str) -> str:
        """The bits in either."""
        return self.do(f"or {self.integers} {i}, {j}")

    def ixor(self, i: str, j: str) -> str:
        """The bits in one alone."""
        return self.do(f"xor {self.integers} {i}, {j}")

    def shl(self, i: str, n: int) -> str:
        """i shifted up by n bits."""
        return self.do(f"shl {self.integers} {i}, {self.integer(n)}")

    def lshr(self, i: str, n: int) -> str:
        """i shifted down by n bits, zeros coming in."""
        return self.do(f"lshr {self.integers} {i}, {self.integer(n)}")

    def odd(self, i: str) -> str:
        """A mask: where the lowest bit is 1; made of that bit as a sign, which is what older processors choose by."""
        return self.do(f"icmp slt {self.integers} {self.shl(i, 63)}, zeroinitializer")

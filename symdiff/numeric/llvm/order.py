"""The order of instructions: the code of one loop body, arranged so that a processor waits little.

A processor looks some 300 instructions ahead, about one round of a loop. Written function after function, each long
chain of steps that wait for one another has little beside it that could be done meanwhile; interleaved, they fill each
other's gaps. This is list scheduling by the longest chain that still waits (Cooper and Torczon, "Engineering a
Compiler", section 12.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from heapq import heapify, heappop, heappush
from math import ceil

MOST = 256  # instructions arranged at a time: more chains side by side would not find room in the registers
LATENCY = {"fadd": 3, "fsub": 3, "fmul": 3, "fdiv": 13, "call": 4, "select": 2, "fcmp": 2}  # cycles; of others 1
NAME = re.compile(r"%\w+")


def arranged(lines: Sequence[str]) -> list[str]:
    """The same instructions, parts before wholes, in an order that keeps a processor busy.

    >>> for line in arranged(["%a = fadd double %x, %y", "%b = fdiv double %x, %y", "%c = fadd double %a, %b"]):
    ...     print(line)
    %b = fdiv double %x, %y
    %a = fadd double %x, %y
    %c = fadd double %a, %b
    """
    if not lines:
        return []
    size = ceil(len(lines) / ceil(len(lines) / MOST))
    return [line for start in range(0, len(lines), size) for line in interleaved(lines[start : start + size])]


def interleaved(lines: Sequence[str]) -> Iterator[str]:
    """One instruction a cycle, whose operands are there: that for which the longest chain waits."""
    numbers = {line.partition(" ")[0]: i for i, line in enumerate(lines)}
    operands = [{numbers[name] for name in NAME.findall(line)[1:] if name in numbers} for line in lines]
    latencies = [LATENCY.get(line.split(" ", 3)[2], 1) for line in lines]
    users: list[list[int]] = [[] for _ in lines]
    for i, sources in enumerate(operands):
        for source in sources:
            users[source].append(i)
    waits = [0] * len(lines)  # cycles from the beginning of each to the end of all that depends on it
    for i in reversed(range(len(lines))):
        waits[i] = latencies[i] + max([waits[user] for user in users[i]], default=0)
    missing, known = [len(sources) for sources in operands], [0] * len(lines)
    ready = [(-waits[i], i) for i in range(len(lines)) if not missing[i]]
    heapify(ready)
    later: list[tuple[int, int]] = []
    cycle = 0
    while ready or later:
        while later and later[0][0] <= cycle:
            _, i = heappop(later)
            heappush(ready, (-waits[i], i))
        cycle += 1
        if not ready:
            continue
        _, i = heappop(ready)
        yield lines[i]
        for user in users[i]:
            missing[user] -= 1
            known[user] = max(known[user], cycle + latencies[i])
            if not missing[user]:
                heappush(later, (known[user], user))

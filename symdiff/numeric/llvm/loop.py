"""A plan as one loop in LLVM's language, over `lanes` points at once.

The last round of the loop begins where a whole vector still fits, so that nothing beyond the arrays is read or written;
the few points it meets twice get the same results twice.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from symdiff.numeric.llvm.doubts import doubtful, settle
from symdiff.numeric.llvm.functions import GUARDED, emitter
from symdiff.numeric.llvm.order import arranged
from symdiff.numeric.llvm.plain import FUNCTIONS as PLAIN
from symdiff.numeric.llvm.vectors import Vectors
from symdiff.numeric.tape import Plan

LONG = 3000  # instructions: beyond, functions are called; written in place they would take LLVM more than linear time


def source(plan: Plan, single: bool, lanes: int, features: frozenset[str] = frozenset()) -> str:
    """The function `kernel(inputs, uniform, outputs, flags, lo, hi)` for points lo to hi, at least `lanes` of them.

    `inputs` and `outputs` are tables of addresses, `uniform` doubles; `flags` has a byte for each vector, which tells
    the lanes that must be computed again on the careful path; the result is not 0 if there are any. `again(block)` does
    the same for points 0 to hi, where the block of memory holds inputs, outputs, flags, hi, the place and number of
    some fields, and then the doubles; a field is an address and what must stand there, or else -1 is returned.

    >>> from symdiff.numeric.tape import Step
    >>> "fadd <2 x double> %x0, %x0" in source(Plan((0,), (), {}, (Step("+", 1, (0, 0)),), (1,)), False, 2)
    True
    """
    b = Vectors(lanes, features)
    values = filled(b, plan, emitter)
    if len(b.lines) > LONG:
        b, pages = Vectors(lanes, b.features), Pages()
        values = filled(b, plan, pages.caller)
        b.declarations |= pages.written
    asked, quick = doubtful(b), len(b.lines)
    settle(b)
    kind = f"<{lanes} x {'float' if single else 'double'}>"
    outputs = range(len(plan.results))
    entry = [line for i in range(len(plan.uniform)) for line in broadcast(i, lanes)]
    entry += [line for i in range(len(plan.inputs)) for line in pointer("inputs", "in", i)]
    entry += [line for i in outputs for line in pointer("outputs", "out", i)]
    loads = [line for i in range(len(plan.inputs)) for line in loaded(i, kind, b.floats)]
    stores = [line for i in outputs for line in stored(i, kind, b.floats, values[plan.results[i]])]
    return FRAME.format(
        declarations="\n".join(b.declarations),
        entry="\n  ".join(entry),
        body="\n  ".join([*loads, *arranged(b.lines[:quick]), *stores]),
        flags="\n  ".join(noted(b, asked, b.lines[quick:])),
        lanes=lanes,
        alignment=max(16, 8 * lanes),  # or what finds no register crosses lines of the cache
    )


def filled(b: Vectors, plan: Plan, writer: Callable[[str], Callable[..., str]]) -> dict[int, str]:
    """Write the steps of a plan; the operand of every place."""
    values = {place: b.constant(value) for place, value in plan.constants.items()}
    values |= {place: f"%u{i}" for i, place in enumerate(plan.uniform)}
    values |= {place: f"%x{i}" for i, place in enumerate(plan.inputs)}
    for op, place, args in plan.body:
        values[place] = writer(op)(b, *[values[arg] for arg in args])
    return values


class Pages:
    """Functions of vectors that long code calls; each is written when first met, with its constants in it."""

    def __init__(self) -> None:
        self.written: dict[str, None] = {}
        self.names: dict[tuple[str, ...], tuple[str, bool]] = {}  # and whether it flags lanes

    def caller(self, op: str) -> Callable[..., str]:
        """What writes the call of an operation; those of one or two instructions stay where they are."""
        return emitter(op) if op.removeprefix(GUARDED) in PLAIN else partial(self.call, op)

    def call(self, op: str, b: Vectors, *args: str) -> str:
        """The call of an operation; with its flags, where it has any."""
        parameters = [arg if b.value_of(arg) is not None else f"%a{i}" for i, arg in enumerate(args)]
        name, flags = self.names.get((op, *parameters)) or self.write(op, parameters, b)
        kind = f"{{{b.floats}, {b.masks}}}" if flags else b.floats
        given = [f"{b.floats} {arg}" for arg, parameter in zip(args, parameters, strict=True) if arg != parameter]
        found = b.do(f"call fastcc {kind} @{name}({', '.join(given)})")
        if not flags:
            return found
        b.flag(b.do(f"extractvalue {kind} {found}, 1"))
        return b.do(f"extractvalue {kind} {found}, 0")

    def write(self, op: str, parameters: list[str], like: Vectors) -> tuple[str, bool]:
        """Write the function of an operation; its name, and whether it flags lanes."""
        b = Vectors(like.lanes, like.features)
        value = emitter(op)(b, *parameters)
        settle(b)
        kind, end = b.floats, [f"ret {b.floats} {value}"]
        if b.flagged:
            kind = f"{{{b.floats}, {b.masks}}}"
            end = [
                f"%first = insertvalue {kind} poison, {b.floats} {value}, 0",
                f"%both = insertvalue {kind} %first, {b.masks} {b.flagged}, 1",
                f"ret {kind} %both",
            ]
        name, taken = f"f{len(self.names)}", [f"{b.floats} {arg}" for arg in parameters if arg.startswith("%")]
        head = f"define internal fastcc {kind} @{name}({', '.join(taken)}) noinline {{"
        self.written |= {**b.declarations, "\n  ".join([head, *b.lines, *end]) + "\n}": None}
        self.names[op, *parameters] = found = name, b.flagged is not None
        return found


def pointer(table: str, name: str, i: int) -> list[str]:
    """The address of array number i."""
    return [f"%{name}.p{i} = getelementptr ptr, ptr %{table}, i64 {i}", f"%{name}{i} = load ptr, ptr %{name}.p{i}"]


def broadcast(i: int, lanes: int) -> list[str]:
    """A number that is the same at every point, in every lane."""
    return [
        f"%u.p{i} = getelementptr double, ptr %uniform, i64 {i}",
        f"%u.s{i} = load double, ptr %u.p{i}",
        f"%u.v{i} = insertelement <{lanes} x double> poison, double %u.s{i}, i32 0",
        f"%u{i} = shufflevector <{lanes} x double> %u.v{i}, <{lanes} x double> poison, <{lanes} x i32> zeroinitializer",
    ]


def loaded(i: int, kind: str, floats: str) -> list[str]:
    """The next values of input i, as doubles."""
    name = f"%x{i}" if kind == floats else f"%x.s{i}"
    widened = [] if kind == floats else [f"%x{i} = fpext {kind} {name} to {floats}"]
    return [
        f"%x.p{i} = getelementptr {element(kind)}, ptr %in{i}, i64 %i",
        f"{name} = load {kind}, ptr %x.p{i}, align {ALIGN[element(kind)]}",
        *widened,
    ]


def stored(i: int, kind: str, floats: str, value: str) -> list[str]:
    """Result i, stored."""
    name = value if kind == floats else f"%y{i}"
    narrowed = [] if kind == floats else [f"{name} = fptrunc {floats} {value} to {kind}"]
    return [
        *narrowed,
        f"%y.p{i} = getelementptr {element(kind)}, ptr %out{i}, i64 %i",
        f"store {kind} {name}, ptr %y.p{i}, align {ALIGN[element(kind)]}",
    ]


def element(kind: str) -> str:
    """What a vector has in its lanes."""
    return kind.split()[2].rstrip(">")


ALIGN = {"float": 4, "double": 8}


def noted(b: Vectors, asked: str | None, rare: list[str]) -> list[str]:
    """The flagged lanes of this vector as one byte, and whether there has been any so far."""
    kind = f"i{b.lanes}"
    return [
        f"br i1 {asked or 'false'}, label %rare, label %rest",
        "rare:",
        *rare,
        "br label %rest",
        "rest:",
        f"%flags.all = phi {b.masks} [ zeroinitializer, %loop ], [ {b.flagged or b.truth(False)}, %rare ]",
        f"%bits = bitcast {b.masks} %flags.all to {kind}",
        f"%byte = {'bitcast i8' if b.lanes == 8 else f'zext {kind}'} %bits to i8",
        "store i8 %byte, ptr %flag",
        "%more = or i8 %byte, %any",
    ]


FRAME = """{declarations}
define i64 @kernel(
  ptr noalias %inputs, ptr noalias %uniform, ptr noalias %outputs, ptr noalias %flags, i64 %lo, i64 %hi)
  alignstack({alignment})
{{
entry:
  {entry}
  %last = sub i64 %hi, {lanes}
  br label %loop
loop:
  %k = phi i64 [ %lo, %entry ], [ %next, %rest ]
  %any = phi i8 [ 0, %entry ], [ %more, %rest ]
  %fits = icmp slt i64 %k, %last
  %i = select i1 %fits, i64 %k, i64 %last
  %vector = udiv i64 %k, {lanes}
  %flag = getelementptr i8, ptr %flags, i64 %vector
  {body}
  {flags}
  %next = add i64 %k, {lanes}
  %again = icmp slt i64 %next, %hi
  br i1 %again, label %loop, label %done
done:
  %found = zext i8 %more to i64
  ret i64 %found
}}
define i64 @again(ptr %block)
{{
entry:
  %outputs_at = getelementptr i8, ptr %block, i64 8
  %flags_at = getelementptr i8, ptr %block, i64 16
  %end_at = getelementptr i8, ptr %block, i64 24
  %fields_at = getelementptr i8, ptr %block, i64 32
  %count_at = getelementptr i8, ptr %block, i64 40
  %uniform = getelementptr i8, ptr %block, i64 48
  %inputs = load ptr, ptr %block, align 1
  %outputs = load ptr, ptr %outputs_at, align 1
  %flags = load ptr, ptr %flags_at, align 1
  %end = load i64, ptr %end_at, align 1
  %fields = load ptr, ptr %fields_at, align 1
  %count = load i64, ptr %count_at, align 1
  br label %check
check:
  %j = phi i64 [ 0, %entry ], [ %next, %same ]
  %more = icmp slt i64 %j, %count
  br i1 %more, label %look, label %run
look:
  %pair = getelementptr [2 x i64], ptr %fields, i64 %j
  %wanted_at = getelementptr i8, ptr %pair, i64 8
  %field = load ptr, ptr %pair, align 1
  %wanted = load i64, ptr %wanted_at, align 1
  %is = load i64, ptr %field, align 1
  %unmoved = icmp eq i64 %is, %wanted
  br i1 %unmoved, label %same, label %moved
same:
  %next = add i64 %j, 1
  br label %check
moved:
  ret i64 -1
run:
  %found = call i64 @kernel(ptr %inputs, ptr %uniform, ptr %outputs, ptr %flags, i64 0, i64 %end)
  ret i64 %found
}}
"""

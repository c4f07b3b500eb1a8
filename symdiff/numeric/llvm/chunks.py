"""The loop over chunks of rows, in LLVM's language: a kernel fills a chunk, tiles multiply and add it up.

No result leaves the cache. Groups of rows follow one another, each with uniform values of its own. Flagged lanes are
set to 0 before they are added up, and their rows told.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from struct import Struct
from typing import NamedTuple

from symdiff.numeric.llvm.engine import Processor, machine_code
from symdiff.numeric.llvm.tiles import Term, Tile, function

ROOM, LEAST, MOST = 20_000, 64, 512  # bytes of a chunk, which stays in the first cache; rows of a chunk
PROTOTYPE = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_char_p, *[ctypes.c_void_p] * 4)
FIXED = Struct("PPqPqq").pack


class Form(NamedTuple):
    """What machine code for sums depends on, besides the plan: numbers of inputs and results, and the tiles."""

    inputs: int
    results: int
    tiles: tuple[Tile, ...]
    processor: Processor

    @property
    def rows(self) -> int:
        """How many rows make a chunk."""
        wanted = max(ROOM // (8 * max(self.results, 1)), 1)
        return min(MOST, max(LEAST, 1 << wanted.bit_length() - 1))

    @property
    def width(self) -> int:
        """How many doubles a register holds."""
        features = self.processor.features
        return 8 if "avx512f" in features else 4 if "avx2" in features else 2

    @property
    def terms(self) -> list[Term]:
        """What is summed, in the order of the results."""
        return [term for tile in self.tiles for term in tile.terms()]


@cache
def driver(form: Form) -> tuple[Callable[..., int], int]:
    """The function that does all chunks of all groups, for every plan of this form; and the bytes that it works in."""
    lanes, features = form.processor.lanes, form.processor.features
    kinds = {tile.kind(): None for tile in form.tiles}
    written = [function(kind, form.width, features) for kind in kinds]
    declared = {line: None for _, lines in written for line in lines}
    step = form.rows + lanes  # doubles from one row of a chunk to the next, with room for zeros behind it
    after, calls = 0, []
    for tile in form.tiles:
        rows = [f"ptr %row{row}" for row in (*tile.rows, *tile.others)]
        calls.append(f"%t{after}.p = getelementptr {{vector}}, ptr %totals, i64 {after}")
        calls.append(f"call void @{tile.name()}({', '.join(rows)}, i64 %whole, ptr %t{after}.p)")
        after += len(tile.terms())
    vector = f"<{form.width} x double>"
    places = {"totals": 8 * step * form.results}
    places["sources"] = places["totals"] + 8 * form.width * after
    places["targets"] = places["sources"] + 8 * form.inputs
    places["flags"] = places["targets"] + 8 * form.results
    text = DRIVER.format(
        declarations="\n".join(declared),
        tiles="\n".join([text for text, _ in written]),
        places="\n  ".join([f"%{name} = getelementptr i8, ptr %chunk, i64 {at}" for name, at in places.items()]),
        rows="\n  ".join([line for i in range(form.results) for line in row_of_chunk(i, step)]),
        moved="\n  ".join([line for i in range(form.inputs) for line in moved(i)]),
        zeros="\n  ".join([line for i in range(form.results) for line in zeros_behind(i, lanes)]),
        calls="\n  ".join(calls).format(vector=vector),
        lanes=lanes,
        before=lanes - 1,
        length=form.rows,
        results=form.results,
        step=step,
        terms=after,
        columns=after + 1,
        bytes=8 * form.width * after,
        vector=vector,
        width=form.width,
        numbers=", ".join([f"i64 {i}" for i in range(lanes)]),
    )
    address, kept = machine_code(text, "sums", processor=form.processor)
    run = PROTOTYPE(address)
    run.kept = kept  # type: ignore[attr-defined]  # as long as it may be called
    return run, places["flags"] + form.rows // lanes + 1


def row_of_chunk(i: int, step: int) -> list[str]:
    """Where row i of a chunk is, for the tiles and for the kernel."""
    return [
        f"%row{i} = getelementptr double, ptr %chunk, i64 {i * step}",
        f"%target{i} = getelementptr ptr, ptr %targets, i64 {i}",
        f"store ptr %row{i}, ptr %target{i}",
    ]


def moved(i: int) -> list[str]:
    """Input i from the first row of the chunk on."""
    return [
        f"%in{i}.p = getelementptr ptr, ptr %inputs, i64 {i}",
        f"%in{i} = load ptr, ptr %in{i}.p",
        f"%in{i}.at = getelementptr double, ptr %in{i}, i64 %start",
        f"%source{i} = getelementptr ptr, ptr %sources, i64 {i}",
        f"store ptr %in{i}.at, ptr %source{i}",
    ]


def zeros_behind(i: int, lanes: int) -> list[str]:
    """Nothing in row i behind the last number of a chunk, up to where a vector ends."""
    return [
        f"%end{i} = getelementptr double, ptr %row{i}, i64 %filled",
        f"store <{lanes} x double> zeroinitializer, ptr %end{i}, align 8",
    ]


# sums(fixed, uniform, out, chunk, odd): `fixed` holds the kernel, the table of inputs, the bytes from the uniform
# values of a group to those of the next, where the ends of the groups are, their number, and how long the inputs are.
DRIVER = """{declarations}
declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)
declare void @llvm.masked.store.v{lanes}i8.p0(<{lanes} x i8>, ptr, i32, <{lanes} x i1>)
declare double @llvm.vector.reduce.fadd.v{width}f64(double, {vector})
{tiles}
define internal i64 @mend(ptr %chunk, ptr %flags, ptr %odd, i64 %filled, i64 %first, i64 %behind) noinline
{{
entry:
  %last = sub i64 %filled, {lanes}
  %first.s = insertelement <{lanes} x i64> poison, i64 %first, i32 0
  %firsts = shufflevector <{lanes} x i64> %first.s, <{lanes} x i64> poison, <{lanes} x i32> zeroinitializer
  %behind.s = insertelement <{lanes} x i64> poison, i64 %behind, i32 0
  %behinds = shufflevector <{lanes} x i64> %behind.s, <{lanes} x i64> poison, <{lanes} x i32> zeroinitializer
  br label %vector
vector:
  %k = phi i64 [ 0, %entry ], [ %next, %done ]
  %any = phi i{lanes} [ 0, %entry ], [ %more, %done ]
  %fits = icmp slt i64 %k, %last
  %i = select i1 %fits, i64 %k, i64 %last
  %number = udiv i64 %k, {lanes}
  %flag = getelementptr i8, ptr %flags, i64 %number
  %byte = load i8, ptr %flag
  %wide = zext i8 %byte to i64
  %bits = trunc i64 %wide to i{lanes}
  %flagged.all = bitcast i{lanes} %bits to <{lanes} x i1>
  %i.s = insertelement <{lanes} x i64> poison, i64 %i, i32 0
  %i.v = shufflevector <{lanes} x i64> %i.s, <{lanes} x i64> poison, <{lanes} x i32> zeroinitializer
  %places = add <{lanes} x i64> %i.v, <{numbers}>
  %above = icmp sge <{lanes} x i64> %places, %firsts
  %below = icmp slt <{lanes} x i64> %places, %behinds
  %inside = and <{lanes} x i1> %above, %below
  %flagged = and <{lanes} x i1> %flagged.all, %inside
  %right = xor <{lanes} x i1> %flagged, splat (i1 true)
  %kept = and <{lanes} x i1> %inside, %right
  %now = bitcast <{lanes} x i1> %flagged to i{lanes}
  %more = or i{lanes} %any, %now
  %odd.at = getelementptr i8, ptr %odd, i64 %i
  call void @llvm.masked.store.v{lanes}i8.p0(<{lanes} x i8> splat (i8 1), ptr %odd.at, i32 1, <{lanes} x i1> %flagged)
  br label %row
row:
  %j = phi i64 [ 0, %vector ], [ %j.next, %each ]
  %j.more = icmp slt i64 %j, {results}
  br i1 %j.more, label %each, label %done
each:
  %j.step = mul i64 %j, {step}
  %j.at = add i64 %j.step, %i
  %place = getelementptr double, ptr %chunk, i64 %j.at
  %old = load <{lanes} x double>, ptr %place, align 8
  %new = select <{lanes} x i1> %kept, <{lanes} x double> %old, <{lanes} x double> zeroinitializer
  store <{lanes} x double> %new, ptr %place, align 8
  %j.next = add i64 %j, 1
  br label %row
done:
  %next = add i64 %k, {lanes}
  %again = icmp slt i64 %next, %filled
  br i1 %again, label %vector, label %end
end:
  %found = icmp ne i{lanes} %more, 0
  %result = zext i1 %found to i64
  ret i64 %result
}}
define i64 @sums(ptr %fixed, ptr %uniform, ptr %out, ptr %chunk, ptr %odd)
{{
entry:
  %inputs.p = getelementptr i8, ptr %fixed, i64 8
  %stride.p = getelementptr i8, ptr %fixed, i64 16
  %ends.p = getelementptr i8, ptr %fixed, i64 24
  %count.p = getelementptr i8, ptr %fixed, i64 32
  %n.p = getelementptr i8, ptr %fixed, i64 40
  %kernel = load ptr, ptr %fixed, align 1
  %inputs = load ptr, ptr %inputs.p, align 1
  %stride = load i64, ptr %stride.p, align 1
  %ends = load ptr, ptr %ends.p, align 1
  %count = load i64, ptr %count.p, align 1
  %n = load i64, ptr %n.p, align 1
  %latest = sub i64 %n, {lanes}
  {places}
  {rows}
  br label %group
group:
  %g = phi i64 [ 0, %entry ], [ %g.next, %reduced ]
  %any = phi i64 [ 0, %entry ], [ %any.now, %reduced ]
  %g.more = icmp slt i64 %g, %count
  br i1 %g.more, label %begin, label %end
begin:
  %numbers.at = mul i64 %g, %stride
  %numbers = getelementptr i8, ptr %uniform, i64 %numbers.at
  %g.next = add i64 %g, 1
  %from.p = getelementptr i64, ptr %ends, i64 %g
  %to.p = getelementptr i64, ptr %ends, i64 %g.next
  %from = load i64, ptr %from.p
  %to = load i64, ptr %to.p
  call void @llvm.memset.p0.i64(ptr %totals, i8 0, i64 {bytes}, i1 false)
  br label %chunk.next
chunk.next:
  %at = phi i64 [ %from, %begin ], [ %behind, %add ]
  %any.now = phi i64 [ %any, %begin ], [ %any.more, %add ]
  %rest = sub i64 %to, %at
  %rows.left = icmp sgt i64 %rest, 0
  br i1 %rows.left, label %fill, label %reduce
fill:
  %long = icmp sgt i64 %rest, {length}
  %rows = select i1 %long, i64 {length}, i64 %rest
  %behind = add i64 %at, %rows
  %few = icmp slt i64 %rows, {lanes}
  %filled = select i1 %few, i64 {lanes}, i64 %rows
  %early = icmp slt i64 %at, %latest
  %start.few = select i1 %early, i64 %at, i64 %latest
  %start = select i1 %few, i64 %start.few, i64 %at
  {moved}
  %flagged = call i64 %kernel(ptr %sources, ptr %numbers, ptr %targets, ptr %flags, i64 0, i64 %filled)
  %strange = icmp ne i64 %flagged, 0
  %look = or i1 %strange, %few
  br i1 %look, label %careful, label %add
careful:
  %first = sub i64 %at, %start
  %last = add i64 %first, %rows
  %odd.at = getelementptr i8, ptr %odd, i64 %start
  %odd.found = call i64 @mend(ptr %chunk, ptr %flags, ptr %odd.at, i64 %filled, i64 %first, i64 %last)
  br label %add
add:
  %odd.now = phi i64 [ 0, %fill ], [ %odd.found, %careful ]
  %any.more = or i64 %any.now, %odd.now
  {zeros}
  %up = add i64 %filled, {before}
  %whole = and i64 %up, -{lanes}
  {calls}
  br label %chunk.next
reduce:
  %i = phi i64 [ 0, %chunk.next ], [ %i.next, %each ]
  %i.more = icmp slt i64 %i, {terms}
  br i1 %i.more, label %each, label %reduced
each:
  %total.p = getelementptr {vector}, ptr %totals, i64 %i
  %total = load {vector}, ptr %total.p, align 8
  %sum = call reassoc double @llvm.vector.reduce.fadd.v{width}f64(double -0.0, {vector} %total)
  %out.g = mul i64 %g, {columns}
  %out.i = add i64 %out.g, %i
  %out.p = getelementptr double, ptr %out, i64 %out.i
  store double %sum, ptr %out.p
  %i.next = add i64 %i, 1
  br label %reduce
reduced:
  br label %group
end:
  ret i64 %any
}}
"""

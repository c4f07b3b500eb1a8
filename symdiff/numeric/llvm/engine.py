"""LLVM in this process: machine code, for this host or another processor, from LLVM's intermediate language.

The extra `jit` (llvmlite) brings it; nothing here is imported before the first compilation.
"""

from __future__ import annotations

import itertools
import threading
from functools import cache
from typing import Any, NamedTuple

from symdiff.errors import ExtraError

NUMBERS = itertools.count()
linking = threading.Lock()  # LLVM's libraries are linked one at a time


class Processor(NamedTuple):
    """What machine code is made for: LLVM's name of it, and what is switched on or off besides, "+avx2,-avx512f".

    >>> Processor("x86-64-v3", "+sse2,+avx2,+fma,-avx512f").lanes
    8
    """

    name: str
    switches: str

    @property
    def features(self) -> frozenset[str]:
        """What it can do, in LLVM's words: "avx2", "fma", "avx512f" ..."""
        return frozenset([switch[1:] for switch in self.switches.split(",") if switch.startswith("+")])

    @property
    def lanes(self) -> int:
        """How many points to compute at once: one register of AVX-512, or two of others, which would wait for one."""
        return 8 if self.features & {"avx2", "avx512f"} else 4


def machine_code(source: str, *functions: str, processor: Processor | None = None) -> tuple[Any, ...]:
    """The addresses of functions, compiled from LLVM's language, and what must be kept as long as they are called.

    For this host, unless another processor is named. Raises ExtraError without llvmlite, RuntimeError where the text
    is no program.

    >>> address, kept = machine_code("define i64 @one() { ret i64 1 }", "one")
    >>> import ctypes
    >>> ctypes.CFUNCTYPE(ctypes.c_long)(address)()
    1
    """
    processor = processor or host()
    import llvmlite.binding as llvm

    with linking:
        jit = compiler(processor)
        library = llvm.JITLibraryBuilder().add_ir(source).add_current_process()
        for function in functions:
            library.export_symbol(function)
        tracker = library.link(jit, f"symdiff{next(NUMBERS)}")
    return *[tracker[function] for function in functions], tracker


@cache
def compiler(processor: Processor) -> Any:
    """The compiler for a processor, made once for each process."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    machine = target.create_target_machine(cpu=processor.name, features=processor.switches, opt=1, jit=True)
    return llvm.create_lljit_compiler(machine)


@cache
def host() -> Processor:
    """The processor that this runs on. Raises ExtraError without llvmlite."""
    try:
        import llvmlite.binding as llvm
    except ImportError as missing:
        raise ExtraError(
            "compiling for arrays at the speed of C needs llvmlite", "pip install 'symdiff-engine[jit]'"
        ) from missing

    return Processor(llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())

"""LLVM in this process: machine code for this host from the text of LLVM's intermediate language.

The extra `jit` (llvmlite) brings it; nothing here is imported before the first compilation.
"""

from __future__ import annotations

import itertools
import threading
from functools import cache
from typing import Any

from symdiff.errors import ExtraError

NUMBERS = itertools.count()
linking = threading.Lock()  # LLVM's libraries are linked one at a time


def machine_code(source: str, *functions: str) -> tuple[Any, ...]:
    """The addresses of functions, compiled from LLVM's language, and what must be kept as long as they are called.

    Raises ExtraError without llvmlite, RuntimeError where the text is no program.

    >>> address, kept = machine_code("define i64 @one() { ret i64 1 }", "one")
    >>> import ctypes
    >>> ctypes.CFUNCTYPE(ctypes.c_long)(address)()
    1
    """
    import llvmlite.binding as llvm

    with linking:
        jit = compiler()
        library = llvm.JITLibraryBuilder().add_ir(source).add_current_process()
        for function in functions:
            library.export_symbol(function)
        tracker = library.link(jit, f"symdiff{next(NUMBERS)}")
    return *[tracker[function] for function in functions], tracker


@cache
def compiler() -> Any:
    """The compiler for this host, made once for each process."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple()
    features = llvm.get_host_cpu_features().flatten()
    machine = target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features, opt=1, jit=True)
    return llvm.create_lljit_compiler(machine)


@cache
def host_features() -> frozenset[str]:
    """What this processor can do, in LLVM's words: "avx2", "fma", "avx512f" ..."""
    try:
        import llvmlite.binding as llvm
    except ImportError as missing:
        raise ExtraError(
            "compiling for arrays at the speed of C needs llvmlite", "pip install 'symdiff-engine[jit]'"
        ) from missing

    return frozenset(name for name, has in llvm.get_host_cpu_features().items() if has)


def host_lanes() -> int:
    """How many doubles this processor works on at once: 8, 4 or 2."""
    features = host_features()
    return 8 if "avx512f" in features else 4 if "avx2" in features else 2

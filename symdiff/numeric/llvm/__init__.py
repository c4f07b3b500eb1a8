"""Compiled evaluation by LLVM: a plan becomes machine code that works on two, four or eight points at once."""

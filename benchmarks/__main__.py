"""The command: runs the benches asked for, prints their tables, and writes them to docs/results.md."""

import argparse
from importlib import import_module
from time import perf_counter

from benchmarks import BENCHES
from benchmarks.results import Section, written


def main() -> None:
    commands = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(BENCHES)}; all unless given")
    commands.add_argument("--quick", action="store_true", help="small and once, to see that it runs; writes no file")
    asked = commands.parse_args()
    if unknown := set(asked.names) - set(BENCHES):
        commands.error(f"unknown bench {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    for name in [name for name in BENCHES if name in (asked.names or BENCHES)]:
        bench, start = import_module(f"benchmarks.{name}"), perf_counter()
        section = Section(name, bench.__doc__ or "", bench.tables(asked.quick))
        print(f"{section.text()}\n({perf_counter() - start:.0f} s)\n", flush=True)
        if not asked.quick:
            print(f"{name} written to {written(section)}\n", flush=True)


if __name__ == "__main__":
    main()

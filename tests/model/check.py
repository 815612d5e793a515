#!/usr/bin/python3
"""Runs the Promela models: every clean one must have no violation, and every mutant one.

usage: ./dev test model     (./dev test all runs the large one too)
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass

HERE = pathlib.Path(__file__).parent
LIMIT_S = 900
MAX_DEPTH = 1_000_000
MEMORY_MIB = 4000


@dataclass(frozen=True)
class Model:
    """One model with the definitions that size it, or drop a rule of it."""

    file: str
    defines: tuple[str, ...]
    large: bool = False

    @property
    def mutant(self) -> str | None:
        return next((name for name in self.defines if name.startswith("MUTANT_")), None)

    def __str__(self) -> str:
        return f"{self.file} {' '.join(self.defines)}".strip()


CLEAN = (
    Model("checkout.pml", ("ORDERS=1", "RUNNERS=2")),
    Model("checkout.pml", ("ORDERS=1", "RUNNERS=1", "CLIENTS")),
    Model("checkout.pml", ("ORDERS=2", "RUNNERS=1", "NOTHING_IS_LATE")),
    # Forty million states: two and a half minutes and 2.5 GB.
    Model("checkout.pml", ("ORDERS=1", "RUNNERS=2", "CLIENTS"), large=True),
    Model("payment.pml", ("RUNNERS=1", "RUN_OUT")),
    Model("payment.pml", ("RUNNERS=2", "RUN_OUT")),
)
# The smallest setting in which each rule is missed.
SIZES = {"checkout.pml": ("ORDERS=1", "RUNNERS=1", "CLIENTS"), "payment.pml": ("RUNNERS=1",)}
TWO_RUNNERS = {"MUTANT_RECORD_WITHOUT_COMPARE": ("RUNNERS=2",)}


def mutants() -> Iterator[Model]:
    """One model for every MUTANT_... that a file knows."""
    for file, size in SIZES.items():
        names = re.findall(r"^#ifn?def (MUTANT_\w+)", (HERE / file).read_text("utf-8"), re.M)
        for name in sorted(set(names)):
            yield Model(file, (*TWO_RUNNERS.get(name, size), name))


def build(model: Model, folder: pathlib.Path) -> None:
    definitions = [f"-D{each}" for each in model.defines]
    subprocess.run(["spin", "-a", *definitions, HERE / model.file], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    # A mutant's violation is near: breadth first finds the shortest way to it.
    search = ["-DBFS"] if model.mutant else ["-DCOLLAPSE"]
    subprocess.run(["gcc", "-O2", "-w", "-DSAFETY", f"-DMEMLIM={MEMORY_MIB}", *search,
                    "-o", "pan", "pan.c"], cwd=folder, check=True)


def run(model: Model) -> tuple[bool, str]:
    """Whether the model is as it should be, and what was found."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        build(model, folder)
        depth = [] if model.mutant else [f"-m{MAX_DEPTH}"]
        try:
            done = subprocess.run(["./pan", "-n", *depth], cwd=folder, capture_output=True,
                                  text=True, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            return False, f"the search did not end within {LIMIT_S} s"
    verdict = judge(done.stdout, model.mutant is not None)
    return verdict[0], f"{verdict[1]}, {time.monotonic() - began:.0f} s"


def judge(output: str, mutant: bool) -> tuple[bool, str]:
    """What spin's verifier says: right or wrong, and in a sentence."""
    errors = re.search(r"errors: (\d+)", output)
    states = re.search(r"(\d+(?:\.\d+e\+\d+)?) states, stored", output)
    # One that found a violation ends there, and says that it is not complete either.
    cut_short = "max search depth too small" in output or (
        "Search not completed" in output and errors is not None and errors[1] == "0")
    if not errors or not states or cut_short:
        why = output.partition("(Spin Version")[0]
        return False, "the search did not end: " + why[-300:]
    count = f"{float(states[1]):,.0f} states"
    violated = re.search(r"pan:1: (.*?)(?: \(at depth \d+\))?$", output, re.M)
    if mutant:
        caught = errors[1] != "0" and violated is not None
        return caught, (f"caught: {violated[1][:60]}" if caught else "NOT CAUGHT") + f", {count}"
    return errors[1] == "0", (f"clean, {count}" if errors[1] == "0" else
                              f"VIOLATED: {violated[1] if violated else output[-300:]}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev test model")
    parser.add_argument("--large", action="store_true", help="the one that takes minutes too")
    parser.add_argument("--junit-xml", type=pathlib.Path, help="where to write the results")
    options = parser.parse_args()
    models = [model for model in CLEAN if options.large or not model.large] + list(mutants())
    wrong = 0
    suite = ElementTree.Element("testsuite", name="model")
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for model, (right, what) in zip(models, pool.map(run, models)):
            wrong += not right
            print(f"{'ok    ' if right else 'WRONG '} {model}: {what}", flush=True)
            case = ElementTree.SubElement(suite, "testcase", classname="model", name=str(model))
            if not right:
                ElementTree.SubElement(case, "failure", message=what)
    if options.junit_xml:
        ElementTree.ElementTree(suite).write(options.junit_xml)
    print(f"{len(models)} models, {wrong} not as they should be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

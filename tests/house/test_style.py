"""House style, kept by tests: short files and functions, nothing unfinished, everything public explained."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sources import PACKAGE, ROOT, TESTS, functions, named, python_files, tree_of

MOST_LINES = 300
MOST_FUNCTION_LINES = 60
MOST_KERNEL_LINES = 120
# Files over the limit and the most lines they may have: numbers here only ever fall, and leave when below the limit.
LONGER_FILES = {
    "tests/unit/test_calendar.py": 409,
    "tests/unit/theory/test_theory_queues.py": 321,
    "tests/theory/test_closed_forms.py": 460,
    "tests/theory/worlds.py": 371,
}
# Compiled loops, which pay for every call: up to MOST_KERNEL_LINES.
KERNELS = {
    "twin/calibrate/readers/events.py:write_history",
    "twin/eventlog/checkers.py:_violations",
    "twin/measures/flows.py:fill_flows",
    "twin/measures/states.py:read_repairs",
}
KERNEL_DECORATORS = {"kernel", "lean", "inlined", "entry"}

# Spelled in two parts, so that this file passes its own test.
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK|NotImplemented" r"Error)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.~/-])/(?:ho" r"me|ro" r"ot|Us" r"ers|wo" r"rk|mnt|opt|srv|private/tmp|tm" r"p)/\w")
WORKPLACE = re.compile(
    r"(?i)\biss" r"ues? #?\d+\b|\bpull re" r"quests?\b|\bthis ses" r"sion\b|\b(?:sub-?|helper )ag" r"ents?\b"
    r"|\bai ass" r"istant\b|\bwork" r"tree\b"
)
TEXT_FILES = {".py", ".md", ".yaml", ".yml", ".toml", ".txt", ".ipynb", ".html", ".css", ".cfg", ".sh"}
FOLDERS = (".ci", "docs", "loadtests", "notebooks", "scenarios", "tests", "twin")

FILES = python_files(PACKAGE) + python_files(TESTS) + python_files(ROOT / "loadtests")
MODULES = python_files(PACKAGE)
TEST_FILES = [path for path in python_files(TESTS) if path.name.startswith("test_")]


def texts() -> Iterator[Path]:
    below = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    for path in [*ROOT.iterdir(), *below]:
        is_text = path.suffix in TEXT_FILES or path.name in {"Makefile", "run"}
        if is_text and path.is_file() and not {".ipynb_checkpoints", "runs"} & set(path.parts):
            yield path


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{named(path)}:{number}: {line.strip()[:100]}"
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def line_count(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def span(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_are_short() -> None:
    too_long = {named(path): line_count(path) for path in FILES if line_count(path) > MOST_LINES}
    assert {name: n for name, n in too_long.items() if n > LONGER_FILES.get(name, MOST_LINES)} == {}


def test_the_list_of_longer_files_only_shrinks() -> None:
    lines = {name: line_count(ROOT / name) if (ROOT / name).is_file() else 0 for name in LONGER_FILES}
    assert {name: n for name, n in lines.items() if n < LONGER_FILES[name]} == {}, "lower or drop these in LONGER_FILES"


def function_lengths() -> dict[str, int]:
    """Lines of the longest function of each name in each file."""
    lengths: dict[str, int] = {}
    for path in FILES:
        for function in functions(tree_of(path)):
            name = f"{named(path)}:{function.name}"
            lengths[name] = max(span(function), lengths.get(name, 0))
    return lengths


def test_functions_are_short() -> None:
    too_long = {name: n for name, n in function_lengths().items() if n > MOST_FUNCTION_LINES}
    assert {name: n for name, n in too_long.items() if name not in KERNELS or n > MOST_KERNEL_LINES} == {}


def test_the_list_of_kernels_only_shrinks() -> None:
    assert {name for name in KERNELS if function_lengths().get(name, 0) <= MOST_FUNCTION_LINES} == set()


def test_only_compiled_functions_count_as_kernels() -> None:
    compiled = {
        f"{named(path)}:{f.name}"
        for path in MODULES
        for f in functions(tree_of(path))
        if KERNEL_DECORATORS & {ast.unparse(decorator) for decorator in f.decorator_list}
    }
    assert KERNELS - compiled == set()


@pytest.mark.parametrize(
    ("pattern", "sample"),
    [
        pytest.param(UNFINISHED, "x = 1  # TO" "DO: more", id="unfinished"),
        pytest.param(MACHINE_PATHS, 'open("/ho' 'me/ada/plan.yaml")', id="machine-path"),
        pytest.param(WORKPLACE, "as iss" "ue 4 asks", id="workplace"),
    ],
)
def test_nothing_unfinished_local_or_internal(pattern: re.Pattern[str], sample: str) -> None:
    assert pattern.search(sample)
    assert lines_with(pattern) == []


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_everything_public_has_a_docstring(path: Path) -> None:
    tree = tree_of(path)
    bare = [] if ast.get_docstring(tree) else ["the module"]
    assert bare + list(undocumented(tree)) == []


def undocumented(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Public functions, classes and methods without a docstring; nested functions are private."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not child.name.startswith("_"):
            if not ast.get_docstring(child) and not is_overload(child):
                yield f"{child.name} (line {child.lineno})"
            if isinstance(child, ast.ClassDef):
                yield from undocumented(child)


def is_overload(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return any(ast.unparse(decorator) in {"overload", "typing.overload"} for decorator in node.decorator_list)


@pytest.mark.parametrize("path", TEST_FILES, ids=named)
def test_every_test_asserts(path: Path) -> None:
    tree = tree_of(path)
    helpers = {f.name for f in functions(tree) if not f.name.startswith("test_") and asserts(f, set())}
    tests = [f for f in functions(tree) if f.name.startswith("test_")]
    assert tests, "a test file without tests"
    assert [f.name for f in tests if not asserts(f, helpers)] == []


def asserts(function: ast.AST, helpers: set[str]) -> bool:
    """Whether a function asserts by itself or through a helper of its own file that does."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in helpers or name in {"pytest.raises", "pytest.warns", "pytest.fail"} or "assert_" in name:
                return True
    return False

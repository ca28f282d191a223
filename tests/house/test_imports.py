"""Imports run one way, heavy libraries live in one room each, and no library draws at random."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sources import PACKAGE, module_of, named, python_files, tree_of

GROUND = {"units", "compiled"}
BELOW_SPEC = GROUND | {"calendar"}
BELOW_ENGINE = BELOW_SPEC | {"spec", "tape", "eventlog"}
BELOW_DECISIONS = BELOW_ENGINE | {"measures", "theory", "simulate", "experiment"}

# The rooms each room may import from, besides itself.
VISIBLE: dict[str, set[str]] = {
    "units": set(),
    "compiled": set(),
    "calendar": GROUND,
    "spec": BELOW_SPEC,
    "theory": GROUND,
    "eventlog": BELOW_SPEC | {"spec"},
    "tape": BELOW_SPEC | {"spec", "eventlog"},
    "measures": BELOW_SPEC | {"spec", "eventlog"},
    "simulate": BELOW_ENGINE,
    "experiment": BELOW_ENGINE | {"measures", "theory", "simulate"},
    "calibrate": BELOW_ENGINE | {"measures", "simulate", "experiment"},
    "decide": BELOW_DECISIONS | {"calibrate"},
    "bench": BELOW_DECISIONS,
    "report": BELOW_DECISIONS | {"calibrate", "decide"},
    "studio": BELOW_DECISIONS | {"calibrate", "decide", "report"},
    "commands": BELOW_DECISIONS | {"calibrate", "decide", "bench", "report", "studio", "__init__"},
    "cli": {"commands", "spec", "__init__"},
    "__init__": BELOW_DECISIONS | {"calibrate", "decide", "report"},
}
# Other simulators, which draw by themselves, and what drives them.
PEERS = "twin.bench.peers"
# Where alone a library may be imported: rooms or files.
HOMES: dict[str, tuple[str, ...]] = {
    "simpy": ("twin.simulate", PEERS),
    "ciw": (PEERS,),
    "salabim": (PEERS,),
    "matplotlib": ("twin.report",),
    "networkx": ("twin.spec.graph",),
    "locust": (),
    "nicegui": ("twin.studio",),
}
RANDOM = ("random", "secrets", "numpy.random", "scipy.stats.qmc")
FILES = python_files(PACKAGE)


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything a file imports, inside functions too; `from a import b` counts as a.b."""
    package = module_of(path).split(".")
    package = package if path.name == "__init__.py" else package[:-1]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str:
    parts = module.split(".")
    if len(parts) == 1:
        return "__init__"
    is_room = (PACKAGE / parts[1]).is_dir() or (PACKAGE / f"{parts[1]}.py").is_file()
    return parts[1] if is_room else "__init__"


def within(module: str, home: str) -> bool:
    return module == home or module.startswith(f"{home}.")


def dotted(node: ast.AST) -> str:
    """The name an attribute chain spells (np.random.default_rng), or nothing."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        start = dotted(node.value)
        return f"{start}.{node.attr}" if start else ""
    return ""


def dynamic_imports(path: Path) -> Iterator[str]:
    """Lines that import by a computed name, which the other tests could not follow."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in {"__import__", "import_module", "importlib.import_module"} and not (
                node.args and isinstance(node.args[0], ast.Constant)
            ):
                yield f"{named(path)}:{node.lineno}"


def test_every_room_has_its_place() -> None:
    rooms = {room_of(module_of(path)) for path in FILES}
    assert rooms <= VISIBLE.keys(), f"say in VISIBLE what these may import: {sorted(rooms - VISIBLE.keys())}"


def test_the_rooms_form_no_cycle() -> None:
    assert all(room not in VISIBLE[seen] for room, below in VISIBLE.items() for seen in below)


@pytest.mark.parametrize("path", FILES, ids=module_of)
def test_imports_run_one_way(path: Path) -> None:
    room = room_of(module_of(path))
    seen = {room_of(name) for name in imported(path) if within(name, "twin") and name != "twin.__version__"}
    assert seen - VISIBLE[room] - {room} == set()


def test_heavy_libraries_stay_in_their_rooms() -> None:
    strays = [
        f"{named(path)} imports {name}"
        for path in FILES
        for name in imported(path)
        for library, homes in HOMES.items()
        if within(name, library) and not any(within(module_of(path), home) for home in homes)
    ]
    assert not strays


def test_nothing_is_imported_by_a_computed_name() -> None:
    """The package itself may: it loads its exports on first use, and names them for type checkers as plain imports."""
    rest = [path for path in FILES if module_of(path) != "twin"]
    assert [place for path in rest for place in dynamic_imports(path)] == []


def test_no_library_draws_at_random() -> None:
    """All chance comes from the counter-based streams of tape/, which need no generator."""
    files = [path for path in FILES if module_of(path) != PEERS]
    strays = [
        f"{named(path)} imports {name}"
        for path in files
        for name in imported(path)
        if any(within(name, source) for source in RANDOM)
    ]
    strays += [
        f"{named(path)}:{node.lineno} uses {dotted(node) or node.attr}"
        for path in files
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and draws(node)
    ]
    assert strays == []


def draws(node: ast.Attribute) -> bool:
    name = dotted(node)
    return name in {"np.random", "numpy.random", "os.urandom", "uuid.uuid4"} or node.attr in {"default_rng", "rvs"}

"""The data a fresh target is filled with, the same for the same seed: items on levels, bills of materials, files.

Level 0 holds the products that are sold, the last level what is bought; each assembly is made of 2 to 6 different items
of the next level. Each level has 2.6 times the items of the one above, so that parts are used in several places.
"""

from dataclasses import dataclass
from typing import Any

from twin.tape.streams import below, name_key, replication_key, uniform

GROWTH = 2.6
FEWEST_INPUTS, MOST_INPUTS = 2, 6
WORDS = ("bracket", "housing", "shaft", "seal", "valve", "board", "cable", "motor", "pump", "sensor", "hinge", "panel")
ITEMS_PER_FILE, BOMS_PER_CHANGE = 40, 10
FILE_BYTES = 30_000
USERS = 8
PASSWORD = "not-a-secret-loopback-only"


@dataclass(frozen=True, slots=True)
class Size:
    """How much data: number of items, on how many levels (2 or more)."""

    items: int = 20_000
    levels: int = 5


def dataset(size: Size, seed: int = 1) -> dict[str, Any]:
    """Items, bills, files, open changes and users as plain lists; items are named by their place in the list.

    Raises ValueError when a level would have fewer items than an assembly may need.
    """
    levels = levels_of(size)
    key = name_key("data set")
    draw = below(replication_key(seed, 0), int(key))
    items = [_item(i, level, level < size.levels - 1, draw) for i, level in enumerate(levels)]
    first = [levels.index(level) for level in range(size.levels)] + [size.items]
    boms = [
        {"name": f"BOM {items[i]['code']}", "item": i, "inputs": _inputs(i, first[level + 1], first[level + 2], draw)}
        for i, level in enumerate(levels)
        if level < size.levels - 1
    ]
    files = [
        {"name": f"drawing-{i:05d}.bin", "item": _pick(below(draw, i), 0, size.items), "bytes": FILE_BYTES}
        for i in range(max(1, size.items // ITEMS_PER_FILE))
    ]
    changes = [bom["item"] for bom in boms[::BOMS_PER_CHANGE]]
    users = [{"login": f"user{i + 1}", "password": PASSWORD} for i in range(USERS)]
    return {"items": items, "boms": boms, "files": files, "changes": changes, "users": users}


def levels_of(size: Size) -> list[int]:
    """The level of each item, ascending. Raises ValueError when a level is too small for different inputs."""
    weights = [GROWTH**level for level in range(size.levels)]
    ends = [round(size.items * sum(weights[: level + 1]) / sum(weights)) for level in range(size.levels)]
    spans = enumerate(zip([0, *ends[:-1]], ends, strict=True))
    levels = [level for level, (start, end) in spans for _ in range(start, end)]
    if size.levels < 2 or any(levels.count(level) < MOST_INPUTS for level in range(1, size.levels)) or 0 not in levels:
        raise ValueError(f"{size.items} items do not fill {size.levels} levels; take more items, or 2 levels or more")
    return levels


def _item(i: int, level: int, is_made: bool, draw: Any) -> dict[str, Any]:
    word = WORDS[_pick(below(draw, i), 1, len(WORDS))]
    return {
        "code": f"P{i:06d}", "name": f"{word} {i:06d}", "made": is_made, "level": level,
        "price": f"{1 + _pick(below(draw, i), 2, 10_000) / 100:.2f}", "description": f"{word} of level {level}",
    }  # fmt: skip


def _inputs(i: int, start: int, end: int, draw: Any) -> list[list[int]]:
    """Item and quantity of each line: different items from [start, end)."""
    mine = below(draw, i)
    count = FEWEST_INPUTS + _pick(mine, 3, MOST_INPUTS - FEWEST_INPUTS + 1)
    chosen: dict[int, int] = {}
    k = 4
    while len(chosen) < count:
        chosen.setdefault(start + _pick(mine, k, end - start), 1 + _pick(mine, k + 1, 4))
        k += 2
    return [[item, quantity] for item, quantity in chosen.items()]


def _pick(key: Any, draw: int, among: int) -> int:
    return int(uniform(key, draw) * among)

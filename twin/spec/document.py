"""YAML text as plain data with the line of every value, within bounds that keep hostile files harmless.

Scalars are read by the core schema of YAML 1.2 (section 10.3): only true and false are booleans, so that the country NO
stays text, and dates and times of day stay text. Keys are always text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from twin.spec.problems import Path, Problem, ScenarioError, dotted, shown

MOST_NODES: Final = 100_000
DEEPEST: Final = 50
_CORE = "tag:yaml.org,2002:"
_CORE_TAGS = {f"{_CORE}{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq", "merge")}
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,9})?")
_SPECIAL = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


def scalar(text: str) -> Any:
    """Value of a plain YAML scalar: None, a boolean, a number or text."""
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


@dataclass
class Node:
    """A YAML node: `content` is a value, a list of nodes, or a list of (key node, value node)."""

    kind: str
    line: int
    content: Any
    is_merge: bool = False


@dataclass
class Document:
    """Plain data of a YAML text and the line on which each path is written."""

    data: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_document(text: str, file: str) -> Document:
    """Plain data and lines of one YAML document; duplicate keys and foreign tags are listed in `problems`.

    Raises ScenarioError for text that is no YAML, holds no or several documents, or is out of bounds.
    """
    root = _Composer(file).compose(text)
    document = Document()
    document.data = _Expansion(file, document).plain(root, ())
    return document


def _fail(file: str, line: int | None, reason: str, remedy: str, path: Path = ()) -> ScenarioError:
    return ScenarioError([Problem(file, line, dotted(path), reason, remedy)])


class _Composer:
    """Nodes from YAML events, without recursion, so that depth can't overflow the stack."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.open: list[Node] = []
        self.names: list[str | None] = []
        self.anchors: dict[str, Node] = {}
        self.roots: list[Node] = []
        self.count = 0

    def compose(self, text: str) -> Node:
        try:
            for event in _events(text):
                self._take(event)
        except yaml.YAMLError as error:
            raise self._syntax(error) from None
        except UnicodeError:
            raise _fail(self.file, None, "holds characters that are not text", "save it as UTF-8 text") from None
        if len(self.roots) != 1:
            several = "the file is empty" if not self.roots else "the file holds several YAML documents"
            raise _fail(self.file, 1, several, 'write one scenario; "twin init" makes one to start from')
        return self.roots[0]

    def _syntax(self, error: yaml.YAMLError) -> ScenarioError:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or "can't be read"
        line = None if mark is None else mark.line + 1
        return _fail(self.file, line, f"not valid YAML: {reason}", "check indentation, quotes and brackets there")

    def _take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.ScalarEvent):
            self._place(self._scalar(event, line), event.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._place(self._alias(str(event.anchor), line), None)
        elif isinstance(event, yaml.CollectionStartEvent):
            kind = "map" if isinstance(event, yaml.MappingStartEvent) else "seq"
            self._refuse_tag(event.tag, line)
            self.open.append(Node(kind, line, []))
            self.names.append(event.anchor)
            if len(self.open) > DEEPEST:
                raise _fail(self.file, line, f"nested more than {DEEPEST} deep", "write it flatter")
        elif isinstance(event, yaml.CollectionEndEvent):
            node = self.open.pop()
            if node.kind == "map":
                node.content = list(zip(node.content[::2], node.content[1::2], strict=True))
            self._place(node, self.names.pop())

    def _place(self, node: Node, anchor: str | None) -> None:
        self.count += 1
        if self.count > MOST_NODES:
            raise _fail(self.file, node.line, f"more than {MOST_NODES:,} values", "split or shorten the scenario")
        if anchor is not None:
            self.anchors[anchor] = node
        (self.open[-1].content if self.open else self.roots).append(node)

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> Node:
        self._refuse_tag(event.tag, line)
        is_text = not event.implicit[0] or event.tag == f"{_CORE}str"
        is_merge = event.value == "<<" and not is_text
        return Node("text" if is_text else "plain", line, event.value, is_merge)

    def _alias(self, anchor: str, line: int) -> Node:
        if anchor not in self.anchors:
            reason = f"alias {shown('*' + anchor)} names nothing written above it, or the value it stands in"
            raise _fail(self.file, line, reason, f"define it first with {shown('&' + anchor)}")
        return self.anchors[anchor]

    def _refuse_tag(self, tag: str | None, line: int) -> None:
        if tag is not None and tag != "!" and tag not in _CORE_TAGS:
            raise _fail(self.file, line, f"the YAML tag {shown(tag)} is not allowed", "write plain values, no !tags")


def _events(text: str) -> Iterator[yaml.Event]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    yield from yaml.parse(text, Loader=loader)


class _Expansion:
    """Plain data from nodes: aliases and merge keys expanded, lines and duplicate keys noted."""

    def __init__(self, file: str, document: Document) -> None:
        self.file = file
        self.document = document
        self.count = 0

    def plain(self, node: Node, path: Path) -> Any:
        self.document.lines.setdefault(path, node.line)
        self.count += 1
        if self.count > MOST_NODES or len(path) > DEEPEST:
            reason = f"its aliases expand to more than {MOST_NODES:,} values or {DEEPEST} levels"
            raise _fail(self.file, node.line, reason, "use fewer aliases", path)
        if node.kind == "seq":
            return [self.plain(item, (*path, index)) for index, item in enumerate(node.content)]
        if node.kind == "map":
            return self._mapping(node, path)
        return node.content if node.kind == "text" else scalar(node.content)

    def _mapping(self, node: Node, path: Path) -> dict[str, Any]:
        chosen: dict[str, tuple[int, Node]] = {}
        for key, value, is_own in self._entries(node, path):
            if key.content not in chosen:
                chosen[key.content] = (key.line, value)
            elif is_own:
                first = chosen[key.content][0]
                reason = f"{shown(key.content)} is written twice (first on line {first})"
                self._note(key.line, (*path, key.content), reason, "remove or rename one of them")
        for name, (line, _) in chosen.items():
            self.document.lines[(*path, name)] = line
        return {name: self.plain(value, (*path, name)) for name, (_, value) in chosen.items()}

    def _entries(self, node: Node, path: Path, depth: int = 0) -> Iterator[tuple[Node, Node, bool]]:
        merges: list[Node] = []
        for key, value in node.content:
            if key.kind in ("map", "seq"):
                self._note(key.line, path, "a key is a list or mapping", "write a name as the key")
            elif key.is_merge:
                merges += value.content if value.kind == "seq" else [value]
            else:
                yield key, value, depth == 0
        for merged in merges:
            self.count += 1 + len(merged.content)
            if merged.kind != "map":
                self._note(merged.line, path, '"<<" merges something that is no mapping', "name a mapping")
            elif depth < DEEPEST and self.count <= MOST_NODES:
                yield from self._entries(merged, path, depth + 1)

    def _note(self, line: int, path: Path, reason: str, remedy: str) -> None:
        self.document.problems.append(Problem(self.file, line, dotted(path), reason, remedy))

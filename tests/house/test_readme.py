"""What the documents tell a reader to type works: Python examples run, commands and make targets exist."""

import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from sources import ROOT

README = ROOT / "README.md"
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")


def blocks(document: Path, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(document.read_text(encoding="utf-8")) if language in languages]


def spoken(document: Path) -> list[str]:
    """Every command line of a document: lines of its shell blocks (continuations joined), and its inline code."""
    shell = "\n".join(blocks(document, "sh", "bash", "console")).replace("\\\n", " ")
    lines = [line.strip().removeprefix("$ ") for line in shell.splitlines()]
    prose = FENCE.sub("", document.read_text(encoding="utf-8"))
    return [part.strip() for line in [*lines, *INLINE.findall(prose)] for part in re.split(r"&&|;|\|", line)]


def words_after(document: Path, program: str) -> set[str]:
    """First words after a program's name, its options left out: subcommands of twin, targets of make."""
    found = set()
    for words in (line.split() for line in spoken(document)):
        if words and words[0].rpartition("/")[2] == program:
            found |= {word for word in words[1:2] if re.fullmatch(r"[a-z][\w-]*", word)}
    return found


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What this Python printed, with the repository's own `twin` first on its path."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=600)


@cache
def help_text(*words: str) -> str:
    program = f"import sys; sys.argv = {['twin', *words, '--help']!r}; from twin.cli import main; main()"
    done = python("-c", program, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][\w-]*):(?!=)", makefile, re.MULTILINE))


def test_the_readme_opens_with_make_demo_and_make_test() -> None:
    assert {"demo", "test"} <= words_after(README, "make")


def test_python_examples_of_the_readme_run(tmp_path: Path) -> None:
    examples = blocks(README, "python")
    assert examples, "README.md shows a Python example"
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios", target_is_directory=True)
    for number, example in enumerate(examples):
        script = tmp_path / f"example_{number}.py"
        script.write_text(example, encoding="utf-8")
        done = python(str(script), cwd=tmp_path)
        assert done.returncode == 0, f"example {number + 1}:\n{done.stderr[-2000:]}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_named_exist(document: Path) -> None:
    named = words_after(document, "twin")
    assert [word for word in sorted(named) if not re.search(rf"\b{re.escape(word)}\b", help_text())] == []
    assert all("--help" in help_text(word) for word in named)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_named_exist(document: Path) -> None:
    assert words_after(document, "make") <= targets()


def test_every_make_target_is_explained() -> None:
    command = ["make", "--no-print-directory", "help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    explained = set(re.findall(r"^ *make ([a-z][\w-]*) +\S", done.stdout, re.MULTILINE))
    assert explained == targets()

"""Scenario files: what loads, and what is said about what doesn't."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from twin.spec.load import Problem, ScenarioError, load, load_data, load_text, value_of
from twin.spec.problems import did_you_mean
from twin.spec.scenario import Scenario
from twin.spec.starter import starter_text

HERE = Path(__file__).parent
HEAD = "name: x\nclock: {start: 2026-01-05, horizon: 5 d}\n"


def problems(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_text(text, "f.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_starter_loads_without_warnings_and_with_every_figure_tagged() -> None:
    loaded = load_text(starter_text(), "starter.yaml")
    assert loaded.warnings == []
    assert [row for row in loaded.ledger if row.source == "untagged"] == []
    assert loaded.scenario.question in starter_text().splitlines()[0]


def test_a_file_with_every_part_loads() -> None:
    loaded = load(HERE / "everything.yaml")
    assert loaded.warnings == []
    assert loaded.path == HERE / "everything.yaml"
    assert loaded.scenario.deployment.components["app"].repair == loaded.scenario.deployment.components["cad"].repair


def test_every_error_at_once_with_line_and_remedy() -> None:
    text = (
        "name: x\nclock:\n  start: 2026-01-05\n  horizont: 5 d\n  warm_up: 3\ndeployment:\n  components:\n"
        "    db: {kind: databse, units: two, shape: 0.01}\nfoo: 1\n"
    )
    assert problems(text) == [
        'f.yaml:2: clock.horizon: is missing; add "horizon", e.g. "30 min"',
        'f.yaml:4: clock.horizont: unknown key "horizont"; did you mean "horizon"? '
        "known here: start, time_zone, horizon, warm_up, drain, tick",
        'f.yaml:5: clock.warm_up: 3 is not a duration; write a unit, e.g. "30 min"',
        'f.yaml:8: deployment.components.db.kind: "databse" is not a known choice; did you mean "database"? '
        "write one of web, application, database, vault, cad-worker, integration, network, other",
        'f.yaml:8: deployment.components.db.units: "two" is not a whole number; write a whole number, e.g. 3',
        "f.yaml:8: deployment.components.db.shape: 0.01 is below 0.1; write 0.1 or more",
        f'f.yaml:9: foo: unknown key "foo"; {did_you_mean("foo", Scenario.model_fields)}',
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("- a\n", "is not a scenario"),
        ("just text", "is not a scenario"),
        ("a: 1\n---\nb: 2\n", "several YAML documents"),
        ("a: [1, 2\nb: 3\n", "f.yaml:2: not valid YAML"),
        ("a: 1\nb: \x00", "not valid YAML"),
        ("a: '\ud800'", "not text"),
        ("a: *b\n", "f.yaml:1: alias"),
        ("a: &a [*a]\n", "alias"),
        ("a: !!python/object/apply:os.system [ls]\n", "tag"),
        ("a: !custom 3\n", "tag"),
        ("[a, b]: 3\n", "a key is a list or mapping"),
        ("a: {<<: 3}\n", "merges something that is no mapping"),
        ("[" * 60 + "]" * 60, "nested more than 50 deep"),
        ("[" * 100_000, "nested more than 50 deep"),
    ],
)
def test_text_that_is_no_scenario(text: str, told: str) -> None:
    assert any(told in one for one in problems(text))


def test_alias_bombs_are_bounded() -> None:
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    bomb += "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 9))
    assert any("aliases expand" in one for one in problems(bomb))
    merges = "a0: &a0 {x: 1}\n" + "".join(
        f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}\n" for n in range(1, 9)
    )
    assert any("aliases expand" in one for one in problems(merges))


def test_too_many_values() -> None:
    assert any("more than 100,000 values" in one for one in problems("a: [" + "1," * 100_001 + "]"))


def test_a_key_written_twice_names_both_lines() -> None:
    assert 'f.yaml:3: name: "name" is written twice (first on line 1); remove or rename one of them' in problems(
        HEAD + "name: y\n"
    )


def test_merge_keys_and_anchors_spare_repetition() -> None:
    text = HEAD + "deployment:\n  components:\n    a: &a {kind: web, units: 3}\n    b: {<<: *a, units: 2}\n"
    components = load_text(text).scenario.deployment.components
    assert (components["b"].kind, components["b"].units, components["a"].units) == ("web", 2, 3)


def test_only_true_and_false_are_booleans_and_times_stay_text() -> None:
    text = HEAD + "calendars: {x: {country: NO, hours: 22:00-24:00, holidays: [2026-12-24]}}\n"
    calendar = load_text(text).scenario.calendars["x"]
    assert (calendar.country, calendar.holidays) == ("NO", ("2026-12-24",))


@pytest.mark.parametrize(
    "figure", [".nan", ".inf", "-.inf", "1" * 400, "true", "yes", "-1", "1e400", "null", "[1]", "{a: 1}"]
)
def test_absurd_figures(figure: str) -> None:
    found = problems(HEAD + f"contract:\n  attainment: {figure}\n")
    assert len(found) == 1
    assert found[0].startswith("f.yaml:4: contract.attainment")


@pytest.mark.parametrize("start", ["5", "2026", "2026-13-01", "yesterday", "null", "1700000000", "0001-01-01"])
def test_a_start_that_is_no_date(start: str) -> None:
    assert problems(f"name: x\nclock: {{start: {start}, horizon: 5 d}}\n")[0].startswith("f.yaml:2: clock")


@pytest.mark.parametrize(
    "clock", ["horizon: 0", "horizon: 5 d, tick: 0", "horizon: 5 d, warm_up: 5 d", "horizon: 1e9 y"]
)
def test_clocks_that_measure_nothing(clock: str) -> None:
    assert problems(f"name: x\nclock: {{start: 2026-01-05, {clock}}}\n")[0].startswith("f.yaml:2: clock")


def test_a_choice_of_kinds_is_told_once() -> None:
    visits = "visits: {q: {work: 5 min}}"
    tickets = f"demand:\n  tickets:\n    a: {{queue: q, priority: {{P1: 2}}, arrivals: {{rate: 1 / d}}, {visits}}}\n"
    assert problems(HEAD + tickets) == ["f.yaml:5: demand.tickets.a.priority.P1: 2 is above 1; write 1 or less"]


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("binary", b"\x80\x81\x82", "is not UTF-8 text"),
        ("line", b"name: x\nb: \xff\n", ":2: is not UTF-8 text"),
        ("large", b"#" * 5_000_001, "larger than 5 MB"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ScenarioError, match=told):
        load(tmp_path / name)


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path, told in ((tmp_path, "is a folder"), (tmp_path / "no", "no such file"), ("a\0b", "can't be read")):
        with pytest.raises(ScenarioError, match=told):
            load(path)


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_bytes(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert load(tmp_path / "s.yaml").scenario.name == "x"


def test_data_is_checked_like_text() -> None:
    data = {"name": "x", "clock": {"start": date(2026, 1, 5), "horizon": "5 d"}}
    assert load_data(data).digest == load_text(HEAD).digest
    with pytest.raises(ScenarioError) as caught:
        load_data(data | {"contract": {"attainment": 2, "x": object()}})
    assert {(one.line, one.path) for one in caught.value.problems} == {
        (None, "contract.attainment"),
        (None, "contract.x"),
    }
    loop: dict[str, object] = {}
    loop["a"] = loop
    with pytest.raises(ScenarioError, match="too many values"):
        load_data(loop)


def test_digest_depends_on_content_only() -> None:
    base = load_text(HEAD).digest
    assert (
        load_text("# hi\nclock: {horizon: {value: 120 h, assumed: a}, start: 2026-01-05T00:00}\nname: x\n").digest
        == base
    )
    assert load_text(HEAD.replace("5 d", "6 d")).digest != base


def test_problems_print_without_what_is_unknown() -> None:
    assert str(Problem("f", 3, "a.b", "is wrong", "mend it")) == "f:3: a.b: is wrong; mend it"
    assert str(Problem("f", None, "", "is wrong", "")) == "f: is wrong"


def test_values_from_a_command_line() -> None:
    assert [value_of(text) for text in ("3", "0.5", "30 min", "true", "[1, a]")] == [3, 0.5, "30 min", True, [1, "a"]]


def test_loading_imports_no_heavy_packages() -> None:
    code = (
        "import sys; from twin.spec.load import load_text; from twin.spec.starter import starter_text; "
        "load_text(starter_text()); "
        "print(*{'numba', 'networkx', 'pandas', 'scipy', 'matplotlib', 'simpy'} & set(sys.modules))"
    )
    root = str(HERE.parents[2])
    out = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert out.stdout.strip() == ""


def test_an_unknown_key_hides_no_unknown_name() -> None:
    text = starter_text().replace("queue: ", "queue: nowhere-", 1) + "\nextra: 1\n"
    words = "\n".join(problems(text))
    assert 'unknown key "extra"' in words
    assert "nowhere-" in words

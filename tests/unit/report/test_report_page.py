"""The report page: complete, escaped, self-contained, the same bytes for the same run."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from reporting import CLOCK, ran, ran_small, small, without

from twin.decide.compare import compare
from twin.report.comparison import write_comparison
from twin.report.page import write_report
from twin.spec.load import load_data

VOID = {"meta", "link", "img", "source", "br"}


class Strict(HTMLParser):
    """Fails on a tag that is closed out of turn; keeps text and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open, self.text, self.links = list[str](), list[str](), list[str]()

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.links += [value or "" for key, value in attrs if key in ("src", "href", "srcset")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "script"} & set(self.open):
            self.text.append(data)


def read(path: Path) -> tuple[Strict, str]:
    page = Strict()
    page.feed(path.read_text("utf-8"))
    assert page.open == []
    return page, " ".join(" ".join(page.text).split())


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    return write_report(*ran_small(), tmp_path_factory.mktemp("report"))


def test_page_opens_with_the_conclusion_then_the_question(written):
    _, text = read(written)
    order = ["promise", "available", "The question", "Is it enough?", "The promises, one by one", "All measures"]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_page_has_every_family_and_the_sources(written):
    _, text = read(written)
    for words in ("Availability", "Service level", "Queues and people", "Late tickets", "How to read this"):
        assert words in text
    result, loaded, _ = ran_small()
    for words in (loaded.digest, f"Seed {result.seed}", "Replications 4", "Engine fast", "2 figures are measured"):
        assert words in text
    assert text.index("figures are assumed") < text.index("figures are measured")


def test_page_shows_every_measure(written):
    page = written.read_text("utf-8")
    assert page.count('<td class="number">') == 3 * len(ran_small()[0].cells)


def test_page_needs_no_network(written):
    page, _ = read(written)
    assert page.links
    assert all(link.startswith("data:") for link in page.links)
    assert not re.search(r"@import|url\(|<script", written.read_text("utf-8"))


def test_figures_are_files_too(written):
    names = {path.name for path in (written.parent / "figures").iterdir()}
    assert names == {f"{name}.png" for name in ("availability", "attainment", "downtime", "waterfall", "timeline")}


def test_same_run_gives_the_same_bytes(written, tmp_path):
    again = write_report(*ran_small(), tmp_path)
    assert again.read_bytes() == written.read_bytes()
    for path in (written.parent / "figures").iterdir():
        assert (tmp_path / "figures" / path.name).read_bytes() == path.read_bytes()


def test_names_are_escaped_and_dollars_are_no_formula(tmp_path):
    data = small("<script>alert(1)</script> & $x^$")
    data["deployment"]["components"] = {"<b>$_$": data["deployment"]["components"]["app"]}
    data["deployment"]["functions"] = {"search": {"needs": ["<b>$_$"]}}
    data["changes"]["patch"]["components"] = ["<b>$_$"]
    path = write_report(*ran(data, reps=2), tmp_path, title="</title><script>")
    assert "<script" not in path.read_text("utf-8")
    assert "<b>$" not in path.read_text("utf-8")
    assert "<script>alert(1)</script> & $x^$" in read(path)[1]


@pytest.mark.parametrize(
    "data",
    [
        without(small(), "deployment", "changes"),
        without(small(), "contract"),
        without(small(), "demand", "deployment", "changes"),
        {"name": "empty", "clock": CLOCK},
    ],
    ids=["no deployment", "no contract", "no tickets", "nothing"],
)
def test_page_of_a_scenario_that_lacks_parts_says_so(data, tmp_path):
    _, text = read(write_report(*ran(data, reps=1), tmp_path))
    assert "What it looks like" in text


def test_comparison_page_names_scenarios_and_verdicts(tmp_path):
    loadeds = [load_data(small()), load_data(small("<i>two</i>", heads=2))]
    comparison = compare([loaded.scenario for loaded in loadeds], reps=30, workers=1)
    path = write_comparison(comparison, loadeds, tmp_path / "a")
    _, text = read(path)
    assert "“<i>two</i>” is better in" in text
    assert "better: " in text
    assert "Tickets on time" in text
    assert all(loaded.digest in text for loaded in loadeds)
    assert write_comparison(comparison, loadeds, tmp_path / "b").read_bytes() == path.read_bytes()

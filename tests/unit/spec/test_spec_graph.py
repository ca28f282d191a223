"""Functions and components as a graph."""

from pathlib import Path

from twin.spec.graph import dependency_graph, required_components
from twin.spec.load import load

SCENARIO = load(Path(__file__).parent / "everything.yaml").scenario


def test_edges_go_from_what_needs_to_what_is_needed() -> None:
    graph = dependency_graph(SCENARIO)
    assert set(graph.edges) == {
        (("function", "search"), ("component", "app")),
        (("function", "viewing"), ("component", "app")),
        (("function", "viewing"), ("component", "cad")),
        (("component", "app"), ("component", "db")),
        (("component", "app"), ("component", "hall")),
        (("component", "db"), ("component", "net")),
    }
    assert len(graph) == 7


def test_required_components_are_closed_and_ordered() -> None:
    assert required_components(SCENARIO) == {
        "search": ("net", "db", "app", "hall"), "viewing": ("net", "db", "app", "cad", "hall"),
    }  # fmt: skip

"""The deployment as a graph: functions need components, components depend on components."""

from typing import TYPE_CHECKING

from twin.spec.scenario import Scenario

if TYPE_CHECKING:
    import networkx

Vertex = tuple[str, str]


def dependency_graph(scenario: Scenario) -> "networkx.DiGraph[Vertex]":
    """Edges from what depends to what it depends on, between ("function", name) and ("component", name) nodes."""
    import networkx

    graph: networkx.DiGraph[Vertex] = networkx.DiGraph()
    for name, component in scenario.deployment.components.items():
        graph.add_node(("component", name))
        graph.add_edges_from((("component", name), ("component", needed)) for needed in component.depends_on)
    for name, function in scenario.deployment.functions.items():
        graph.add_node(("function", name))
        graph.add_edges_from((("function", name), ("component", needed)) for needed in function.needs)
    return graph


def required_components(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """All components that must be up for each function, directly or through others, in the order of the scenario."""
    import networkx

    graph = dependency_graph(scenario)
    below = {name: networkx.descendants(graph, ("function", name)) for name in scenario.deployment.functions}
    order = scenario.deployment.components
    return {name: tuple(one for one in order if ("component", one) in found) for name, found in below.items()}


def components_below(scenario: Scenario, name: str) -> tuple[str, ...]:
    """The component and all that it depends on, directly or through others, in the order of the scenario."""
    import networkx

    found = {("component", name), *networkx.descendants(dependency_graph(scenario), ("component", name))}
    return tuple(one for one in scenario.deployment.components if ("component", one) in found)

"""A site becomes a component that all of its components depend on; a second site is its standby."""

from twin.spec.deployment import Component, Failover
from twin.spec.expand.rewriting import with_part
from twin.spec.findings import Findings
from twin.spec.problems import Path, shown
from twin.spec.scenario import Scenario


def uses_sites(scenario: Scenario) -> bool:
    """Whether a site can be lost."""
    return bool(scenario.deployment.sites)


def check_sites(scenario: Scenario, findings: Findings) -> None:
    """Note unknown components, and names that are taken."""
    components = scenario.deployment.components
    for name, site in scenario.deployment.sites.items():
        path: Path = ("deployment", "sites", name)
        if name in components:
            findings.error(path, f"makes a component {shown(name)}, but there is one", "give it another name")
        for k, component in enumerate(site.components):
            findings.known((*path, "components", k), component, components, "component")


def expand_sites(scenario: Scenario) -> Scenario:
    """The scenario with a component for each site."""
    components = dict(scenario.deployment.components)
    for name, site in scenario.deployment.sites.items():
        for one in site.components:
            needs = (*components[one].depends_on, name)
            components[one] = components[one].model_copy(update={"depends_on": needs})
        lost = Component.model_construct(mtbf=site.disaster, repair=site.repair)
        if site.standby:
            other = {"units": 2, "redundancy": "standby", "failover": Failover(delay=site.rto)}
            lost = lost.model_copy(update=other)
        components[name] = lost
    return with_part(scenario, "deployment", components=components, sites={})

"""The what-if page in a real browser: sliders redraw, settings stand side by side, a setting becomes a scenario."""

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from browser import CHROMIUM, Browser, free_port

from tests.worlds import small_desk
from twin.decide.variants import Variants
from twin.decide.whatif import Setting, WhatIf, moved, open_by_day, saved
from twin.simulate.run import simulate_one
from twin.spec.load import load

HEADS = "support.tiers.L1.shifts.day.heads"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "desk.yaml"
    path.write_text(small_desk(**{"changes": {"patch": {
        "components": ["app"], "at": "2026-03-05T12:00", "work": "2 h"}}}).model_dump_json())  # fmt: skip
    return path


def test_a_glance_answers_for_heads_load_and_strategy(file):
    what = WhatIf(Variants(file).base, budget_s=0.1)
    now = what.glance(what.present)
    fewer = what.glance(moved(what.present, HEADS, 1))
    assert fewer.cost < now.cost
    assert fewer.overall.estimate < now.overall.estimate
    assert fewer.backlog.mean() > now.backlog.mean()
    busy = what.glance(Setting(what.present.heads, 1.5, what.present.strategies))
    assert busy.overall.estimate < now.overall.estimate
    assert what.strategies == {"patch": ["outage", "rolling", "blue-green"]}
    rolled = Setting(what.present.heads, 1.0, {"patch": "rolling"})
    assert what.at(rolled).changes["patch"].strategy.kind == "rolling"
    assert now.replications >= 4


def test_the_backlog_of_a_log_counts_open_tickets():
    scenario = small_desk()
    log = simulate_one(scenario, seed=2)
    frame = log.to_frame()
    days = open_by_day(log, scenario.clock.tick, scenario.clock.horizon)
    rows = frame[(frame["at"] <= 5 * 86_400)]
    names = rows["event"].astype(str)
    expected = names.isin(["opened", "reopened"]).sum() - names.isin(["resolved", "abandoned"]).sum()
    assert days[4] == expected
    assert (days >= 0).all()
    assert np.issubdtype(days.dtype, np.floating)


def test_a_saved_setting_is_a_scenario_and_overwrites_nothing(file):
    variants = Variants(file)
    what = WhatIf(variants.base)
    setting = Setting({**what.present.heads, HEADS: 5}, 1.5, {"patch": "rolling"})
    import json

    data = json.loads(file.read_text())
    first, second = (saved(what, setting, data, file.with_name("new.yaml")) for _ in range(2))
    assert (first.name, second.name) == ("new.yaml", "new-2.yaml")
    new, old = load(first), variants.base.scenario
    assert new.scenario.support.tiers["L1"].shifts["day"].heads == 5
    assert new.scenario.changes["patch"].strategy.kind == "rolling"
    rates = [one.demand.tickets["how_to"].arrivals.rate for one in (new.scenario, old)]
    assert rates[0] == pytest.approx(1.5 * rates[1])
    assert any(row.source == "set in the studio" for row in new.ledger)


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium is installed")
def test_sliders_redraw_the_page_and_a_setting_is_saved(file, tmp_path):
    port = free_port()
    program = f"import sys; sys.argv = ['twin', 'studio', {str(file)!r}, '--port', '{port}', '-q']\n"
    program += "from twin.cli import main; main()"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")}
    server = subprocess.Popen([sys.executable, "-c", program], cwd=tmp_path, env={**clean, "PYTHONPATH": str(ROOT)})
    page = Browser()
    try:
        wait_for(f"http://127.0.0.1:{port}/", server)
        page.open(f"http://127.0.0.1:{port}/")
        page.wait("document.getElementById('note-B')?.innerText && document.getElementById('note-A')?.innerText")
        before = page.value("document.getElementById('attainment-A').innerText")
        assert before == page.value("document.getElementById('attainment-B').innerText")
        slider = '[aria-label="A: L1 day"]'
        page.value(f"""document.querySelector('{slider}[tabindex="0"], {slider} [tabindex="0"]').focus()""")
        page.key("ArrowLeft", 37)
        page.wait(f"document.getElementById('attainment-A').innerText != '{before}'")
        assert page.value("document.getElementById('attainment-B').innerText") == before
        assert page.value("document.querySelectorAll('canvas').length") == 2
        page.value("document.getElementById('save-A').click()")
        page.wait("document.body.innerText.includes('Saved as')")
        new = next(path for path in tmp_path.glob("small-desk*.yaml"))
        assert load(new).scenario.support.tiers["L1"].shifts["day"].heads == 1
    finally:
        page.close()
        server.terminate()
        server.wait(timeout=20)


def wait_for(url, server):
    import time

    for _ in range(300):
        assert server.poll() is None, "the studio ended"
        try:
            with urllib.request.urlopen(url):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail("the studio did not start")

"""Sources of request records, what they are refused for, and the command."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from synthetic import closed, limits, opened

from twin.calibrate.requests.fit import calibrate_requests
from twin.calibrate.requests.limits import Limits, read_limits
from twin.calibrate.requests.record import Level, Record, read_load_test
from twin.calibrate.requests.refuse import quantile, refuse
from twin.calibrate.requests.sources import read_access_log, read_csv_series, read_prometheus, read_sources

ROOT = Path(__file__).parents[3]
LIMITS = {
    "users": "open", "workers": 4, "stations": {"core": {"cores": 1, "groups": ["workers"]}},
    "log": {"verbs": {"GET /api/part/\\d+": "open", "GET /api/part/\\?search": "search"}, "unit": "ms"},
}  # fmt: skip


def test_closed_users_passed_off_as_open_are_found() -> None:
    record = closed({"a": [0.05]}, [1.0], [4, 8], each=400)
    refuse(record, limits("closed"))
    with pytest.raises(ValueError, match=r"requests of closed users.*say users: closed"):
        refuse(record, limits("open"))
    refuse(opened({"a": [0.05]}, [1.0], [8, 12]), limits("open"))


def test_percentiles_need_samples() -> None:
    values = np.arange(1000.0)
    assert quantile(values, 0.99) == pytest.approx(989.01)
    with pytest.raises(ValueError, match="p99 from 999 samples: at least 1,000 are needed"):
        quantile(values[:999], 0.99)
    with pytest.raises(ValueError, match="p95 from 199 samples: at least 200"):
        quantile(values[:199], 0.95)


def test_what_is_missing_is_named() -> None:
    record = closed({"a": [0.05]}, [1.0], [4, 8], each=200)
    with pytest.raises(ValueError, match="one level of load: measure a second one"):
        calibrate_requests([part(record, levels=record.levels[:1])], limits())
    with pytest.raises(ValueError, match='no level "9"; there are 4, 8'):
        calibrate_requests([record], limits(), "9")
    with pytest.raises(ValueError, match=r"20% of the requests failed|failed: their demands"):
        calibrate_requests([part(record, is_good=np.arange(len(record)) % 5 > 0)], limits())
    with pytest.raises(ValueError, match=r"fewer than 30 times: a \(20\); measure longer"):
        calibrate_requests([closed({"a": [0.05]}, [1.0], [2], each=20)], limits())
    with pytest.raises(ValueError, match="2 records of requests"):
        calibrate_requests([record, record], limits())
    two = Limits.model_validate({
        "users": "closed", "workers": 4,
        "stations": {"app": {"groups": ["workers"]}, "db": {"groups": ["database"]}},
    })  # fmt: skip
    with pytest.raises(ValueError, match=r"no estimator can be used: .*CPU seconds of db are missing"):
        calibrate_requests([record], two)


def part(record: Record, **changes: object) -> Record:
    return Record(**{**{name: getattr(record, name) for name in record.__slots__}, **changes})  # type: ignore[arg-type]


def test_an_access_log(tmp_path: Path) -> None:
    lines = [
        '10.0.0.1 - ada [05/Jan/2026:08:00:00.250 +0000] "GET /api/part/7 HTTP/1.1" 200 512 "-" "x" 120',
        '10.0.0.2 - - [05/Jan/2026:08:00:01.000 +0100] "GET /api/part/?search=P1 HTTP/1.1" 500 9 "-" "x" 40',
        '10.0.0.2 - - [05/Jan/2026:08:00:02.000 +0000] "GET /static/x.css HTTP/1.1" 200 9 "-" "x" 1',
        "no line of a log",
    ]
    (tmp_path / "access.log").write_text("\n".join(lines))
    record = read_access_log(tmp_path / "access.log", Limits.model_validate(LIMITS).log)
    assert record.verbs == ("open", "search")
    assert record.verb.tolist() == [1, 0, -1], "in order of time: the second line is an hour earlier"
    assert np.allclose(record.end_s - record.start_s, [0.04, 0.12, 0.001], atol=1e-6)
    assert record.is_good.tolist() == [False, True, True]
    assert len(record.levels) == 4
    with pytest.raises(ValueError, match='say in the limits under "log"'):
        read_access_log(tmp_path / "access.log", None)
    (tmp_path / "empty.log").write_text("nothing\n")
    with pytest.raises(ValueError, match="no line is in common or combined log format"):
        read_access_log(tmp_path / "empty.log", Limits.model_validate(LIMITS).log)


def test_a_log_in_whole_seconds_needs_milliseconds(tmp_path: Path) -> None:
    line = '10.0.0.{} - - [05/Jan/2026:08:{:02d}:{:02d} +0000] "GET /api/part/7 HTTP/1.1" 200 512 "-" "x" 120\n'
    (tmp_path / "access.log").write_text("".join(line.format(k % 250, k // 60, k % 60) for k in range(600)))
    asked = Limits.model_validate(LIMITS)
    with pytest.raises(ValueError, match="steps of 1 s: log milliseconds"):
        calibrate_requests(read_sources([tmp_path / "access.log"], asked), asked)


def test_counters_of_a_metrics_server(tmp_path: Path) -> None:
    answer = {"data": {"result": [{"metric": {"group": "workers"}, "values": [[0, "1"], [5, "3.5"], [10, "0.5"]]}]}}
    (tmp_path / "cpu.json").write_text(json.dumps(answer))
    series = read_prometheus(tmp_path / "cpu.json")["workers"]
    assert series.grown(np.array([0.0, 5.0, 10.0])).tolist() == [2.5, 0.5], "the counter began again"
    assert np.isnan(series.grown(np.array([-100.0, 5.0]))).all()
    (tmp_path / "cpu.csv").write_text("time,group,cpu_s\n5,db,2\n0,db,1\n")
    assert read_csv_series(tmp_path / "cpu.csv")["db"].grown(np.array([0.0, 5.0])).tolist() == [1.0]


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("p.json", json.dumps({"data": {"result": [{"metric": {"quantile": "0.99"}, "values": []}]}}),
         "averaged percentiles"),
        ("p.json", "{}", 'no "data.result"'),
        ("stats.csv", "Type,Name,50%,95%,99%\n", "rounded or averaged percentiles cannot be calibrated from"),
        ("cpu.csv", "a,b\n1,2\n", "columns time, group, cpu_s"),
    ],
)  # fmt: skip
def test_summaries_are_refused(tmp_path: Path, name: str, text: str, reason: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=reason):
        read_sources([tmp_path / name], Limits.model_validate(LIMITS))


def test_series_alone_are_no_requests(tmp_path: Path) -> None:
    (tmp_path / "cpu.csv").write_text("time,group,cpu_s\n0,db,1\n")
    with pytest.raises(ValueError, match="no requests: give the folder"):
        read_sources([tmp_path / "cpu.csv"], Limits.model_validate(LIMITS))
    with pytest.raises(ValueError, match="no record of a load test"):
        read_load_test(tmp_path)


def test_wrong_limits_are_named(tmp_path: Path) -> None:
    (tmp_path / "limits.yaml").write_text("users: many\nstations: {a: {groups: [x]}, b: {groups: [x]}}\n")
    with pytest.raises(ValueError, match=r"limits.yaml: users: .*\n.*limits.yaml: workers: "):
        read_limits(tmp_path / "limits.yaml")
    with pytest.raises(ValueError, match="the CPU of x is counted at two stations"):
        Limits.model_validate({**LIMITS, "stations": {"a": {"groups": ["x"]}, "b": {"groups": ["x"]}}})


def load_test_folder(folder: Path) -> Path:
    """The record of a load test as its journal writes it, made of known demands."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    record = closed({"search": [0.02], "bom": [0.05, 0.1]}, [0.8, 0.2], [2, 4], each=500)
    origin = 1_800_000_000_000_000
    at = {name: origin + np.round(getattr(record, f"{name}_s") * 1e6).astype(np.int64) for name in ("start", "end")}
    requests = {
        "user": record.user, "persona": ["p"] * len(record), "transaction": record.chain,
        "verb": [record.verbs[k] for k in record.verb], "step": record.step, "request": record.name,
        "intended_at": at["start"], "started_at": at["start"], "ended_at": at["end"],
        "outcome": ["ok"] * len(record), "process": ["a-1"] * len(record),
    }  # fmt: skip
    folder.mkdir()
    pq.write_table(pa.table(requests), folder / "requests-a-1.parquet")
    levels = [[level.label, level.from_s, level.to_s, 1.0, 0.0] for level in record.levels]
    (folder / "levels.json").write_text(json.dumps({"started_at": origin, "levels": levels}))
    spent = record.usage["workers"]
    count = len(spent.at_s)
    probe = {
        "at": np.tile(origin + np.round(spent.at_s * 1e6).astype(np.int64), 2),
        "group": ["workers"] * count + ["machine"] * count, "measure": ["cpu_s"] * count + ["speed"] * count,
        "value": np.concatenate([spent.value, np.full(count, 0.002)]),
    }  # fmt: skip
    pq.write_table(pa.table(probe), folder / "probe.parquet")
    return folder


def test_the_command_writes_a_workload(tmp_path: Path) -> None:
    source = load_test_folder(tmp_path / "run")
    (tmp_path / "limits.yaml").write_text(yaml.safe_dump({**LIMITS, "users": "closed"}))
    out = tmp_path / "out"
    words = [
        "calibrate",
        "requests",
        str(source),
        "--limits",
        str(tmp_path / "limits.yaml"),
        "--out",
        str(out),
        "--json",
    ]
    program = f"import sys; sys.argv = {['twin', *words]!r}; from twin.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["speed_s"] == pytest.approx(0.002)
    by_step = {(m["where"]["transaction"], m["where"]["step"]): m for m in told["measures"]}
    assert by_step["bom", "1"]["low"] < by_step["bom", "1"]["estimate"] < by_step["bom", "1"]["high"]
    assert abs(by_step["search", "0"]["estimate"] / 0.02 - 1) < 0.15
    workload = yaml.safe_load((out / "workload.yaml").read_text())["workload"]
    assert workload["pools"] == {"workers": {"size": 4}}
    assert [step["hold"] for step in workload["transactions"]["bom"]["steps"]] == ["workers", "workers"]


def test_levels_are_half_open() -> None:
    assert Level("a", 1.0, 3.5).length_s == 2.5

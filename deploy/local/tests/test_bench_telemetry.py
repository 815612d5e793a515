"""What seeing inside costs, as the benchmark works it out."""

import bench_telemetry
import installation
import pytest


def test_the_cost_is_by_how_much_orders_per_cpu_second_fall():
    pair = {"on": {"order": 3.0, "user": 1.0, "gateway": 6.0}, "off": {"order": 2.0, "user": 1.0,
                                                                     "gateway": 6.0}}
    assert bench_telemetry.cost(pair, ("order", "user")) == pytest.approx(0.25)
    assert bench_telemetry.cost(pair, ("order", "user", "gateway")) == pytest.approx(0.1)


def test_settings_take_the_place_of_what_was_there(tmp_path, monkeypatch):
    monkeypatch.setattr(bench_telemetry.installation, "state_folder", lambda: tmp_path)
    (tmp_path / "run").mkdir()
    for service in installation.SERVICES:
        (tmp_path / "run" / f"{service}.environment").write_text("PORT=1\nLOG_LEVEL=info\n")
    bench_telemetry.write_settings({"LOG_LEVEL": "error", "METRICS": "false"})
    assert (tmp_path / "run" / "user.environment").read_text() == (
        "PORT=1\nLOG_LEVEL=error\nMETRICS=false\n")


def test_on_and_off_take_turns_in_being_first(monkeypatch, tmp_path):
    monkeypatch.setattr(bench_telemetry, "write_settings", lambda settings: turns.append(settings))
    monkeypatch.setattr(bench_telemetry.scrape, "scrape", lambda *_, **__: [])
    turns, restarts = [], []
    pairs = bench_telemetry.measure({}, lambda: restarts.append(1), lambda count: {"order": count},
                                    100)
    on, off = bench_telemetry.ON, bench_telemetry.OFF
    assert turns[:4] == [on, off, off, on] and turns[-1] == on
    assert len(pairs) == bench_telemetry.PAIRS and len(restarts) == len(turns)

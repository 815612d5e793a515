"""Words that ./dev cannot mean are refused before packages, a build and an installation."""

import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[3]
LABOUR = ("apt-get", "cmake", "ninja")


def is_repository() -> bool:
    if not shutil.which("git"):
        return False
    return subprocess.run(["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True,
                          check=False).returncode == 0


needs_repository = pytest.mark.skipif(not is_repository(), reason="no repository, or no git")


@pytest.fixture
def dev(tmp_path):
    """Runs it where whatever takes time is written down, and fails."""
    for name in LABOUR:
        (tmp_path / name).write_text(f"#!/bin/sh\necho {name} >>'{tmp_path}/begun'\nexit 1\n")
        (tmp_path / name).chmod(0o755)

    def dev(*words: str, **settings: str) -> tuple[int, str]:
        done = subprocess.run([ROOT / "dev", *words], text=True, timeout=60, env={
            **os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "MERCATO_STATE": str(tmp_path / "state"), "MERCATO_BUILD": str(tmp_path / "build"),
            **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert not (tmp_path / "begun").exists() and not (tmp_path / "state").exists()
        return done.returncode, done.stdout
    return dev


@pytest.mark.parametrize(("words", "settings", "said"), [
    (("--tsl",), {}, "up takes --tls or nothing"),
    (("--tls", "now"), {}, "up takes --tls or nothing"),
    ((), {"RATE_LIMITS": "of"}, "RATE_LIMITS is 'of': on or off"),
    ((), {"TRACES_SHARE": "0.5x"}, "TRACES_SHARE is '0.5x': from 0 to 1"),
])
def test_an_up_that_nobody_can_mean(dev, words, settings, said):
    assert dev("up", *words, **settings) == (1, f"{said}\n")


@pytest.mark.parametrize("words", [
    "down --wipe order", "stop order payment", "restart order payment", "rollout order payment",
    "kill order TERM payment", "backup one two", "packages some", "import one two",
    "rotate jwt --withdraw it", "events dead order payment", "events redrive one two",
])
def test_words_that_would_be_passed_over(dev, words):
    status, printed = dev(*words.split())
    assert status == 2 and printed.startswith("Usage: ")


@pytest.mark.parametrize(("words", "said"), [
    (("unti",), "unknown suite 'unti': see ./dev help"),
    (("unit", "foo"), "unknown suite 'foo': see ./dev help"),
    (("all", "unit"), "'all' stands alone"),
])
def test_suites_that_there_are_not(dev, words, said):
    assert dev("test", *words) == (1, f"{said}\n")


@pytest.mark.parametrize(("words", "said"), [
    (("--orders", "x"), "invalid int value: 'x'"), (("--order", "x"), "invalid int value: 'x'"),
    (("--plots",), "unrecognized arguments: --plots"),
    pytest.param(("--against", "HEAD", "--rounds", "x"), "invalid int value: 'x'",
                 marks=needs_repository),
])
def test_a_bench_that_nobody_can_mean(dev, words, said):
    status, printed = dev("bench", *words)
    assert status == 2 and said in printed


def test_a_bench_against_nothing(dev):
    assert dev("bench", "--against") == (1, "--against what commit?\n")


@needs_repository
def test_a_bench_against_no_commit(dev):
    assert dev("bench", "--against", "no-such-commit") == (1, "there is no commit no-such-commit\n")


def test_who_asks_how_to_bench_is_told(dev):
    status, printed = dev("bench", "--help")
    assert status == 0 and printed.startswith("usage: ./dev bench") and "--only" not in printed

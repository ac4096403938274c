"""The marker, in real sessions of a suite that is not ours."""

from __future__ import annotations

import pytest

SUITE = """
import pytest

now, calls = [0.0], []

def clock():
    return now[0]

def take(seconds):
    calls.append(seconds)
    now[0] += seconds * (1 + len(calls) % 5 / 100)

@pytest.mark.benchmark(timer=clock)
def test_old(benchmark):
    benchmark.pedantic(take, (0.004,), rounds=12)

{mark}
@pytest.mark.benchmark(timer=clock)
def test_new(benchmark):
    benchmark.pedantic(take, (0.001,), rounds=12)
"""
"""Its time passes as it is told to, so that no verdict depends on how busy the machine is."""


def run(pytester: pytest.Pytester, mark: str, *args: str) -> pytest.RunResult:
    """Run a suite with a marker, in a process of its own."""
    pytester.makepyfile(SUITE.format(mark=mark))
    return pytester.runpytest_subprocess("-p", "no:cacheprovider", *args)


@pytest.mark.parametrize(
    ("bounds", "words", "code"),
    [
        ("at_least=1.5", "1 claim: 1 holds", 0),
        ("", "1 claim: 1 holds", 0),
        ("at_least=50", "1 claim: 1 fails", 1),
        ("between=[1, 1.5]", "1 claim: 1 fails", 1),
        ("at_most=50", "1 claim: 1 holds", 0),
    ],
)
def test_a_claim_is_judged_at_the_end(
    pytester: pytest.Pytester, bounds: str, words: str, code: int
) -> None:
    """1 ms is over 1.5 times as fast as 4 ms, and not 50 times; bounds of two sides."""
    result = run(pytester, f"@pytest.mark.claim(faster_than='test_old', {bounds})")
    assert result.ret == code
    result.stdout.fnmatch_lines(["*== claims ==*", words, "*test_new > test_old*"])


def test_claims_of_one_test_are_apart(pytester: pytest.Pytester) -> None:
    """Two markers, two verdicts."""
    mark = "@pytest.mark.claim(faster_than='test_old', at_least={})"
    result = run(pytester, f"{mark.format(1.5)}\n{mark.format(50)}")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["2 claims: 1 holds, 1 fails"])


@pytest.mark.parametrize(
    ("mark", "words"),
    [
        ("claim()", "names the test to be faster than"),
        ("claim('test_old')", "names the test to be faster than"),
        ("claim(faster_than='test_old', at_last=2)", "unknown field `at_last`"),
        ("claim(faster_than='test_old', between=[2, 1])", "allows nothing"),
        ("claim(faster_than='test_old', at_least=-1)", "must be above 0"),
    ],
)
def test_a_wrong_marker_is_told_in_one_line(
    pytester: pytest.Pytester, mark: str, words: str
) -> None:
    """A usage error that names the test."""
    result = run(pytester, f"@pytest.mark.{mark}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line.startswith("ERROR")]
    assert "test_new" in line
    assert words in line


def test_an_unknown_test_fails_the_session(pytester: pytest.Pytester) -> None:
    """A misspelt name never holds in silence; the nearest is named."""
    result = run(pytester, "@pytest.mark.claim(faster_than='test_odl')")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["error: *faster_than='test_odl'*no such test; nearest: *test_old*"]
    )


def test_what_was_not_measured_is_told(pytester: pytest.Pytester) -> None:
    """Deselected, or benchmarks switched off: not judged, no failure."""
    mark = "@pytest.mark.claim(faster_than='test_old')"
    for args in (("-k", "new"), ("--benchmark-disable",)):
        result = run(pytester, mark, *args)
        assert result.ret == 0
        result.stdout.fnmatch_lines(["*test_new > test_old: not judged: *gave no times*"])


def test_a_suite_without_claims_sees_nothing(pytester: pytest.Pytester) -> None:
    """The plugin is silent."""
    result = run(pytester, "")
    assert result.ret == 0
    result.stdout.no_fnmatch_line("*== claims ==*")

"""Waiting for jobs: all are awaited, a failure ends it, and what is looked at is told."""

import pytest

from emargin_core.jobs.status import JobStatus
from emargin_core.jobs.wait import wait_for
from emargin_core.text.errors import ExplorerError


class Scripted:
    """Jobs whose states are written down: key -> one state a look, the last one stays."""

    def __init__(self, **states):
        self.states = {key: list(known) for key, known in states.items()}
        self.looks = []

    def status(self, key):
        self.looks.append(key)
        known = self.states[key]
        state = known.pop(0) if len(known) > 1 else known[0]
        return None if state is None else JobStatus(key, state, message="It broke." * ("!" in key))


def test_returns_once_all_are_done_and_looks_no_more_at_what_is():
    jobs, told = Scripted(a=["done", "failed"], b=["waiting", "running", "done"]), []
    wait_for(jobs, ["a", "b"], lambda looked: told.append([s.state for s in looked]))
    assert told == [["done", "waiting"], ["done", "running"], ["done", "done"]]
    assert jobs.looks == ["a", "b", "b", "b"]


def test_nothing_to_wait_for_is_told_once():
    told = []
    wait_for(Scripted(), [], told.append)
    assert [list(looked) for looked in told] == [[]]


@pytest.mark.parametrize(
    ("key", "state", "words"),
    [
        ("a!", "failed", "It broke."),
        ("a", "cancelled", "a run was cancelled"),
        ("a", None, "a run was cancelled"),
    ],
)
def test_a_job_that_ends_otherwise_is_an_error(key, state, words):
    jobs = Scripted(**{key: ["running", state], "b": ["running"]})
    with pytest.raises(ExplorerError, match=words):
        wait_for(jobs, ["b", key])


def test_patience_has_an_end():
    with pytest.raises(ExplorerError, match="within 0 s"):
        wait_for(Scripted(a=["running"]), ["a"], timeout_s=0.01)

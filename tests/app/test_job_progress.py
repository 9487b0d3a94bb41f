"""How often a page looks for its jobs, by how many people wait for them."""

from types import SimpleNamespace

import pytest

from app import session
from app.components import job_progress
from emargin_core.jobs.status import JobStatus


@pytest.mark.parametrize(
    ("people", "watch", "seconds"),
    [(1, None, 1.0), (15, None, 1.0), (60, None, 4.0), (1, list, 0.5), (60, list, 4.0)],
)
def test_the_more_people_wait_the_less_often_each_looks(monkeypatch, people, watch, seconds):
    asked = []

    def fragment(function, run_every):
        asked.append(run_every)
        return function

    job = JobStatus("run", owners=frozenset(map(str, range(people))))
    monkeypatch.setattr(job_progress, "active", lambda keys, first_look=False: [job])
    monkeypatch.setattr(job_progress, "_banner", lambda keys, n_waiting, watch, first_look: None)
    monkeypatch.setattr(job_progress.st, "fragment", fragment)
    job_progress.progress_banner(("run",), watch)
    assert asked == [seconds]


class RerunError(Exception):
    """Stands in for what Streamlit raises to draw a page anew."""


def rerun():
    raise RerunError


def test_bar_for_jobs_that_have_just_ended_draws_the_page_anew(monkeypatch):
    monkeypatch.setattr(job_progress, "active", lambda keys, first_look=False: [])
    monkeypatch.setattr(job_progress.st, "rerun", rerun)
    with pytest.raises(RerunError):
        job_progress.progress_banner(("run",))


def test_outcome_that_came_after_the_page_looked_for_it_draws_the_page_anew(monkeypatch):
    stored = {}
    monkeypatch.setattr(job_progress, "active", lambda keys, first_look=False: [])
    monkeypatch.setattr(job_progress.st, "rerun", rerun)
    monkeypatch.setattr(session, "stored_result", stored.get)
    assert not job_progress.under_way(["run", "other"])
    stored["other"] = "a result"
    with pytest.raises(RerunError):
        job_progress.under_way(["run", "other"])
    assert not job_progress.under_way(["run", "other"], lambda key: False)
    monkeypatch.setattr(job_progress, "active", lambda keys, first_look=False: [JobStatus("run")])
    assert job_progress.under_way(["run", "other"])


@pytest.mark.parametrize(
    ("owners", "mine", "told"),
    [
        ({"tab-me"}, True, {"tab-me"}),
        ({"tab-me", "tab-here"}, True, {"tab-me"}),
        ({"tab-here"}, False, {"tab-me"}),
        ({"tab-left"}, True, {"tab-me", "tab-left"}),  # such as this one before it was reloaded
        ({"tab-left", "tab-here"}, False, {"tab-me", "tab-left"}),
        ({"sweep-a"}, False, {"tab-me"}),
    ],
)
def test_what_nobody_else_waits_for_can_be_cancelled(monkeypatch, owners, mine, told):
    here = SimpleNamespace(is_active_session=lambda name: name in ("me", "here"))
    monkeypatch.setattr(session.runtime, "exists", lambda: True)
    monkeypatch.setattr(session.runtime, "get_instance", lambda: here)
    monkeypatch.setattr(session, "session_owner", lambda: "tab-me")
    cancelled = set()
    jobs = SimpleNamespace(cancel=lambda key, owner: cancelled.add(owner))
    monkeypatch.setattr(session, "jobs", lambda: jobs)
    job = JobStatus("run", owners=frozenset(owners))
    assert session.can_cancel(job) == mine
    session.cancel(job)
    assert cancelled == told

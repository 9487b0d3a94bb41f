"""The line: who goes first, who stands where, and stepping out."""

from emargin_core.jobs.line import Line


def nothing():
    raise AssertionError("standing in line sends nothing")


def in_order(line):
    keys = []
    while (place := line.take()) is not None:
        keys.append(place.key)
    return keys


def test_who_came_first_goes_first_and_higher_priority_before_that():
    line = Line()
    for key, priority in (("s1", -10), ("a", 0), ("s2", -10), ("b", 0)):
        line.add(key, nothing, priority)
    assert [line.ahead(key) for key in ("a", "b", "s1", "s2")] == [0, 1, 2, 3]
    assert in_order(line) == ["a", "b", "s1", "s2"]


def test_who_left_is_not_counted_and_cannot_leave_again():
    line = Line()
    for key in ("a", "b", "c"):
        line.add(key, nothing)
    assert line.leave("b")
    assert not line.leave("b")
    assert line.ahead("b") is None
    assert line.ahead("c") == 1


def test_hurried_one_steps_forward_and_never_back():
    line = Line()
    for key, priority in (("a", 0), ("s1", -10), ("s2", -10)):
        line.add(key, nothing, priority)
    line.hurry("s2", 0)
    line.hurry("a", -10)
    line.hurry("nobody", 0)
    assert in_order(line) == ["a", "s2", "s1"]

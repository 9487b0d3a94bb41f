"""The priority queue: order, positions, removal, raised priorities."""

from emargin_core.jobs.priority_queue import PriorityQueue


def queue_of(*entries):
    queue = PriorityQueue()
    for key, priority in entries:
        queue.push(key, priority)
    return queue


def popped(queue):
    return list(iter(queue.pop, None))


def test_higher_priority_comes_first_and_of_equal_ones_the_earlier():
    queue = queue_of(("s1", -10), ("a", 0), ("s2", -10), ("b", 0))
    assert [queue.position(key) for key in ("a", "b", "s1", "s2")] == [0, 1, 2, 3]
    assert popped(queue) == ["a", "b", "s1", "s2"]
    assert queue.pop() is None


def test_removed_key_is_not_counted_and_cannot_be_removed_again():
    queue = queue_of(("a", 0), ("b", 0), ("c", 0))
    assert queue.remove("b")
    assert not queue.remove("b")
    assert queue.position("b") is None
    assert queue.position("c") == 1


def test_raised_priority_moves_a_key_forward_and_never_back():
    queue = queue_of(("a", 0), ("s1", -10), ("s2", -10))
    queue.raise_priority("s2", 0)
    queue.raise_priority("a", -10)
    queue.raise_priority("unknown", 0)
    assert popped(queue) == ["a", "s2", "s1"]

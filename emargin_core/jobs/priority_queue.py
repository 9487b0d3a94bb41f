"""The priority queue in which jobs wait until a worker is free."""

from itertools import count


class PriorityQueue:
    """Keys of jobs: higher priority first, of equal ones the earlier. Not for several threads.

    A few hundred wait at most, so the first is looked for, not kept in a heap that would have to
    be searched for every removal.
    """

    def __init__(self) -> None:
        self._ranks: dict[str, tuple[int, int]] = {}
        self._numbers = count()

    def push(self, key: str, priority: int = 0) -> None:
        """Add a key behind those of the same priority."""
        self._ranks[key] = (-priority, next(self._numbers))

    def pop(self) -> str | None:
        """Remove and return the first key; None if the queue is empty."""
        first = min(self._ranks, key=self._ranks.__getitem__, default=None)
        if first is not None:
            del self._ranks[first]
        return first

    def raise_priority(self, key: str, priority: int) -> None:
        """Move a waiting key behind those of this priority; never back."""
        if key in self._ranks and -priority < self._ranks[key][0]:
            self.push(key, priority)

    def remove(self, key: str) -> bool:
        """Take a key out; False if it does not wait."""
        return self._ranks.pop(key, None) is not None

    def position(self, key: str) -> int | None:
        """How many keys come before this one; None if it does not wait."""
        if key not in self._ranks:
            return None
        return sum(rank < self._ranks[key] for rank in self._ranks.values())

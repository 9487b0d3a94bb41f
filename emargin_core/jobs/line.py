"""The line in which jobs stand until a worker is free."""

from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count


@dataclass(order=True)
class Place:
    """A job that waits, and what sends it to the cluster; ordered by who goes first."""

    rank: tuple[int, int]
    key: str = field(compare=False)
    send: Callable[[], None] = field(compare=False)


class Line:
    """Those of higher priority go first; of equal ones, who came first. Not for several threads."""

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._numbers = count()

    def add(self, key: str, send: Callable[[], None], priority: int = 0) -> None:
        """Stand at the end of those with this priority."""
        insort(self._places, Place((-priority, next(self._numbers)), key, send))

    def take(self) -> Place | None:
        """Let the first one go; None if nobody waits."""
        return self._places.pop(0) if self._places else None

    def hurry(self, key: str, priority: int) -> None:
        """Step forward to those with this priority; never back."""
        for place in self._places:
            if place.key == key and -priority < place.rank[0]:
                self.leave(key)
                self.add(key, place.send, priority)
                return

    def leave(self, key: str) -> bool:
        """Step out; False if it does not stand here."""
        before = len(self._places)
        self._places = [place for place in self._places if place.key != key]
        return len(self._places) < before

    def ahead(self, key: str) -> int | None:
        """How many go before this one; None if it does not stand here."""
        keys = [place.key for place in self._places]
        return keys.index(key) if key in keys else None

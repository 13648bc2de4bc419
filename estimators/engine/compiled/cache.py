"""The compiled programs of this process: a bounded number, each lent to one fit at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Pool(Generic[Item]):
    """Keeps what is costly to make, by what it was made for, and forgets what was used longest ago.

    Parameters
    ----------
    capacity : int
        Most items kept while nobody uses them.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._idle: OrderedDict[int, tuple[Hashable, Item]] = OrderedDict()
        self._lent: dict[int, tuple[Hashable, Item]] = {}
        # Of this thread too: a network may be built by fitting another estimator.
        self._making = threading.RLock()
        self._lock = threading.Lock()

    @contextmanager
    def borrow(self, key: Hashable, make: Callable[[Item | None], Item]) -> Iterator[Item]:
        """Lend an idle item made for `key`, or a new one; nobody else has it meanwhile.

        `make` is given another item for `key` that somebody has, and may be changing, if there is
        one. An item whose borrower raised is forgotten: it may be half changed.
        """
        with self._making:
            item = self._take(key)
            if item is None:
                item = make(self._lent_for(key))
            with self._lock:
                self._lent[id(item)] = (key, item)
        try:
            yield item
        finally:
            with self._lock:
                del self._lent[id(item)]
        self.give(key, item)

    def give(self, key: Hashable, item: Item) -> None:
        """Keep `item` for the next borrower."""
        with self._lock:
            self._idle[id(item)] = (key, item)
            while len(self._idle) > self._capacity:
                self._idle.popitem(last=False)

    def clear(self) -> None:
        """Forget every idle item."""
        with self._lock:
            self._idle.clear()

    def __len__(self) -> int:
        return len(self._idle)

    def _lent_for(self, key: Hashable) -> Item | None:
        with self._lock:
            return next((item for of, item in self._lent.values() if of == key), None)

    def _take(self, key: Hashable) -> Item | None:
        with self._lock:
            for number, (made_for, item) in reversed(self._idle.items()):
                if made_for == key:
                    del self._idle[number]
                    return item
        return None


class Shelf(Generic[Item]):
    """Keeps what anybody may use at any time, by key, and forgets what was used longest ago.

    Parameters
    ----------
    capacity : int
        Most items kept.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._items: OrderedDict[Hashable, Item] = OrderedDict()
        self._lock = threading.RLock()

    def get(self, key: Hashable, make: Callable[[], Item]) -> Item:
        """Return the item of `key`, made now if it is new."""
        with self._lock:
            item = self._items.get(key)
            if item is None:
                item = self._items[key] = make()
                while len(self._items) > self._capacity:
                    self._items.popitem(last=False)
            self._items.move_to_end(key)
            return item

    def clear(self) -> None:
        """Forget every item."""
        with self._lock:
            self._items.clear()

    def __len__(self) -> int:
        return len(self._items)

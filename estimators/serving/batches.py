"""Questions that come while another is being answered are answered together, in one batch."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Row = TypeVar("Row")
Answer = TypeVar("Answer")


class Batches(Generic[Row, Answer]):
    """Answers rows of many threads, those together that wait at the same time.

    Nobody waits for others to come: a thread that finds nobody at work answers at once, and with
    its own rows those that are waiting. The next to wait takes over before the answers are told.

    Parameters
    ----------
    answer : callable
        Takes rows, returns an answer for each. Never called by two threads at a time.
    most : int
        Rows in a batch; who asks more at once is answered alone.
    """

    def __init__(self, answer: Callable[[list[Row]], Sequence[Answer]], most: int) -> None:
        self._answer = answer
        self._most = most
        self._waiting: deque[_Question[Row, Answer]] = deque()
        self._is_at_work = False
        self._lock = threading.Lock()

    def ask(self, rows: list[Row]) -> Sequence[Answer]:
        """Return an answer for each of the rows, or raise what answering these raises."""
        question = _Question[Row, Answer](rows)
        with self._lock:
            self._waiting.append(question)
            is_first, self._is_at_work = not self._is_at_work, True
        try:
            leads = is_first or question.waits_until_it_leads()
        except BaseException:
            self._leave(question)
            raise
        if leads:
            self._answer_batch()
        return question.answers_or_error()

    def _answer_batch(self) -> None:
        batch = self._next_batch()
        try:
            self._answer_all(batch)
        except BaseException:
            for question in batch[1:]:
                question.error = RuntimeError("Another thread was stopped meanwhile; ask again.")
            raise
        finally:
            self._hand_over()
            for question in batch:
                question.is_answered()

    def _next_batch(self) -> list[_Question[Row, Answer]]:
        with self._lock:
            batch = [self._waiting.popleft()]
            count = len(batch[0].rows)
            while self._waiting and count + len(self._waiting[0].rows) <= self._most:
                batch.append(self._waiting.popleft())
                count += len(batch[-1].rows)
        return batch

    def _answer_all(self, batch: Sequence[_Question[Row, Answer]]) -> None:
        try:
            answers = self._answer([row for question in batch for row in question.rows])
        except Exception as error:
            if len(batch) == 1:
                batch[0].error = error
                return
            # One of them is to blame, and the others shall not know.
            for question in batch:
                self._answer_all([question])
            return
        start = 0
        for question in batch:
            question.answers = answers[start : start + len(question.rows)]
            start += len(question.rows)

    def _leave(self, question: _Question[Row, Answer]) -> None:
        with self._lock:
            if question in self._waiting:
                self._waiting.remove(question)
        if question.leads:
            self._hand_over()

    def _hand_over(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting[0].leads_now()
            else:
                self._is_at_work = False


class _Question(Generic[Row, Answer]):
    """Rows of one thread, on their way to their answers."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.answers: Sequence[Answer] | None = None
        self.error: BaseException | None = None
        self.leads = False
        # A lock that is taken twice: much lighter than an event.
        self._gate = threading.Lock()
        self._gate.acquire()

    def waits_until_it_leads(self) -> bool:
        """Wait until others have answered, or it is this thread's turn to; return whether it is."""
        self._gate.acquire()
        return self.leads

    def leads_now(self) -> None:
        self.leads = True
        self._gate.release()

    def is_answered(self) -> None:
        if not self.leads:
            self._gate.release()

    def answers_or_error(self) -> Sequence[Answer]:
        if self.error is not None:
            raise self.error
        return self.answers

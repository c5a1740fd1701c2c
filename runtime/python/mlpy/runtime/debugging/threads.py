"""The threads of a Python program that run ML, as debuggers see them."""

import sys
import threading

MAIN = 1


class Threads:
    """Numbers them: the main thread is 1, others follow as they are met. A number stays for as long as its thread lives."""

    def __init__(self):
        self.numbers = {threading.main_thread().ident: MAIN}
        self.last = MAIN

    def number(self, ident=None):
        """Of a thread, the calling one for None."""
        ident = ident or threading.get_ident()
        found = self.numbers.get(ident)
        if found is None:
            self.forget_ended()
            self.last += 1
            found = self.numbers[ident] = self.last
        return found

    def forget_ended(self):
        alive = sys._current_frames()
        for ident in [ident for ident, number in self.numbers.items() if number != MAIN and ident not in alive]:
            del self.numbers[ident]

    def ident(self, number):
        """Of the thread with a number, or None."""
        return next((ident for ident, known in self.numbers.items() if known == number), None)

    def frame(self, number):
        """The innermost frame of a thread right now, or None."""
        return sys._current_frames().get(self.ident(number))

    def rows(self, runs_ml):
        """[number, name] of the main thread, and of those with a stack for which ``runs_ml(frame)`` holds."""
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        found = {self.number(ident): names.get(ident) for ident, frame in sys._current_frames().items() if runs_ml(frame)}
        found[MAIN] = "main"
        return [[number, name or f"thread {number}"] for number, name in sorted(found.items())]

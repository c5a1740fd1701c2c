"""Python's regular expressions under a budget: a search either ends within a second of processor time or raises.

``re`` itself looks for signals only every few thousand steps of *one* attempt, and not at all between the places where
an attempt starts, so a timer alone does not stop ``a*b`` on a long run of ``a``. Hence:

1. A pattern is judged once: can an attempt at one place cost more than its length, and how steeply does that grow with
   the text? Most searches are harmless by this estimate and run as they are.
2. Others run under a timer (processor time; the signal handler raises), and as one attempt of the engine: the pattern
   ``[any]*?(?=PATTERN)`` walks to the place where the real pattern matches, and this walk is seen by the signal check.

Outside the main thread signals do not reach ``re``. There the walk is made step by step with a look at the clock, and a
search that could be exponential is refused when the text is long.
"""

import _signal
import _thread
import re
import time
import warnings
from re import _compiler, _constants, _parser

from mlpy._native import MLError
from mlpy.stdlib.check import limit_error

BUDGET_SECONDS = 1.0
MAX_PATTERN = 4096
MAX_SUBJECT = 1024 * 1024
HARMLESS_STEPS = 5_000_000
HARMLESS_EXPONENTIAL = 12
THREAD_EXPONENTIAL = 24
THREAD_STEPS = 1_000_000_000

_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)
_ANY = [(_constants.IN, [(_constants.RANGE, (0, 0x10FFFF))])]


class _Exceeded(Exception):
    pass


class _Timer:
    """Armed while a guarded search runs. The handler stays installed and does nothing at other times."""

    installed = False
    armed = False


def _on_timer(*_):
    if _Timer.armed:
        raise _Exceeded


class Risk:
    """How an attempt at one place grows: ``places`` repetitions that can be given back, or exponentially."""

    def __init__(self, tree):
        self.degree = 0
        self.exponential = False
        self.width = min(tree.getwidth()[0], 1 << 20)
        self._look(tree, False, False)

    def _look(self, tree, followed, repeated):
        """``followed``: something after it can fail; ``repeated``: inside a repetition."""
        last = len(tree) - 1
        for index in range(len(tree)):
            operation, argument = tree[index]
            self._look_at(operation, argument, followed or index < last, repeated)

    def _look_at(self, operation, argument, followed, repeated):
        if operation in _REPEATS:
            fewest, most, body = argument
            if fewest != most:
                self.degree += followed or repeated
                self.exponential |= repeated
            self._look(body, True, repeated or most != 1)
        elif operation is _constants.SUBPATTERN:
            self._look(argument[-1], followed, repeated)
        elif operation is _constants.BRANCH:
            self.exponential |= repeated
            self.degree += followed
            for branch in argument[1]:
                self._look(branch, followed, repeated)
        elif operation in (_constants.ASSERT, _constants.ASSERT_NOT):
            self._look(argument[1], True, repeated)
        elif operation is _constants.GROUPREF_EXISTS:
            for branch in argument[1:]:
                if branch:
                    self._look(branch, followed, repeated)
        elif operation is _constants.ATOMIC_GROUP:
            self._look(argument, True, repeated)
        elif operation is _constants.POSSESSIVE_REPEAT:
            self._look(argument[2], True, True)

    def harmless_length(self):
        if self.exponential:
            return HARMLESS_EXPONENTIAL
        return int((HARMLESS_STEPS / max(1, self.width)) ** (1 / (self.degree + 1)))


class Engine:
    """A compiled pattern. Every method may raise RuntimeError ``regex budget exceeded``."""

    def __init__(self, pattern, flags):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parser.parse(pattern, flags)
            self.compiled = re.compile(pattern, flags)
        self._tree = tree
        self._walk = None
        self.risk = Risk(tree)
        self.harmless_length = self.risk.harmless_length()

    def _walker(self):
        if self._walk is None:
            state = self._tree.state
            tree = _parser.SubPattern(state, [
                (_constants.MIN_REPEAT, (0, _constants.MAXREPEAT, _parser.SubPattern(state, _ANY))),
                (_constants.ASSERT, (1, self._tree))])
            self._walk = _compiler.compile(tree, state.flags)
        return self._walk

    def _guarded(self, text):
        if len(text) > MAX_SUBJECT:
            raise limit_error(f"regex: text of more than {MAX_SUBJECT} characters")
        return len(text) > self.harmless_length

    def one(self, method, text, start, end):
        """``method`` ("search", "match" or "fullmatch") of the compiled pattern on a region."""
        if not self._guarded(text):
            return getattr(self.compiled, method)(text, start, end)
        if method == "search":
            return next(self._matches(text, start, end), None)
        return self._run(getattr(self.compiled, method), text, start, end)

    def all(self, text, start, end):
        """Every match in a region, as a list."""
        if not self._guarded(text):
            return list(self.compiled.finditer(text, start, end))
        return self._run(lambda: list(self._matches(text, start, end, timed=True)))

    def _run(self, work, *arguments):
        """Does the work within the budget."""
        if _thread.get_ident() != _MAIN_THREAD:
            self._check_thread(arguments)
            return work(*arguments)
        if not _Timer.installed:
            _signal.signal(_signal.SIGVTALRM, _on_timer)
            _Timer.installed = True
        try:
            _Timer.armed = True
            _signal.setitimer(_signal.ITIMER_VIRTUAL, BUDGET_SECONDS)
            return work(*arguments)
        except _Exceeded:
            raise _exceeded() from None
        finally:
            _Timer.armed = False
            _signal.setitimer(_signal.ITIMER_VIRTUAL, 0)

    def _check_thread(self, arguments):
        length = len(arguments[0]) if arguments else 0
        if self.risk.exponential and length > THREAD_EXPONENTIAL or length ** self.risk.degree > THREAD_STEPS:
            raise _exceeded()

    def _matches(self, text, start, end, timed=False):
        """Matches one after the other by the walk; with ``timed`` the caller holds the timer."""
        end = min(end, len(text))
        position = min(max(0, start), len(text))
        found = None
        while position <= end:
            if found is not None and found.end() == found.start():
                # At the place of an empty match only a longer one counts: the scanner's second answer is that.
                scanner = self.compiled.scanner(text, position, end)
                scanner.match()
                found = scanner.match()
                if found is None:
                    position += 1
                    continue
            elif timed and _thread.get_ident() == _MAIN_THREAD:
                walked = self._walker().match(text, position, end)
                found = walked and self.compiled.match(text, walked.end(), end)
            else:
                found = self._next(text, position, end) if timed else self._run(self._next, text, position, end)
            if found is None:
                return
            yield found
            position = found.end()

    def _next(self, text, position, end):
        if _thread.get_ident() == _MAIN_THREAD:
            walked = self._walker().match(text, position, end)
            return walked and self.compiled.match(text, walked.end(), end)
        self._check_thread((text,))
        deadline = time.thread_time() + BUDGET_SECONDS
        for place in range(position, end + 1):
            found = self.compiled.match(text, place, end)
            if found is not None:
                return found
            if time.thread_time() > deadline:
                raise _exceeded()
        return None


def _exceeded():
    return MLError("RuntimeError", "regex budget exceeded")


def _find_main_thread():
    import sys

    threading = sys.modules.get("threading")
    return threading.main_thread().ident if threading else _thread.get_ident()


_MAIN_THREAD = _find_main_thread()

"""Profiles taken on demand while a program is debugged."""

from mlpy import _native


class Measuring:
    """The part of the agent that starts and stops them. ``capture`` is the file they are written to, "" where whoever asks
    gives one; ``profiling`` the one being written."""

    def profile(self, message):
        """Starts or stops measuring on demand. In the thread that listens, unless the program stands: it may wait in native
        code for long."""
        try:
            self.answer(message, **getattr(self, "profile_" + message["action"])(message))
        except Exception as defect:
            self.answer(message, error=str(defect))

    def profile_start(self, message):
        if self.profiling:
            raise RuntimeError("a profile is being taken already")
        capture = self.capture or message.get("capture")
        if not capture:
            raise RuntimeError("this program was started without a place for profiles")
        options = {key: message[key] for key in ("mode", "memory", "interval_ns") if message.get(key)}
        options["thread"] = self.main_thread
        options["calls"] = False  # functions that run already cannot be given counters
        self.profiling = capture
        try:
            for _, shown, _, code, *_ in self.loader.program:
                self.follow(code, shown)
            problem = _native.profile_start(capture, options)
        except Exception:
            self.profiling = None
            raise
        if self.stopped:
            _native.profile_pause(True)
        return {"capture": capture, "problem": problem or ""}

    def follow(self, code, shown):
        """Lets the profile know a module."""
        _native.profile_follow(code, shown)

    def profile_stop(self, message):
        if not self.profiling:
            raise RuntimeError("no profile is being taken")
        capture, self.profiling = self.profiling, None
        _native.profile_stop()
        return {"capture": capture}

    def profile_status(self, message):
        return {"capture": self.profiling or ""}

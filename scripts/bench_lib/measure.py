"""Runs one command and measures its whole process tree: CPU, wall time, memory.

CPU seconds are user and system time of the process and of every child it waited for (`wait4`).
Memory is the largest sum of resident sets of the tree, sampled, so that a parent and the children
it reads files in are counted together.
"""

import os
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

SAMPLE_SECONDS = 0.05
PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Run:
    """What one run cost and printed."""

    wall: float
    cpu: float
    peak_mb: float
    exit_code: int
    stdout: str


class Failed(Exception):
    """A measured command ended with an exit code that was not expected."""


def run(command: list[str], cwd: Path | None = None, expect: tuple[int, ...] = (0,)) -> Run:
    """Runs the command and waits for it; its stderr goes to ours only when it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        begin = time.perf_counter()
        child = subprocess.Popen(command, cwd=cwd, stdout=out, stderr=err, start_new_session=True)
        sampler = _Sampler(child.pid)
        sampler.start()
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        sampler.finish()
        if child.returncode not in expect:
            err.seek(0)
            message = err.read().decode("utf-8", "replace")[-4000:]
            raise Failed(f"`{' '.join(map(str, command))}` ended with {child.returncode}\n{message}")
        out.seek(0)
        return Run(
            wall=wall,
            cpu=usage.ru_utime + usage.ru_stime,
            # Not `ru_maxrss`: a child begins with that of the process that started it.
            peak_mb=sampler.peak / 1e6,
            exit_code=child.returncode,
            stdout=out.read().decode("utf-8"),
        )


def median(runs: list[Run]) -> Run:
    """The run with the median CPU time."""
    return sorted(runs, key=lambda one: one.cpu)[len(runs) // 2]


def machine() -> dict:
    """What the numbers were measured on, and how busy it was."""
    model = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
             if line.startswith("model name")]
    return {"cpu": model[0] if model else "unknown", "cores": os.cpu_count(), "load": load()}


def load() -> list[float]:
    """Runnable processes over the last 1, 5 and 15 minutes."""
    return [round(value, 2) for value in os.getloadavg()]


class _Sampler(threading.Thread):
    """Sums the resident sets of a session until told to stop."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.session = str(session)
        self.peak = 0
        self.done = threading.Event()

    def run(self) -> None:
        while not self.done.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, self._resident())

    def finish(self) -> None:
        self.done.set()
        self.join()

    def _resident(self) -> int:
        total = 0
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                stat = Path("/proc", entry, "stat").read_text()
            except OSError:
                continue  # ended since the listing
            fields = stat.rpartition(")")[2].split()
            if fields[3] == self.session:
                total += int(fields[21]) * PAGE
        return total

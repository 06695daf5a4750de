"""What all clients under test share: waiting for something, and saying what did not come."""

import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 45
ROOM = "#peers"
PASSWORD = "correct-horse-battery"


class Failure(Exception):
    """What was waited for did not come; says so in one line, and shows what was there."""


def until(what, find, show=lambda: ""):
    """Polls until `find` yields something true, and returns it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = find()
        if found:
            return found
        time.sleep(0.1)
    raise Failure(f"not within {PATIENCE} s: {what}\n{show()}")


def end(process):
    """Ends a child by its id, by force if it must be."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

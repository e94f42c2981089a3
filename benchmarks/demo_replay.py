"""How long `alliance demo` replays the year: read from the last summary, or measured at scale 0.05 when there is none.

Which of the two it was, and at what scale, is in the row's `limit_name`.
"""

import os
import subprocess
import tempfile
from pathlib import Path

import msgspec

from alliance_node.entrypoints.demo.checks import COMMAND
from benchmarks.figures import BenchmarkFailed, Figure, figure

LAST = Path(__file__).resolve().parents[1] / "build" / "demo-summary.json"
FULL_GOAL_S, SAMPLE_GOAL_S, SAMPLE = 360.0, 90.0, 0.05


class _Summary(msgspec.Struct):
    scale: float
    seconds: dict[str, float]
    faults: list[str]


def measure() -> list[Figure]:
    """Seconds of the replay stage; the limit is the whole demo's time budget at that scale."""
    if LAST.exists():
        return [_figure(LAST, "the last `make demo`")]
    with tempfile.TemporaryDirectory(prefix="pa-bench-demo-") as name:
        summary = Path(name) / "summary.json"
        arguments = ["demo", "--scale", str(SAMPLE), "--dir", str(Path(name) / "demo"), "--summary", str(summary)]
        environment = {**os.environ, "DEMO_EXIT": "1"}
        done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False, env=environment)
        if done.returncode:
            raise BenchmarkFailed(f"the demo failed: {(done.stdout + done.stderr)[-1_000:]}")
        return [_figure(summary, "run now")]


def _figure(path: Path, origin: str) -> Figure:
    summary = msgspec.json.decode(path.read_bytes(), type=_Summary)
    if summary.faults:
        raise BenchmarkFailed(f"{path} has faults: {summary.faults}")
    goal = FULL_GOAL_S if summary.scale == 1 else SAMPLE_GOAL_S
    return figure(
        "demo_replay_s", summary.seconds["replay"], "s", goal, f"budget of the demo at {summary.scale}; {origin}"
    )

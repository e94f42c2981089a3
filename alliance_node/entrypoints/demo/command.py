"""`alliance demo`: options, signals, exit codes. What happens is in `run.py`.

Exit codes: 0 everything as it must be · 1 a fault was found · 3 the environment (another demo, a process that ended) ·
130 interrupted before the summary.
"""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from alliance_node.entrypoints.demo import summary as results
from alliance_node.entrypoints.demo import table
from alliance_node.entrypoints.demo.errors import DemoError
from alliance_node.entrypoints.demo.node_client import NodeGone
from alliance_node.entrypoints.demo.processes import Supervisor
from alliance_node.entrypoints.demo.run import DemoRun, Plan

EXIT_VARIABLE = "DEMO_EXIT"
_FAULT, _ENVIRONMENT, _INTERRUPTED = 1, 3, 130
_HEARTBEAT_S = 5


def demo(
    scale: Annotated[float, typer.Option(min=0.001, max=1.0, help="Share of the members to replay.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the sample and of the simulated behaviour.")] = 2017,
    weeks: Annotated[int, typer.Option(min=8, max=53, help="How many weeks of the year to replay.")] = 53,
    directory: Annotated[Path, typer.Option("--dir", help="Chain, nodes and logs; emptied first.")] = Path(
        "build/demo"
    ),
    summary: Annotated[Path, typer.Option(help="Where the result goes.")] = Path("build/demo-summary.json"),
) -> None:
    """A year of real purchases at three brands, conversions on a real chain, an audit; then it stays up until Ctrl-C.

    Example: `alliance demo --scale 0.05`. With DEMO_EXIT=1 in the environment it ends after the summary.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        sys.exit(_demo(Plan(scale, seed, weeks, directory.resolve()), summary, Console()))
    except DemoError as error:
        told = Console(stderr=True, highlight=False, soft_wrap=True)
        told.print(f"[bold red]{error.code}[/bold red]: {escape(str(error))}\n→ {error.next_step}")
        sys.exit(_ENVIRONMENT)


def _demo(plan: Plan, summary: Path, console: Console) -> int:
    """Everything from the first process to the last; returns the exit code."""
    code = _INTERRUPTED
    with Supervisor(plan.directory) as supervisor:
        run = DemoRun(plan, console, supervisor)
        try:
            code = _FAULT if _result(run, summary) else 0
            if os.environ.get(EXIT_VARIABLE) != "1":
                _stay_up(run)
        except NodeGone:
            supervisor.check_alive()  # says more: which process ended, and its last words
            raise
        except KeyboardInterrupt:
            console.print("\nstopping …")
        finally:
            _ignore_signals()
            run.stop()
    return code


def _result(run: DemoRun, path: Path) -> list[str]:
    """Run everything, save and show the summary; the faults found."""
    began = time.perf_counter()
    cast = run.prepare()
    figures = run.replay(cast)
    summary = run.summarise(figures, run.plan.directory / "audit.json")
    summary.seconds["total"] = round(time.perf_counter() - began, 2)
    results.save(summary, path)
    table.show(summary, run.console)
    faults = summary.faults()
    for fault in faults:
        run.console.print(f"[bold red]fault:[/bold red] {fault}")
    run.console.print(f"written to {path}")
    return faults


def _stay_up(run: DemoRun) -> None:
    """Keep everything running, in real time, until Ctrl-C."""
    run.console.print("A member's page at each brand (each link opens once, within 15 minutes):")
    for brand, link in run.page_links().items():
        run.console.print(f"  {brand:<10} {link}", soft_wrap=True)
    run.console.print("Everything stays up until Ctrl-C. More links: alliance member page-link --dir DIRECTORY MEMBER")
    began = time.monotonic()
    while True:
        time.sleep(_HEARTBEAT_S)
        run.supervisor.check_alive()
        run.live_on(int(time.monotonic() - began))


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _ignore_signals() -> None:
    """A second Ctrl-C may not cut the clean-up short."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)

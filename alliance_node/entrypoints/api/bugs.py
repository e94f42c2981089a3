"""How a bug is logged: its kind and place, never its text, which may hold what a client sent."""

import traceback

import structlog

log = structlog.get_logger("alliance.bugs")
FRAMES = 10


def report_bug(error: BaseException, request_id: str, where: str) -> None:
    """One log line with the last frames; `request_id` is what the client was told."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("unexpected_error", kind=type(error).__name__, places=places, request_id=request_id, where=where)

"""Ids of requests, by which a client's problem is found in the log. Unique, not secret.

`uuid4` asks the kernel each time, which lets go of the interpreter lock: under load that costs a request a millisecond.
"""

import random
import uuid


class RequestIds:
    """Random UUIDs from a generator seeded once by the system."""

    def __init__(self) -> None:
        self._random = random.Random(uuid.uuid4().int)  # noqa: S311 - names log lines, guards nothing

    def next(self) -> str:
        """The next id."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

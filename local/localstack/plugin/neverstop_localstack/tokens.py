"""Idempotence of transactions by their token, which moto does not know. Pure but for the clock.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

import json
import time
from collections.abc import Callable, Mapping

# How long a token is remembered, in seconds.
REMEMBERED = 600


class Mismatch(Exception):
    """The token was used with other parameters."""

    code = "IdempotentParameterMismatchException"


class Tokens:
    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._known: dict[tuple, tuple[float, str, object]] = {}

    def once(self, key: tuple, request: Mapping, act: Callable[[], object]) -> object:
        """What `act` answered under this token, now or before. What it raises is not remembered."""
        now, asked = self._clock(), json.dumps(request, sort_keys=True, default=repr)
        self._known = {known: entry for known, entry in self._known.items() if entry[0] > now}
        if known := self._known.get(key):
            if known[1] != asked:
                raise Mismatch
            return known[2]
        said = act()
        self._known[key] = (now + REMEMBERED, asked, said)
        return said

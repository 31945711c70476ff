"""How API Gateway admits a caller by a Lambda authorizer of type REQUEST. Pure but for the clock.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html"""

import re
import threading
import time
from collections.abc import Callable, Mapping

# Decisions that are kept before the oldest is forgotten.
KEPT = 10_000


class Unauthorized(Exception):
    """The caller is not known: 401."""


class Denied(Exception):
    """The caller is known and may not: 403."""


class Broken(Exception):
    """The authorizer did not say: 500."""


def identity_of(source: str | None, headers: Mapping[str, str], query: Mapping[str, str]) -> tuple[str, ...]:
    """The values that identify a caller, which are also the key under which the decision is kept.

    Raises Unauthorized when one of them is missing or empty: then the function is not asked."""
    found = []
    for place in filter(None, (part.strip() for part in (source or "").split(","))):
        kind, _, name = place.removeprefix("method.request.").partition(".")
        if kind == "header":
            value = next((value for key, value in headers.items() if key.lower() == name.lower()), None)
        elif kind == "querystring":
            value = query.get(name)
        else:
            raise Broken(f"the identity source {place} is not supported here")
        if not value:
            raise Unauthorized
        found.append(value)
    return tuple(found)


def admits(policy: Mapping, arn: str) -> bool:
    """Whether a policy lets its bearer call a method. A denial wins over any permission."""
    effects = [
        statement.get("Effect")
        for statement in listed(policy.get("Statement"))
        if any(matches(action, "execute-api:Invoke") for action in listed(statement.get("Action")))
        and any(matches(resource, arn) for resource in listed(statement.get("Resource")))
    ]
    return "Allow" in effects and "Deny" not in effects


def matches(pattern: str, text: str) -> bool:
    parts = ("." if part == "?" else ".*" if part == "*" else re.escape(part) for part in re.split(r"([*?])", pattern))
    return re.fullmatch("".join(parts), text, re.IGNORECASE | re.DOTALL) is not None


def listed(value) -> list:
    return value if isinstance(value, list) else [] if value is None else [value]


class Decisions:
    """What authorizers said, for as long as they want it kept."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._kept: dict[tuple, tuple[float, dict]] = {}
        self._lock = threading.Lock()

    def of(self, key: tuple, seconds: int, ask: Callable[[], dict]) -> dict:
        """The decision under this key, kept or asked for now. What `ask` raises is never kept."""
        with self._lock:
            until, decision = self._kept.get(key, (0, {}))
        if seconds > 0 and self._clock() < until:
            return decision
        decision = ask()
        if seconds > 0:
            with self._lock:
                self._kept[key] = (self._clock() + seconds, decision)
                while len(self._kept) > KEPT:
                    self._kept.pop(next(iter(self._kept)))
        return decision


def context_of(decision: Mapping) -> dict[str, str]:
    """What the integration is told of the caller. Values travel as text."""
    context = {name: text_of(value) for name, value in (decision.get("context") or {}).items() if value is not None}
    return context | {"principalId": text_of(decision.get("principalId", ""))}


def text_of(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def told(error: Mapping) -> Exception:
    """What a function that threw meant: the one word 'Unauthorized' is a refusal, anything else a defect."""
    message = error.get("errorMessage")
    return Unauthorized() if message == "Unauthorized" else Broken(str(message))


def rendered(template: str, variables: Mapping) -> str:
    """A gateway response's body: `$context.…` replaced by what is known, the rest left as it is."""

    def value(match: re.Match) -> str:
        found: object = variables
        for name in match[1].split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        return match[0] if found is None else str(found)

    return re.sub(r"\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)", value, template)


def header_of(parameter: str, value: str) -> tuple[str, str] | None:
    """A fixed header of a gateway response: `gatewayresponse.header.Retry-After` with `'1'`."""
    name = parameter.removeprefix("gatewayresponse.header.")
    fixed = re.fullmatch(r"'(.*)'", value)
    return (name, fixed[1]) if name != parameter and fixed else None

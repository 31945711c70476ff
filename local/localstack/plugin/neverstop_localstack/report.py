"""What the service says of an invocation: log lines and the errors that it makes itself. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html"""

import math


def log_of(request_id: str, version: str, written: str, milliseconds: float, limit: int, used: int, end: str = "") -> str:
    """The log of one invocation. `end` is the line that the service adds when it had to end it."""
    lines = "".join(part if part.endswith("\n") else part + "\n" for part in (written, end) if part)
    return (
        f"START RequestId: {request_id} Version: {version}\n"
        f"{lines}"
        f"END RequestId: {request_id}\n"
        f"REPORT RequestId: {request_id}\tDuration: {milliseconds:.2f} ms\tBilled Duration: {math.ceil(milliseconds)} ms"
        f"\tMemory Size: {limit} MB\tMax Memory Used: {used} MB\n"
    )


def timed_out(request_id: str, seconds: int) -> dict:
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    return {"errorType": "Sandbox.Timedout", "errorMessage": message}


def exited(request_id: str, reason: str) -> dict:
    """`reason` is an exit status or a signal, as `Gone` tells it."""
    message = f"RequestId: {request_id} Error: Runtime exited with error: {reason}"
    return {"errorType": "Runtime.ExitError", "errorMessage": message}


def unsupported(runtime: str) -> dict:
    message = f"{runtime or 'a container image'} cannot run here: functions are Node processes (nodejs…)"
    return {"errorType": "Runtime.Unsupported", "errorMessage": message}

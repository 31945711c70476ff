"""Execution environments of LocalStack's Lambda as Node processes on this machine, without a container engine."""

import json
import os
import shutil
import time

from localstack import config
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from .report import exited, log_of, timed_out, unsupported
from .worker import Failed, Gone, Worker, environment_of

HOST = "localhost"


def node() -> str:
    return os.environ.get("NEVERSTOP_NODE") or shutil.which("node") or "node"


class ProcessExecutor(RuntimeExecutor):
    """One environment: a process that is started before the first invocation, and again after one that ended it."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:
        super().__init__(id=id, function_version=function_version)
        self._variables: dict[str, object] = {}
        self._worker: Worker | None = None

    # Its life, as LocalStack asks for it.

    def start(self, env_vars: dict[str, str]) -> None:
        self._variables = dict(env_vars)
        try:
            self._worker = self._launch()
        except InitError as failure:
            raise StatusErrorException("the function could not be started", json.dumps(failure.error).encode()) from failure

    def stop(self) -> None:
        if self._worker:
            self._worker.stop()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        request_id, settings = payload["invoke-id"], self.function_version.config
        began, used, end = time.perf_counter(), 0, ""
        try:
            if not self._worker or not self._worker.alive:
                self._worker = self._launch()
            reply = self._worker.ask(self._question(payload), settings.timeout)
            used = reply["megabytes"]
            error = reply.get("error")
            body = json.dumps(error) if error else reply["body"]
        except InitError as failure:
            error = failure.error
            body = json.dumps(error)
        except TimeoutError:
            error = timed_out(request_id, settings.timeout)
            end, body = error["errorMessage"], json.dumps(error)
        except Gone as gone:
            error = exited(request_id, str(gone))
            end, body = error["errorMessage"], json.dumps(error)
        milliseconds = (time.perf_counter() - began) * 1000
        version, limit = self.function_version.id.qualifier, settings.memory_size
        logs = log_of(request_id, version, self._written(), milliseconds, limit, used, end)
        return InvocationResult(request_id, body.encode(), is_error=error is not None, logs=logs)

    # What LocalStack asks of every executor.

    def get_address(self) -> str:
        return HOST

    def get_endpoint_from_executor(self) -> str:
        return HOST

    def get_runtime_endpoint(self) -> str:
        return f"http://{HOST}:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    def get_logs(self) -> str:
        return self._written()

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        if function_version.config.code:
            function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        pass

    @classmethod
    def validate_environment(cls) -> bool:
        return shutil.which(node()) is not None

    # The process.

    def _launch(self) -> Worker:
        settings = self.function_version.config
        if not (settings.runtime or "").startswith("nodejs"):
            raise InitError(unsupported(settings.runtime))
        code = str(settings.code.get_unzipped_code_location())
        own = {"LAMBDA_TASK_ROOT": code, "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings.runtime}"}
        environment = environment_of(self._variables | own, os.environ)
        name = self.function_version.id.function_name
        worker = Worker(node(), code, environment, settings.memory_size, name)
        self._worker = worker
        try:
            worker.ready(config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT)
        except Failed as failed:
            raise InitError(failed.error) from failed
        except Gone as gone:
            raise InitError(exited("init", str(gone))) from gone
        except TimeoutError as late:
            raise InitError(timed_out("init", config.LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT)) from late
        return worker

    def _question(self, payload: dict[str, str]) -> dict:
        deadline = int((time.time() + self.function_version.config.timeout) * 1000)
        return {
            "id": payload["invoke-id"],
            "arn": payload["invoked-function-arn"],
            "event": payload["payload"],
            "trace": payload["trace-id"],
            "deadline": deadline,
        }

    def _written(self) -> str:
        return self._worker.written() if self._worker else ""


class InitError(Exception):
    """The environment could not be started. `error` is what the invoker is told."""

    def __init__(self, error: dict):
        super().__init__(error["errorMessage"])
        self.error = error

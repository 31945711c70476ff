"""An environment as LocalStack drives it: from a version of a function to the result and log of an invocation. Needs
LocalStack's environment."""

import json
import shutil
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from neverstop_localstack.executor import ProcessExecutor
from neverstop_localstack.worker import Worker, stop_all

HANDLER = """
let count = 0
export const handler = async (event) => {
  if (event.say) console.log(event.say)
  if (event.do === 'throw') throw Object.assign(new Error('no more'), { name: 'OutOfStock' })
  if (event.do === 'exit') process.exit(3)
  if (event.do === 'later') await new Promise(() => setTimeout(() => { throw new RangeError('nobody caught it') }, 1))
  if (event.do === 'hang') await new Promise((done) => setTimeout(done, 60_000))
  return { count: ++count, table: process.env.TABLE, root: process.env.LAMBDA_TASK_ROOT }
}
"""


class Executor(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neverstop-executor-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(stop_all)

    def executor(self, source=HANDLER, runtime="nodejs24.x", timeout=20):
        (self.folder / "index.mjs").write_text(source)
        code = SimpleNamespace(get_unzipped_code_location=lambda: self.folder, prepare_for_execution=lambda: None)
        config = SimpleNamespace(runtime=runtime, timeout=timeout, memory_size=256, code=code)
        name = SimpleNamespace(qualifier="$LATEST", function_name="payments-commands")
        return ProcessExecutor("env-1", SimpleNamespace(id=name, config=config))

    def started(self, **options):
        executor = self.executor(**options)
        executor.start({"_HANDLER": "index.handler", "TABLE": "orders"})
        return executor

    @staticmethod
    def invoke(executor, request="r-1", **event):
        payload = {"invoke-id": request, "invoked-function-arn": "arn", "payload": json.dumps(event), "trace-id": "Root=1"}
        result = executor.invoke(payload)
        return result, json.loads(result.payload)

    def test_answers_with_what_the_handler_returns_and_sees_its_own_variables(self):
        result, answer = self.invoke(self.started())
        self.assertFalse(result.is_error)
        self.assertEqual(answer, {"count": 1, "table": "orders", "root": str(self.folder)})

    def test_logs_between_start_end_and_report(self):
        result, _ = self.invoke(self.started(), say="hello")
        words = [line.split()[0] if "hello" not in line else "hello" for line in result.logs.splitlines()]
        self.assertEqual(words, ["START", "hello", "END", "REPORT"])
        self.assertIn("Memory Size: 256 MB", result.logs)

    def test_keeps_the_environment_warm_after_an_error_and_names_it(self):
        executor = self.started()
        result, error = self.invoke(executor, do="throw")
        self.assertEqual((result.is_error, error["errorType"]), (True, "OutOfStock"))
        self.assertEqual(self.invoke(executor)[1]["count"], 1)

    def test_tells_an_exit_and_starts_anew(self):
        executor = self.started()
        self.invoke(executor)
        result, error = self.invoke(executor, do="exit")
        self.assertEqual((result.is_error, error["errorType"]), (True, "Runtime.ExitError"))
        self.assertIn("exit status 3", result.logs)
        self.assertEqual(self.invoke(executor)[1]["count"], 1)

    def test_starts_anew_at_once_after_an_error_that_nobody_caught(self):
        executor = self.started()
        for _ in range(20):
            result, error = self.invoke(executor, do="later")
            self.assertEqual((result.is_error, error["errorType"]), (True, "RangeError"))
            result, answer = self.invoke(executor)
            self.assertEqual((result.is_error, answer.get("count")), (False, 1), answer)

    def test_tells_a_time_out_and_starts_anew(self):
        executor = self.started(timeout=1)
        result, error = self.invoke(executor, do="hang")
        self.assertEqual((result.is_error, error["errorType"]), (True, "Sandbox.Timedout"))
        self.assertIn("Task timed out after 1.00 seconds", result.logs)
        executor.function_version.config.timeout = 20
        self.assertEqual(self.invoke(executor)[1]["count"], 1)

    def test_refuses_to_start_what_does_not_load(self):
        with self.assertRaises(StatusErrorException) as refused:
            self.started(source="throw new TypeError('TABLE is not set'); export const handler = 1")
        self.assertEqual(json.loads(refused.exception.payload)["errorType"], "TypeError")

    def test_runs_nothing_but_node(self):
        with self.assertRaises(StatusErrorException) as refused:
            self.started(runtime="python3.13")
        self.assertEqual(json.loads(refused.exception.payload)["errorType"], "Runtime.Unsupported")

    def test_leaves_no_process_behind(self):
        executor = self.started()
        self.invoke(executor)
        executor.stop()
        self.assertEqual(Worker.running, set())


if __name__ == "__main__":
    unittest.main()

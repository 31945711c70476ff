"""Environments as processes: run by `python -m unittest` with this package's folder on the path."""

import os
import shutil
import tempfile
import threading
import time
import unittest
from pathlib import Path

from neverstop_localstack.worker import Failed, Gone, Worker, environment_of, stop_all

NODE = os.environ.get("NEVERSTOP_NODE") or shutil.which("node")


class WorkerTest(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neverstop-worker-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.addCleanup(stop_all)

    def worker(self, source, *, name="index.mjs", handler="index.handler", megabytes=256, **variables):
        (self.folder / name).write_text(source)
        function = {"_HANDLER": handler, "LAMBDA_TASK_ROOT": self.folder, **variables}
        return Worker(NODE, str(self.folder), environment_of(function, os.environ), megabytes)

    def ready(self, source, **options):
        worker = self.worker(source, **options)
        worker.ready(20)
        return worker

    @staticmethod
    def ask(worker, event="{}", within=20, id="one"):
        deadline = int(time.time() * 1000) + within * 1000
        return worker.ask({"id": id, "arn": "arn", "event": event, "trace": "Root=1", "deadline": deadline}, within)

    def gone(self, pid):
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.01)
        return False


class Answers(WorkerTest):
    def test_answers_with_what_an_async_handler_returns(self):
        worker = self.ready("export const handler = async ({ a }) => ({ twice: 2 * a })")
        reply = self.ask(worker, '{"a": 21}')
        self.assertEqual((reply["kind"], reply["body"]), ("answer", '{"twice":42}'))

    def test_answers_with_what_a_callback_is_given(self):
        source = "exports.handler = (event, context, done) => setTimeout(() => done(null, context.awsRequestId), 5)"
        worker = self.ready(source, name="index.cjs")
        self.assertEqual(self.ask(worker, id="r-1")["body"], '"r-1"')

    def test_answers_null_for_undefined(self):
        self.assertEqual(self.ask(self.ready("export const handler = async () => {}"))["body"], "null")

    def test_keeps_what_a_module_remembers_between_invocations(self):
        worker = self.ready("let n = 0; export const handler = async () => ++n")
        self.assertEqual([self.ask(worker)["body"] for _ in range(3)], ["1", "2", "3"])

    def test_passes_large_events_and_answers(self):
        worker = self.ready("export const handler = async ({ text }) => text")
        text = "x" * 6_000_000
        self.assertEqual(len(self.ask(worker, f'{{"text":"{text}"}}')["body"]), len(text) + 2)

    def test_tells_the_time_that_is_left(self):
        worker = self.ready("export const handler = async (_, context) => context.getRemainingTimeInMillis()")
        left = int(self.ask(worker, within=9)["body"])
        self.assertTrue(7_000 < left <= 9_000, left)

    def test_tells_the_memory_that_was_used(self):
        self.assertGreater(self.ask(self.ready("export const handler = async () => 1"))["megabytes"], 20)


class Errors(WorkerTest):
    def test_keeps_the_name_of_a_thrown_error(self):
        source = "class OutOfStock extends Error { name = 'OutOfStock' }\n"
        worker = self.ready(source + "export const handler = async () => { throw new OutOfStock('no more') }")
        error = self.ask(worker)["error"]
        self.assertEqual((error["errorType"], error["errorMessage"]), ("OutOfStock", "no more"))
        self.assertIn("OutOfStock: no more", error["trace"][0])

    def test_lives_on_after_a_thrown_error(self):
        worker = self.ready("export const handler = async ({ bad }) => { if (bad) throw new Error('x'); return 'fine' }")
        self.assertEqual(self.ask(worker, '{"bad":true}')["kind"], "error")
        self.assertEqual(self.ask(worker)["body"], '"fine"')

    def test_reports_an_error_that_a_handler_throws_before_it_returns_a_promise(self):
        self.assertEqual(
            self.ask(self.ready("export const handler = () => { throw new RangeError('early') }"))["error"]["errorType"],
            "RangeError",
        )

    def test_ends_on_an_unhandled_rejection_and_names_it(self):
        source = "export const handler = () => new Promise(() => { Promise.reject(new Error('lost')) })"
        worker = self.ready(source)
        error = self.ask(worker)["error"]
        self.assertEqual((error["errorType"], error["errorMessage"]), ("Runtime.UnhandledPromiseRejection", "lost"))
        with self.assertRaises(Gone):
            self.ask(worker)

    def test_is_not_alive_any_more_when_it_has_told_an_error_that_nobody_caught(self):
        source = "export const handler = () => new Promise(() => { setTimeout(() => { throw new RangeError('late') }, 1) })"
        for _ in range(20):
            worker = self.ready(source)
            self.assertEqual(self.ask(worker)["error"]["errorType"], "RangeError")
            self.assertFalse(worker.alive)

    def test_tells_an_error_that_nobody_caught_once_and_no_answer_beside_it(self):
        source = "const throws = (text) => queueMicrotask(() => { throw new Error(text) })\n"
        source += "export const handler = async () => { throws('one'); throws('two'); return 1 }"
        worker = self.ready(source)
        self.assertEqual(self.ask(worker)["error"]["errorMessage"], "one")
        with self.assertRaises(Gone):
            self.ask(worker)

    def test_says_with_which_status_a_process_left(self):
        worker = self.ready("export const handler = async () => process.exit(7)")
        with self.assertRaises(Gone) as gone:
            self.ask(worker)
        self.assertEqual((gone.exception.status, str(gone.exception)), (7, "exit status 7"))
        self.assertFalse(worker.alive)

    def test_says_by_which_signal_a_process_was_ended(self):
        worker = self.ready("export const handler = async () => { process.kill(process.pid, 'SIGKILL'); await new Promise(() => {}) }")
        with self.assertRaises(Gone) as gone:
            self.ask(worker)
        self.assertEqual(str(gone.exception), "signal: 9")

    def test_gives_up_after_the_time_limit_and_ends_the_process(self):
        worker = self.ready("export const handler = () => new Promise((r) => setTimeout(r, 60_000))")
        with self.assertRaises(TimeoutError):
            self.ask(worker, within=1)
        self.assertTrue(self.gone(worker.pid))

    def test_gives_up_on_a_handler_that_never_yields(self):
        worker = self.ready("export const handler = async () => { for (;;); }")
        with self.assertRaises(TimeoutError):
            self.ask(worker, within=1)
        self.assertTrue(self.gone(worker.pid))


class Loading(WorkerTest):
    def failure(self, *arguments, **options):
        worker = self.worker(*arguments, **options)
        with self.assertRaises(Failed) as failed:
            worker.ready(20)
        self.assertTrue(self.gone(worker.pid))
        return failed.exception.error["errorType"]

    def test_names_a_module_that_is_not_there(self):
        self.assertEqual(self.failure("", handler="other.handler"), "Runtime.ImportModuleError")

    def test_names_a_handler_that_is_not_exported(self):
        self.assertEqual(self.failure("export const h = 1"), "Runtime.HandlerNotFound")

    def test_names_what_a_module_throws_while_it_loads(self):
        self.assertEqual(self.failure("throw new TypeError('TABLE is not set'); export const handler = 1"), "TypeError")

    def test_gives_up_on_a_module_that_never_loads(self):
        worker = self.worker("await new Promise((r) => setTimeout(r, 60_000)); export const handler = async () => 1")
        with self.assertRaises(TimeoutError):
            worker.ready(0.5)
        self.assertTrue(self.gone(worker.pid))


class Isolation(WorkerTest):
    def test_sees_its_own_variables_and_next_to_nothing_of_the_parents(self):
        parent = {"PATH": "/bin", "LANG": "C", "AWS_PROFILE": "mine", "LOCALSTACK_AUTH_TOKEN": "secret"}
        self.assertEqual(
            environment_of({"TABLE": "orders", "SIZE": 3, "NONE": None}, parent),
            {"PATH": "/bin", "LANG": "C", "TABLE": "orders", "SIZE": "3"},
        )

    def test_hides_its_own_channel_from_the_handler(self):
        worker = self.ready("export const handler = async () => Object.keys(process.env)", TABLE="orders")
        names = self.ask(worker)["body"]
        self.assertIn("TABLE", names)
        self.assertNotIn("CHANNEL", names)

    def test_ends_a_process_that_holds_more_memory_than_it_may(self):
        hold = "const held = []; export const handler = async () => { for (;;) {"
        source = hold + " held.push(Buffer.alloc(8e6, 1)); await new Promise((r) => setTimeout(r, 20)) } }"
        worker = self.ready(source, megabytes=160)
        with self.assertRaises(Gone) as gone:
            self.ask(worker)
        self.assertEqual(str(gone.exception), "signal: killed")

    def test_ends_a_heap_that_grows_beyond_the_limit(self):
        source = "const held = []; export const handler = async () => { for (;;) held.push({ a: [held.length] }) }"
        worker = self.ready(source, megabytes=128)
        with self.assertRaises(Gone):
            self.ask(worker, within=60)


class Logs(WorkerTest):
    def test_hands_over_everything_that_was_written_before_the_reply(self):
        source = "export const handler = async () => { for (let i = 0; i < 5000; i++) console.log('line', i) }"
        worker = self.ready(source)
        self.ask(worker, id="r-2")
        lines = worker.written().splitlines()
        self.assertEqual(len(lines), 5000)
        self.assertRegex(lines[-1], r"^\d{4}-\d\d-\d\dT[\d:.]+Z\tr-2\tINFO\tline 4999$")
        self.assertEqual(worker.written(), "")

    def test_writes_json_when_asked_to(self):
        worker = self.ready("export const handler = async () => console.warn({ a: 1 })", AWS_LAMBDA_LOG_FORMAT="JSON")
        self.ask(worker, id="r-3")
        self.assertRegex(worker.written(), r'"level":"WARN","requestId":"r-3","message":\{"a":1\}')

    def test_keeps_an_entry_of_several_lines_one_line(self):
        worker = self.ready("export const handler = async () => console.log('a\\nb')")
        self.ask(worker)
        self.assertEqual(len(worker.written().split("\n")), 2)

    def test_has_what_was_written_while_the_module_loaded(self):
        self.assertIn("cold", self.ready("console.log('cold'); export const handler = async () => 1").written())


class Ends(WorkerTest):
    def test_stops_with_all_that_the_handler_started(self):
        source = "import { spawn } from 'node:child_process'\n"
        source += "export const handler = async () => spawn('sleep', ['60']).pid"
        worker = self.ready(source)
        child = int(self.ask(worker)["body"])
        worker.stop()
        self.assertTrue(self.gone(worker.pid) and self.gone(child))

    def test_stops_while_an_invocation_runs(self):
        worker = self.ready("export const handler = () => new Promise((r) => setTimeout(r, 60_000))")
        threading.Timer(0.2, worker.stop).start()
        with self.assertRaises(Gone):
            self.ask(worker)

    def test_stops_twice(self):
        worker = self.ready("export const handler = async () => 1")
        worker.stop()
        worker.stop()
        self.assertNotIn(worker, Worker.running)

    def test_leaves_when_its_parent_is_gone(self):
        worker = self.ready("export const handler = async () => 1")
        worker._channel.shutdown(2)
        self.assertTrue(self.gone(worker.pid))

    def test_ends_all_of_them(self):
        workers = [self.ready("export const handler = async () => 1") for _ in range(3)]
        self.assertEqual(stop_all(), 3)
        self.assertTrue(all(self.gone(worker.pid) for worker in workers))


if __name__ == "__main__":
    unittest.main()

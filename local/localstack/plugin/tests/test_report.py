"""What the service says of an invocation."""

import unittest

from neverstop_localstack.report import exited, log_of, timed_out, unsupported


class Logs(unittest.TestCase):
    def test_begin_and_end_with_the_services_own_lines(self):
        lines = log_of("r-1", "$LATEST", "hello\n", 12.3, 256, 71).splitlines()
        self.assertEqual(lines[:3], ["START RequestId: r-1 Version: $LATEST", "hello", "END RequestId: r-1"])
        self.assertEqual(
            lines[3],
            "REPORT RequestId: r-1\tDuration: 12.30 ms\tBilled Duration: 13 ms\tMemory Size: 256 MB\tMax Memory Used: 71 MB",
        )

    def test_say_how_it_was_ended(self):
        lines = log_of("r-1", "1", "half a line", 1, 128, 0, timed_out("r-1", 2)["errorMessage"]).splitlines()
        self.assertEqual(lines[1:3], ["half a line", "RequestId: r-1 Error: Task timed out after 2.00 seconds"])

    def test_are_complete_when_nothing_was_written(self):
        self.assertEqual(len(log_of("r-1", "1", "", 1, 128, 0).splitlines()), 3)


class Errors(unittest.TestCase):
    def test_are_named_as_the_service_names_them(self):
        self.assertEqual(timed_out("r", 3)["errorType"], "Sandbox.Timedout")
        expected = {"errorType": "Runtime.ExitError", "errorMessage": "RequestId: r Error: Runtime exited with error: exit status 7"}
        self.assertEqual(exited("r", "exit status 7"), expected)

    def test_say_which_runtime_cannot_run(self):
        self.assertIn("python3.13 cannot run here", unsupported("python3.13")["errorMessage"])


if __name__ == "__main__":
    unittest.main()

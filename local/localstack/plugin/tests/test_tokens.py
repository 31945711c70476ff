"""Transactions by token."""

import unittest

from neverstop_localstack.tokens import REMEMBERED, Mismatch, Tokens


class Once(unittest.TestCase):
    def setUp(self):
        self.now, self.done = 0.0, 0
        self.tokens = Tokens(clock=lambda: self.now)

    def act(self):
        self.done += 1
        return self.done

    def test_a_repeated_request_is_answered_as_before_and_does_nothing(self):
        answers = [self.tokens.once(("t",), {"a": 1}, self.act) for _ in range(2)]
        self.assertEqual((answers, self.done), ([1, 1], 1))

    def test_another_request_under_the_same_token_is_refused(self):
        self.tokens.once(("t",), {"a": 1}, self.act)
        with self.assertRaises(Mismatch):
            self.tokens.once(("t",), {"a": 2}, self.act)

    def test_a_request_that_failed_may_be_repeated(self):
        def fail():
            raise ValueError

        with self.assertRaises(ValueError):
            self.tokens.once(("t",), {"a": 1}, fail)
        self.assertEqual(self.tokens.once(("t",), {"a": 1}, self.act), 1)

    def test_a_token_is_forgotten_after_ten_minutes(self):
        self.tokens.once(("t",), {"a": 1}, self.act)
        self.now = REMEMBERED
        self.assertEqual(self.tokens.once(("t",), {"a": 2}, self.act), 2)


if __name__ == "__main__":
    unittest.main()

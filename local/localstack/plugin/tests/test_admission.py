"""Who is admitted by a Lambda authorizer."""

import unittest

from neverstop_localstack.admission import (
    Broken,
    Decisions,
    Unauthorized,
    admits,
    context_of,
    header_of,
    identity_of,
    rendered,
    told,
)

ARN = "arn:aws:execute-api:eu-central-1:000000000000:api/v1/GET/orders/1"


def policy(*statements):
    return {"Statement": [{"Action": "execute-api:Invoke", "Effect": e, "Resource": r} for e, r in statements]}


class Identity(unittest.TestCase):
    def test_is_the_value_of_each_source(self):
        source = "method.request.header.Authorization, method.request.querystring.tenant"
        self.assertEqual(identity_of(source, {"authorization": "Bearer x"}, {"tenant": "a"}), ("Bearer x", "a"))

    def test_refuses_a_caller_without_it(self):
        for headers in ({}, {"Authorization": ""}):
            with self.subTest(headers), self.assertRaises(Unauthorized):
                identity_of("method.request.header.Authorization", headers, {})

    def test_is_nothing_when_there_is_no_source(self):
        self.assertEqual(identity_of(None, {}, {}), ())

    def test_knows_no_other_sources(self):
        with self.assertRaises(Broken):
            identity_of("context.identity.sourceIp", {}, {})


class Policies(unittest.TestCase):
    def test_admit_what_they_allow(self):
        self.assertTrue(admits(policy(("Allow", "arn:aws:execute-api:*:*:api/v1/*/*")), ARN))
        self.assertTrue(admits(policy(("Allow", [ARN])), ARN))

    def test_admit_nothing_else(self):
        self.assertFalse(admits(policy(("Allow", "arn:aws:execute-api:*:*:other/v1/*/*")), ARN))
        self.assertFalse(admits({}, ARN))
        self.assertFalse(admits({"Statement": [{"Action": "s3:*", "Effect": "Allow", "Resource": "*"}]}, ARN))

    def test_deny_what_is_denied_even_when_it_is_allowed(self):
        self.assertFalse(admits(policy(("Allow", "*"), ("Deny", ARN)), ARN))

    def test_take_dots_for_dots(self):
        self.assertFalse(admits(policy(("Allow", ARN.replace("GET", "G.T"))), ARN))
        self.assertTrue(admits(policy(("Allow", ARN.replace("GET", "G?T"))), ARN))


class Kept(unittest.TestCase):
    def setUp(self):
        self.now, self.asked = 0, 0
        self.decisions = Decisions(clock=lambda: self.now)

    def ask(self):
        self.asked += 1
        return {"n": self.asked}

    def test_are_asked_for_once_while_they_last(self):
        self.decisions.of(("key",), 300, self.ask)
        self.now = 299
        self.assertEqual(self.decisions.of(("key",), 300, self.ask), {"n": 1})
        self.now = 300
        self.assertEqual(self.decisions.of(("key",), 300, self.ask), {"n": 2})

    def test_are_each_callers_own(self):
        self.decisions.of(("one",), 300, self.ask)
        self.assertEqual(self.decisions.of(("two",), 300, self.ask), {"n": 2})

    def test_are_not_kept_without_a_time(self):
        self.decisions.of(("key",), 0, self.ask)
        self.assertEqual(self.decisions.of(("key",), 0, self.ask), {"n": 2})

    def test_are_not_refusals(self):
        def refuse():
            raise Unauthorized

        with self.assertRaises(Unauthorized):
            self.decisions.of(("key",), 300, refuse)
        self.assertEqual(self.decisions.of(("key",), 300, self.ask), {"n": 1})


class Words(unittest.TestCase):
    def test_a_context_travels_as_text(self):
        decision = {"principalId": "alice", "context": {"role": "operator", "admin": True, "level": 3, "none": None}}
        expected = {"role": "operator", "admin": "true", "level": "3", "principalId": "alice"}
        self.assertEqual(context_of(decision), expected)

    def test_one_word_is_a_refusal_and_everything_else_a_defect(self):
        self.assertIsInstance(told({"errorMessage": "Unauthorized"}), Unauthorized)
        self.assertIsInstance(told({"errorMessage": "unauthorized"}), Broken)

    def test_a_template_takes_what_is_known(self):
        template = '{"id":"$context.requestId","message":$context.error.messageString,"x":"$context.nothing"}'
        variables = {"requestId": "r-1", "error": {"messageString": '"no"'}}
        self.assertEqual(rendered(template, variables), '{"id":"r-1","message":"no","x":"$context.nothing"}')

    def test_a_header_of_a_gateway_response_has_a_fixed_value(self):
        self.assertEqual(header_of("gatewayresponse.header.Retry-After", "'1'"), ("Retry-After", "1"))
        self.assertIsNone(header_of("gatewayresponse.header.X", "context.requestId"))
        self.assertIsNone(header_of("gatewayresponse.body", "'1'"))


if __name__ == "__main__":
    unittest.main()

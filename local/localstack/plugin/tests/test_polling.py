"""How queues are asked."""

import unittest

from neverstop_localstack.polling import LONG, Letters, Waiting, legible


class Queue:
    """A client of SQS that has one message, and remembers how it was asked."""

    region = "eu-central-1"

    def __init__(self):
        self.asked = []
        self.put_back = []

    def receive_message(self, **request):
        self.asked.append(request)
        return {"Messages": [{"ReceiptHandle": "r-1"}]}

    def change_message_visibility(self, **request):
        self.put_back.append((request["ReceiptHandle"], request["VisibilityTimeout"]))


class Receives(unittest.TestCase):
    def setUp(self):
        self.queue, self.closed = Queue(), False
        self.client = Waiting(self.queue, lambda: self.closed)

    def test_wait_for_the_first_message_when_they_would_not_wait(self):
        self.client.receive_message(QueueUrl="q", WaitTimeSeconds=0, sqs_override_wait_time_seconds=0)
        self.assertEqual(self.queue.asked, [{"QueueUrl": "q", "WaitTimeSeconds": LONG}])

    def test_wait_as_long_as_they_are_told_to(self):
        request = {"QueueUrl": "q", "WaitTimeSeconds": 5, "sqs_override_wait_time_seconds": 5}
        self.client.receive_message(**request)
        self.assertEqual(self.queue.asked, [request])

    def test_hand_over_what_came(self):
        self.assertEqual(len(self.client.receive_message(QueueUrl="q")["Messages"]), 1)
        self.assertEqual(self.queue.put_back, [])

    def test_put_back_what_comes_after_the_source_was_switched_off(self):
        self.closed = True
        self.assertEqual(self.client.receive_message(QueueUrl="q"), {})
        self.assertEqual(self.queue.put_back, [("r-1", 0)])

    def test_are_the_clients_own_otherwise(self):
        self.assertEqual(self.client.region, "eu-central-1")


class Bodies(unittest.TestCase):
    def test_are_what_was_sent_to_the_letter(self):
        letters = Letters([{"MessageId": "m-1", "Body": '{"a":1}'}, {"MessageId": "m-2", "Body": "no json"}])
        events = [{"messageId": "m-1", "body": '{"a": 1}', "eventSource": "aws:sqs"}]
        self.assertEqual(letters.restored(events), [{"messageId": "m-1", "body": '{"a":1}', "eventSource": "aws:sqs"}])

    def test_stay_as_they_are_when_nobody_knows_them(self):
        event = {"messageId": "m-9", "body": "x"}
        self.assertEqual(Letters([]).restored([event]), [event])

    def test_that_python_cannot_read_are_not_read_by_localstack(self):
        deep, long = "[" * 100_000 + "]" * 100_000, '{"amount": ' + "9" * 5_000 + "}"
        messages = [{"MessageId": "m-1", "Body": deep}, {"MessageId": "m-2", "Body": long}]
        read = legible(messages)
        self.assertEqual([(message["MessageId"], message["Body"]) for message in read], [("m-1", ""), ("m-2", "")])
        # The function gets them all the same.
        events = [{"messageId": message["MessageId"], "body": message["Body"]} for message in read]
        self.assertEqual([event["body"] for event in Letters(messages).restored(events)], [deep, long])

    def test_that_are_json_or_plain_text_are_left_to_localstack(self):
        messages = [{"MessageId": str(number), "Body": body} for number, body in enumerate(['{"a": [1]}', "no json", ""])]
        self.assertEqual(legible(messages), messages)


if __name__ == "__main__":
    unittest.main()

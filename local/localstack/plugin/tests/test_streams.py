"""How streams are read."""

import threading
import time
import unittest
from datetime import UTC, datetime
from types import SimpleNamespace

from neverstop_localstack.streams import Reading, as_read, written


class Iterator:
    """A place in a shard, as moto has it."""

    def __init__(self, streams, shard, sequence_number):
        self.streams_backend, self.stream_shard, self.sequence_number = streams, shard, sequence_number
        self.arn = f"arn:aws:dynamodb:eu-central-1:000000000000:table/orders|{sequence_number}"
        streams.shard_iterators[self.arn] = self

    def get(self, limit):
        first = self.sequence_number - self.stream_shard.starting_sequence_number
        records = self.stream_shard.items[first : first + limit]
        following = Iterator(self.streams_backend, self.stream_shard, self.sequence_number + len(records))
        return {"NextShardIterator": following.arn, "Records": records}


class Client:
    region = "eu-central-1"

    def get_records(self, **request):
        return {"asked": request["ShardIterator"]}


class Reads(unittest.TestCase):
    def setUp(self):
        self.shard = SimpleNamespace(starting_sequence_number=100, items=[])
        self.streams = SimpleNamespace(shard_iterators={})
        self.first = Iterator(self.streams, self.shard, 100).arn
        self.closed = False

    def reading(self, longest=5):
        return Reading(Client(), self.streams.shard_iterators.get, lambda: self.closed, longest)

    def write(self, *numbers):
        with written:
            at = "2026-11-21T20:00:00"
            self.shard.items += [{"dynamodb": {"N": n, "ApproximateCreationDateTime": at}} for n in numbers]
            written.notify_all()

    def read(self, iterator, **options):
        answer = self.reading(**options).get_records(ShardIterator=iterator, Limit=2)
        return [record["dynamodb"]["N"] for record in answer["Records"]], answer["NextShardIterator"]

    def test_get_what_is_there_in_order_and_go_on_behind_it(self):
        self.write(1, 2, 3)
        some, following = self.read(self.first)
        rest, _ = self.read(following)
        self.assertEqual((some, rest), ([1, 2], [3]))

    def test_wait_until_something_is_written(self):
        threading.Timer(0.2, lambda: self.write(7)).start()
        began = time.monotonic()
        self.assertEqual(self.read(self.first)[0], [7])
        self.assertGreater(time.monotonic() - began, 0.15)

    def test_end_with_nothing_when_nothing_comes(self):
        self.assertEqual(self.read(self.first, longest=0.05)[0], [])

    def test_do_not_wait_once_the_source_is_switched_off(self):
        self.closed = True
        began = time.monotonic()
        self.assertEqual(self.read(self.first)[0], [])
        self.assertLess(time.monotonic() - began, 1)

    def test_never_see_what_a_failed_transaction_takes_back(self):
        with written:
            reader = threading.Thread(target=lambda: seen.extend(self.read(self.first, longest=0.1)[0]))
            seen = []
            self.write(1)
            reader.start()
            time.sleep(0.1)
            self.shard.items.clear()
        reader.join()
        self.assertEqual(seen, [])

    def test_leave_no_iterators_behind(self):
        iterator = self.first
        for number in range(5):
            self.write(number)
            _, iterator = self.read(iterator)
        self.assertEqual(list(self.streams.shard_iterators), [iterator])

    def test_ask_the_service_about_an_iterator_that_nobody_knows(self):
        self.assertEqual(self.reading().get_records(ShardIterator="arn:x"), {"asked": "arn:x"})

    def test_are_the_clients_own_otherwise(self):
        self.assertEqual(self.reading().region, "eu-central-1")


class Records(unittest.TestCase):
    def test_have_a_time_and_are_the_readers_own(self):
        record = {"eventID": "1", "dynamodb": {"ApproximateCreationDateTime": "2026-11-21T20:00:00.5"}}
        read = as_read(record)
        self.assertEqual(
            read["dynamodb"]["ApproximateCreationDateTime"], datetime(2026, 11, 21, 20, 0, 0, 500_000, tzinfo=UTC)
        )
        read["dynamodb"]["ApproximateCreationDateTime"] = 1.0
        self.assertEqual(record["dynamodb"]["ApproximateCreationDateTime"], "2026-11-21T20:00:00.5")


if __name__ == "__main__":
    unittest.main()

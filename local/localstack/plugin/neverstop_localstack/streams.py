"""How readers of a table's stream get at what is new.

LocalStack asks every stream for records twenty times a second, whether there are any or not, and turns each answer into
a response and back: with ten streams that is most of what an idle cloud does, and a third of what a busy one does. The
tables live in this process, so a reader waits until one is written to, and takes the records as they are."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

# The longest that a reader waits before it asks although nothing was written, in seconds.
LONG = 10

# How often a waiting reader looks whether it is still wanted, in seconds.
GLANCE = 0.5

# moto's tables are plain dictionaries, and LocalStack asks from many threads. A reader holds the lock as well: what a
# transaction wrote before it failed is taken back, and was never there.
lock = threading.RLock()
written = threading.Condition(lock)


class Reading:
    """A client of DynamoDB Streams whose questions for records are answered by the table itself, as soon as there are
    some. `find` is given an iterator's name and finds it, or nothing when the table does not know it."""

    def __init__(self, client, find: Callable, over: Callable[[], bool] = lambda: False, longest: float = LONG):
        self._client, self._find = client, find
        self.over, self.longest = over, longest

    def __getattr__(self, name):
        return getattr(self._client, name)

    def get_records(self, **request):
        iterator = self._find(request["ShardIterator"])
        if iterator is None:
            return self._client.get_records(**request)
        with written:
            deadline = time.monotonic() + self.longest
            while not unread(iterator) and not self.over() and (left := deadline - time.monotonic()) > 0:
                written.wait(min(GLANCE, left))
            answer = iterator.get(request.get("Limit") or 1000)
            # moto keeps every iterator that it ever gave out.
            iterator.streams_backend.shard_iterators.pop(iterator.arn, None)
            return {**answer, "Records": [as_read(record) for record in answer["Records"]]}


def unread(iterator) -> bool:
    shard = iterator.stream_shard
    return int(iterator.sequence_number) < shard.starting_sequence_number + len(shard.items)


def as_read(record: dict) -> dict:
    """A record as a client reads it: its reader may write into it, and its time is a time."""
    change = record["dynamodb"]
    time_of = datetime.fromisoformat(change["ApproximateCreationDateTime"])
    at = time_of if time_of.tzinfo else time_of.replace(tzinfo=UTC)
    return {**record, "dynamodb": {**change, "ApproximateCreationDateTime": at}}


def find(iterator: str):
    """moto's own iterator. Its name begins with that of its table."""
    from moto.dynamodbstreams.models import dynamodbstreams_backends

    region, account = iterator.split(":")[3:5]
    return dynamodbstreams_backends[account][region].shard_iterators.get(iterator)


def install() -> None:
    from localstack.services.lambda_.event_source_mapping import esm_worker
    from localstack.services.lambda_.event_source_mapping.pollers.dynamodb_poller import DynamoDBPoller
    from moto.dynamodb.models.table import StreamShard

    add = StreamShard.add

    def add_and_tell(self, old, new):
        add(self, old, new)
        with written:
            written.notify_all()

    StreamShard.add = add_and_tell

    begin = esm_worker.EsmWorker.__init__

    def begin_reading(self, esm_config, poller, *arguments, **options):
        begin(self, esm_config, poller, *arguments, **options)
        if isinstance(poller, DynamoDBPoller):
            # A reader that gathers hands over what it has when it asks again, so it may not sleep on it.
            window = poller.stream_parameters.get("MaximumBatchingWindowInSeconds") or 0
            over, longest = self._shutdown_event.is_set, min(LONG, window / 4) if window else LONG
            poller.source_client = Reading(poller.source_client, find, over, longest)

    esm_worker.EsmWorker.__init__ = begin_reading

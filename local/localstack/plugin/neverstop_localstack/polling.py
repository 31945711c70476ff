"""How event sources are asked for what is new.

LocalStack asks a queue without waiting and then pauses, up to a second after the first empty answer: every hop of a
message would take half of that. AWS asks with a long poll, and so it is done here."""

import json
from collections.abc import Callable

# The longest that SQS lets a receive wait, in seconds.
LONG = 20


class Waiting:
    """A client of SQS whose receives wait for the first message when they would not wait at all.

    What comes after its event source was switched off is put back at once: nobody is there to take it."""

    def __init__(self, client, over: Callable[[], bool] = lambda: False):
        self._client = client
        self.over = over

    def __getattr__(self, name):
        return getattr(self._client, name)

    def receive_message(self, **request):
        if not request.get("WaitTimeSeconds"):
            # With the override it would wait until a batch is full.
            request.pop("sqs_override_wait_time_seconds", None)
            request["WaitTimeSeconds"] = LONG
        answer = self._client.receive_message(**request)
        if self.over():
            for message in answer.pop("Messages", []):
                self._client.change_message_visibility(
                    QueueUrl=request["QueueUrl"], ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
                )
        return answer


class Letters:
    """What messages said when they were received. LocalStack reads a body as JSON to filter by it, and hands over what
    it writes again: other spaces, and other bytes than were sent."""

    def __init__(self, messages: list[dict]):
        self._bodies = {message["MessageId"]: message["Body"] for message in messages if "Body" in message}

    def restored(self, events: list[dict]) -> list[dict]:
        return [{**event, "body": self._bodies.get(event["messageId"], event["body"])} for event in events]


def legible(messages: list[dict]) -> list[dict]:
    """Messages, without the bodies that LocalStack would stumble over when it reads them as JSON: those nested too deeply
    for Python, and numbers of thousands of digits. The whole batch would come back, again and again, and from a
    dead-letter queue for ever. A filter takes such a body for text."""
    return [message if _is_legible(message.get("Body", "")) else {**message, "Body": ""} for message in messages]


def _is_legible(body: str) -> bool:
    try:
        json.dumps(json.loads(body))
    except json.JSONDecodeError:
        # Of this it knows that it is text.
        return True
    except (RecursionError, ValueError):
        return False
    return True


def install() -> None:
    from localstack.services.lambda_.event_source_mapping import esm_worker
    from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

    begin = esm_worker.EsmWorker.__init__

    def begin_waiting(self, esm_config, poller, *arguments, **options):
        begin(self, esm_config, poller, *arguments, **options)
        if isinstance(poller, SqsPoller):
            poller.source_client = Waiting(poller.source_client, self._shutdown_event.is_set)

    esm_worker.EsmWorker.__init__ = begin_waiting

    handle, enrich = SqsPoller.handle_messages, SqsPoller.add_source_metadata

    def handle_letters(self, messages):
        # A poller is one thread, and handles one batch at a time.
        self.letters = Letters(messages)
        return handle(self, legible(messages))

    def enrich_letters(self, events, *more):
        return enrich(self, self.letters.restored(events), *more)

    SqsPoller.handle_messages, SqsPoller.add_source_metadata = handle_letters, enrich_letters

    backoff = esm_worker.ExponentialBackoff

    def within_limits(initial_interval, max_interval):
        """The first pause is not longer than the longest."""
        return backoff(initial_interval=min(initial_interval, max_interval), max_interval=max_interval)

    esm_worker.ExponentialBackoff = within_limits

"""How event sources are asked for what is new.

LocalStack asks a queue without waiting and then pauses, up to a second after the first empty answer: every hop of a
message would take half of that. AWS asks with a long poll, and so it is done here."""

LONG = 20


class Waiting:
    """A client of SQS whose receives wait for the first message when they would not wait at all."""

    def __init__(self, client):
        self._client = client

    def __getattr__(self, name):
        return getattr(self._client, name)

    def receive_message(self, **request):
        if not request.get("WaitTimeSeconds"):
            # With the override it would wait until a batch is full.
            request.pop("sqs_override_wait_time_seconds", None)
            request["WaitTimeSeconds"] = LONG
        return self._client.receive_message(**request)


def install() -> None:
    from localstack.services.lambda_.event_source_mapping import esm_worker
    from localstack.services.lambda_.event_source_mapping.pollers.sqs_poller import SqsPoller

    begin = SqsPoller.__init__

    def begin_waiting(self, *arguments, **options):
        begin(self, *arguments, **options)
        self.source_client = Waiting(self.source_client)

    SqsPoller.__init__ = begin_waiting

    backoff = esm_worker.ExponentialBackoff

    def within_limits(initial_interval, max_interval):
        """The first pause is not longer than the longest."""
        return backoff(initial_interval=min(initial_interval, max_interval), max_interval=max_interval)

    esm_worker.ExponentialBackoff = within_limits

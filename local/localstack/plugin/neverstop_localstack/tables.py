"""DynamoDB and its streams by moto, which LocalStack brings along: no Java, and no licence to accept.

Selected by PROVIDER_OVERRIDE_DYNAMODB and PROVIDER_OVERRIDE_DYNAMODBSTREAMS."""

import uuid

from localstack.aws.api import CommonServiceException
from localstack.aws.api.dynamodb import DynamodbApi
from localstack.aws.api.dynamodbstreams import DynamodbstreamsApi
from localstack.aws.forwarder import ForwardingFallbackDispatcher
from localstack.services.moto import call_moto
from localstack.services.plugins import Service, ServiceLifecycleHook, aws_provider

from .streams import lock
from .tokens import Mismatch, Tokens

tokens = Tokens()


def answer(context, request):
    if context.operation.name == "TransactWriteItems" and (token := request.get("ClientRequestToken")):
        key = (context.account_id, context.region, token)
        try:
            with lock:
                return tokens.once(key, request, lambda: call_moto(context))
        except Mismatch as mismatch:
            raise CommonServiceException(Mismatch.code, "The token was used with other parameters.") from mismatch
    with lock:
        said = call_moto(context)
    for name in ("Table", "TableDescription"):
        if isinstance(said, dict) and isinstance(said.get(name), dict):
            # CloudFormation's global tables read an id, which moto does not give.
            said[name].setdefault("TableId", str(uuid.uuid5(uuid.NAMESPACE_URL, said[name].get("TableArn", ""))))
    return said


class MotoTables(DynamodbApi, ServiceLifecycleHook):
    pass


class MotoStreams(DynamodbstreamsApi, ServiceLifecycleHook):
    pass


def service(provider) -> Service:
    return Service.for_provider(provider, dispatch_table_factory=lambda it: ForwardingFallbackDispatcher(it, answer))


@aws_provider(api="dynamodb", name="moto")
def tables():
    return service(MotoTables())


@aws_provider(api="dynamodbstreams", name="moto")
def streams():
    return service(MotoStreams())


def install() -> None:
    from . import moto_tables

    moto_tables.install()
    create_once()


def create_once() -> None:
    """A global table names its own region among its replicas; CloudFormation's provider would create it twice."""
    from localstack.services.dynamodb.resource_providers.aws_dynamodb_globaltable import DynamoDBGlobalTableProvider

    create = DynamoDBGlobalTableProvider.create

    def create_elsewhere(self, request):
        replicas = request.desired_state.get("Replicas") or []
        others = [replica for replica in replicas if replica.get("Region") != request.region_name]
        own = request.desired_state
        own["Replicas"] = others
        try:
            return create(self, request)
        finally:
            own["Replicas"] = replicas

    DynamoDBGlobalTableProvider.create = create_elsewhere

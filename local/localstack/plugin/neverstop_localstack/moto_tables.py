"""Where moto's DynamoDB is not DynamoDB."""

import copy
import types

import moto.dynamodb.models as models
from moto.dynamodb import comparisons
from moto.dynamodb.exceptions import IncorrectDataType, IncorrectOperandType
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import StreamRecord, StreamShard, Table

# The names of cancellation reasons that AWS gives; moto names whatever Python error it ran into.
REASONS = {
    "ConditionalCheckFailed",
    "ItemCollectionSizeLimitExceeded",
    "ProvisionedThroughputExceeded",
    "ThrottlingError",
    "TransactionConflict",
    "ValidationError",
}


def install() -> None:
    compare_only_what_compares()
    name_reasons()
    undo_instead_of_copying()
    leave_out_empty_images()
    tell_only_changes()


def compare_only_what_compares() -> None:
    """A comparison of a number with a text is false; moto fails on it."""
    for operator in (
        comparisons.OpLessThan,
        comparisons.OpLessThanOrEqual,
        comparisons.OpGreaterThan,
        comparisons.OpGreaterThanOrEqual,
    ):

        def expr(self, item, compare=operator.expr):
            try:
                return compare(self, item)
            except TypeError:
                return False

        operator.expr = expr


def name_reasons() -> None:
    cancelled = models.TransactionCanceledException

    def named(errors):
        return cancelled([reason(*error) for error in errors])

    models.TransactionCanceledException = named


def reason(code, message, item):
    return (code, message, item) if code is None or code in REASONS else ("ValidationError", message, item)


def undo_instead_of_copying() -> None:
    """moto copies every table of a transaction with all its items before it begins, in case it must go back. Here the
    items that the transaction names are kept, and put back when it fails."""
    backend = models.DynamoDBBackend
    transact = backend.transact_write_items

    update = backend.update_item

    def transact_write_items(self, transact_items):
        self.in_transaction = True
        try:
            return or_undo(self, transact_items, lambda: transact(self, transact_items))
        finally:
            self.in_transaction = False

    def update_item(self, table_name, key, *arguments, **options):
        """An update whose second action fails has not done its first. In a transaction it is a reason to cancel, which
        moto would only take from an error that is none of its own."""

        def done():
            return update(self, table_name, key, *arguments, **options)

        if not getattr(self, "in_transaction", False):
            return or_undo(self, [{"Update": {"TableName": table_name, "Key": key}}], done)
        try:
            return done()
        except (IncorrectDataType, IncorrectOperandType) as error:
            raise TypeError(str(error.message)) from error

    def deepcopy(value, memo=None):
        return value if isinstance(value, Table) else copy.deepcopy(value, memo)

    backend.transact_write_items = transact_write_items
    backend.update_item = update_item
    models.copy = types.SimpleNamespace(copy=copy.copy, deepcopy=deepcopy)


def or_undo(backend, operations: list[dict], work):
    """Does the work, or puts every item that it names back."""
    before = [state for operation in operations for state in states(backend, operation)]
    try:
        return work()
    except Exception:
        for put_back in reversed(before):
            put_back()
        raise


def states(backend, operation: dict):
    """How an item is now, as a function that makes it so again."""
    (kind, parameters), *_ = operation.items()
    table = backend.tables.get(parameters.get("TableName"))
    attributes = parameters.get("Item" if kind == "Put" else "Key") or {}
    if table is None or table.hash_key_attr not in attributes:
        return
    if table.range_key_attr and table.range_key_attr not in attributes:
        return
    first = DynamoType(attributes[table.hash_key_attr])
    second = DynamoType(attributes[table.range_key_attr]) if table.range_key_attr else None
    item = copy.deepcopy(table.get_item(first, second))
    shard = table.stream_shard
    told = len(shard.items) if shard else 0

    def put_back():
        held, key = (table.items[first], second) if second else (table.items, first)
        if item is None:
            held.pop(key, None)
        else:
            held[key] = item
        if shard:
            del shard.items[told:]

    yield put_back


def leave_out_empty_images() -> None:
    """A new item has no old image and a deleted one no new image; moto gives empty ones, which say something else."""
    begin = StreamRecord.__init__

    def begin_without(self, table, *arguments):
        begin(self, table, *arguments)
        self.record["awsRegion"] = table.table_arn.split(":")[3]
        change = self.record["dynamodb"]
        for name in ("OldImage", "NewImage"):
            if not change.get(name, True):
                del change[name]

    StreamRecord.__init__ = begin_without


def tell_only_changes() -> None:
    """A write that leaves an item as it was is no change, and the stream does not hear of it."""
    add = StreamShard.add

    def add_change(self, old, new):
        if old is None or new is None or old.to_json() != new.to_json():
            add(self, old, new)

    StreamShard.add = add_change

"""DynamoDB as moto plays it, with our corrections. Needs LocalStack's environment."""

import unittest

from moto.dynamodb.exceptions import IncorrectDataType, TransactionCanceledException
from moto.dynamodb.models import DynamoDBBackend
from neverstop_localstack import moto_tables

moto_tables.install()


class Tables(unittest.TestCase):
    def setUp(self):
        self.backend = DynamoDBBackend("eu-central-1", "000000000000")
        self.backend.create_table(
            "stock",
            schema=[{"AttributeName": "sku", "KeyType": "HASH"}],
            throughput=None,
            attr=[{"AttributeName": "sku", "AttributeType": "S"}],
            global_indexes=None,
            indexes=None,
            streams={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            billing_mode="PAY_PER_REQUEST",
            sse_specification=None,
            tags=[],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )
        self.put("mug", {"N": "3"})

    def put(self, sku, available):
        self.backend.put_item("stock", {"sku": {"S": sku}, "available": available})

    def available(self, sku):
        item = self.backend.get_item("stock", {"sku": {"S": sku}})
        return item and item.to_json()["Attributes"]["available"]

    @staticmethod
    def take(sku, quantity):
        return {
            "Update": {
                "TableName": "stock",
                "Key": {"sku": {"S": sku}},
                "UpdateExpression": "SET available = available - :n",
                "ConditionExpression": "available >= :n",
                "ExpressionAttributeValues": {":n": {"N": str(quantity)}},
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            }
        }

    def reasons(self, *operations):
        with self.assertRaises(TransactionCanceledException) as cancelled:
            self.backend.transact_write_items(list(operations))
        return str(cancelled.exception)

    def test_takes_all_or_nothing(self):
        self.put("pot", {"N": "1"})
        self.reasons(self.take("mug", 2), self.take("pot", 2))
        self.assertEqual((self.available("mug"), self.available("pot")), ({"N": "3"}, {"N": "1"}))

    def test_takes_what_is_there(self):
        self.backend.transact_write_items([self.take("mug", 2)])
        self.assertEqual(self.available("mug"), {"N": "1"})

    def test_takes_back_an_item_that_was_new(self):
        put = {"Put": {"TableName": "stock", "Item": {"sku": {"S": "new"}, "available": {"N": "1"}}}}
        self.reasons(put, self.take("mug", 9))
        self.assertIsNone(self.available("new"))

    def test_tells_the_stream_nothing_of_a_transaction_that_failed(self):
        shard = self.backend.tables["stock"].stream_shard
        before = len(shard.items)
        put = {"Put": {"TableName": "stock", "Item": {"sku": {"S": "new"}, "available": {"N": "1"}}}}
        self.reasons(put, self.take("mug", 9))
        self.assertEqual(len(shard.items), before)

    def test_tells_the_stream_no_image_of_what_is_not_there(self):
        self.backend.put_item("stock", {"sku": {"S": "mug"}, "available": {"N": "4"}})
        self.backend.delete_item("stock", {"sku": {"S": "mug"}})
        records = [record.to_json() for record in self.backend.tables["stock"].stream_shard.items]
        told = [(record["eventName"], sorted(name for name in record["dynamodb"] if name.endswith("Image"))) for record in records]
        expected = [("INSERT", ["NewImage"]), ("MODIFY", ["NewImage", "OldImage"]), ("REMOVE", ["OldImage"])]
        self.assertEqual(told, expected)
        self.assertEqual(records[0]["awsRegion"], "eu-central-1")

    def test_tells_the_stream_nothing_of_a_write_that_changes_nothing(self):
        shard = self.backend.tables["stock"].stream_shard
        before = len(shard.items)
        self.put("mug", {"N": "3"})
        self.assertEqual(len(shard.items), before)

    def test_a_text_is_not_more_than_a_number(self):
        self.put("damaged", {"S": "twelve"})
        self.assertIn("ConditionalCheckFailed", self.reasons(self.take("damaged", 1)))
        self.assertEqual(self.available("damaged"), {"S": "twelve"})

    def count(self, name):
        return {
            "TableName": "stock",
            "Key": {"sku": {"S": "mug"}},
            "UpdateExpression": f"SET touched = :one ADD {name} :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }

    def test_an_update_that_fails_has_done_nothing(self):
        self.backend.put_item("stock", {"sku": {"S": "mug"}, "changes": {"S": "twelve"}})
        update = self.count("changes")
        with self.assertRaises(IncorrectDataType):
            self.backend.update_item(
                "stock",
                update["Key"],
                update["UpdateExpression"],
                {},
                update["ExpressionAttributeValues"],
            )
        item = self.backend.get_item("stock", {"sku": {"S": "mug"}}).to_json()["Attributes"]
        self.assertEqual(item, {"sku": {"S": "mug"}, "changes": {"S": "twelve"}})

    def test_counting_on_a_text_cancels_a_transaction(self):
        self.backend.put_item("stock", {"sku": {"S": "mug"}, "changes": {"S": "twelve"}})
        self.assertIn("ValidationError", self.reasons({"Update": self.count("changes")}))

    def test_names_a_reason_as_aws_does(self):
        self.assertEqual(moto_tables.reason("TypeError", "x", None)[0], "ValidationError")
        self.assertEqual(moto_tables.reason("ConditionalCheckFailed", "x", None)[0], "ConditionalCheckFailed")
        self.assertEqual(moto_tables.reason(None, None, None), (None, None, None))


if __name__ == "__main__":
    unittest.main()

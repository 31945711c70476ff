"""`AWS::ApiGateway::Authorizer` for CloudFormation, which LocalStack's open edition does not know."""

from pathlib import Path

from localstack.services.cloudformation import provider_utils
from localstack.services.cloudformation.resource_provider import OperationStatus, ProgressEvent, ResourceProvider

PARAMETERS = {
    "AuthorizerCredentials": "authorizerCredentials",
    "AuthorizerResultTtlInSeconds": "authorizerResultTtlInSeconds",
    "AuthorizerUri": "authorizerUri",
    "IdentitySource": "identitySource",
    "IdentityValidationExpression": "identityValidationExpression",
    "Name": "name",
    "ProviderARNs": "providerARNs",
    "RestApiId": "restApiId",
    "Type": "type",
}


class AuthorizerProvider(ResourceProvider):
    TYPE = "AWS::ApiGateway::Authorizer"
    SCHEMA = provider_utils.get_schema_path(Path(__file__))

    def create(self, request):
        model = request.desired_state
        parameters = {ours: model[theirs] for theirs, ours in PARAMETERS.items() if model.get(theirs) is not None}
        created = request.aws_client_factory.apigateway.create_authorizer(**parameters)
        model["AuthorizerId"] = created["id"]
        return self.done(request, model)

    def update(self, request):
        """A new one in place of the old: whoever refers to it is updated with it."""
        self.remove(request, request.previous_state)
        return self.create(request)

    def delete(self, request):
        self.remove(request, request.desired_state)
        return self.done(request, request.desired_state)

    def read(self, request):
        raise NotImplementedError

    @staticmethod
    def remove(request, model) -> None:
        gateway = request.aws_client_factory.apigateway
        try:
            gateway.delete_authorizer(restApiId=model["RestApiId"], authorizerId=model["AuthorizerId"])
        except gateway.exceptions.NotFoundException:
            pass

    @staticmethod
    def done(request, model) -> ProgressEvent:
        return ProgressEvent(
            status=OperationStatus.SUCCESS, resource_model=model, custom_context=request.custom_context
        )

"""REST APIs as API Gateway serves them: Lambda authorizers, and gateway responses with their templates.

LocalStack's open edition stores both and acts on neither."""

import json
import re

from localstack.aws.connect import connect_to
from localstack.services.apigateway.next_gen.execute_api import handlers
from localstack.services.apigateway.next_gen.execute_api.gateway_response import (
    AccessDeniedError,
    AuthorizerConfigurationError,
    BaseGatewayException,
    UnauthorizedError,
    get_gateway_response_or_default,
)
from localstack.services.apigateway.next_gen.execute_api.handlers.gateway_exception import GatewayExceptionHandler
from rolo import Response

from .admission import Broken, Decisions, Denied, Unauthorized, admits, context_of, header_of, identity_of, rendered, told

decisions = Decisions()

FUNCTION = re.compile(r"functions/(arn:[^/]+)/invocations$")


def authorize(chain, context, response) -> None:
    """A step of the chain, after the method is known and before anything is invoked."""
    if context.resource_method.get("authorizationType") != "CUSTOM":
        return
    authorizer = context.deployment.rest_api.authorizers.get(context.resource_method.get("authorizerId"))
    try:
        context.context_variables["authorizer"] = context_of(decide(context, authorizer or {}))
    except Unauthorized as refusal:
        raise UnauthorizedError("Unauthorized") from refusal
    except Denied as refusal:
        raise AccessDeniedError("User is not authorized to access this resource") from refusal
    except Broken as defect:
        raise AuthorizerConfigurationError(str(defect)) from defect


def decide(context, authorizer: dict) -> dict:
    if authorizer.get("type") != "REQUEST":
        raise Broken(f"an authorizer of type {authorizer.get('type')} is not supported here")
    request = context.invocation_request
    identity = identity_of(authorizer.get("identitySource"), request["headers"], request["query_string_parameters"])
    method, path = request["http_method"], request["path"].lstrip("/")
    api = f"arn:aws:execute-api:{context.region}:{context.account_id}:{context.api_id}"
    arn = f"{api}/{context.stage}/{method}/{path}"
    key = (context.api_id, context.stage, authorizer["id"], identity)
    decision = decisions.of(key, authorizer["authorizerResultTtlInSeconds"], lambda: ask(context, authorizer, arn))
    if not admits(decision["policyDocument"], arn):
        raise Denied
    return decision


def ask(context, authorizer: dict, arn: str) -> dict:
    request, function = context.invocation_request, FUNCTION.search(authorizer.get("authorizerUri", ""))
    if not function:
        raise Broken(f"{authorizer.get('authorizerUri')} names no function")
    event = {
        "type": "REQUEST",
        "methodArn": arn,
        "resource": context.resource["path"],
        "path": request["path"],
        "httpMethod": request["http_method"],
        "headers": dict(request["headers"]),
        "queryStringParameters": request["query_string_parameters"],
        "pathParameters": request["path_parameters"],
        "stageVariables": context.stage_variables or {},
        "requestContext": context.context_variables,
    }
    functions = connect_to(region_name=context.region, aws_access_key_id=context.account_id).lambda_
    answer = functions.invoke(FunctionName=function[1], Payload=json.dumps(event))
    said = json.loads(answer["Payload"].read() or b"null")
    if answer.get("FunctionError"):
        raise told(said)
    if not isinstance(said, dict) or not isinstance(said.get("policyDocument"), dict):
        raise Broken("the authorizer answered without a policy")
    return said


def respond(self, exception: BaseGatewayException, context) -> Response:
    """The refusal as the API defines it: status, headers and body."""
    defined = get_gateway_response_or_default(exception.type, context.deployment.rest_api.gateway_responses)
    templates = defined.get("responseTemplates") or {}
    kind, template = next(iter(templates.items()), ("application/json", '{"message":$context.error.messageString}'))
    error = {"message": exception.message, "messageString": json.dumps(exception.message)}
    body = rendered(template, {**context.context_variables, "error": error})
    headers = {"Content-Type": kind, "x-amzn-ErrorType": exception.code}
    fixed = (header_of(name, value) for name, value in (defined.get("responseParameters") or {}).items())
    headers.update(header for header in fixed if header)
    return Response(response=body, headers=headers, status=int(defined.get("statusCode") or exception.status_code or 500))


def install() -> None:
    handlers.preprocess_request.append(authorize)
    GatewayExceptionHandler.create_exception_response = respond

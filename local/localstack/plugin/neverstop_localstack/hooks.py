"""Where LocalStack finds what is here: entry points of the distribution beside this package."""

import os

from localstack.runtime import hooks
from localstack.services.cloudformation.resource_provider import CloudFormationResourceProviderPlugin
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    name = "process"

    def load(self, *_, **__):
        from .executor import ProcessExecutor

        return ProcessExecutor


class AuthorizerResourcePlugin(CloudFormationResourceProviderPlugin):
    name = "AWS::ApiGateway::Authorizer"

    def __init__(self):
        self.factory = None

    def load(self):
        from .authorizer_resource import AuthorizerProvider

        self.factory = AuthorizerProvider


@hooks.on_infra_start()
def install() -> None:
    from . import gateway, network, polling, streams, tables

    network.install()
    gateway.install()
    polling.install()
    tables.install()
    streams.install()


@hooks.on_infra_shutdown(priority=100)
def end() -> None:
    """Ends every function, and then everything: this edition keeps nothing, so there is nothing to save. LocalStack's
    own way waits half a minute for pollers that wait for messages."""
    from .worker import Worker, stop_all

    Worker.closing = True
    stop_all()
    os._exit(0)

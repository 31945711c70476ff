"""Nobody but this machine reaches the cloud, and it reaches nobody."""

LOOPBACK = "127.0.0.1"


def install() -> None:
    listen_here()
    know_by_heart()


def listen_here() -> None:
    """LocalStack drops the host of GATEWAY_LISTEN and would listen on every interface."""
    from twisted.internet import reactor

    listen = reactor.listenTCP

    def on_loopback(port, factory, backlog=50, interface=""):
        return listen(port, factory, backlog, interface or LOOPBACK)

    reactor.listenTCP = on_loopback


def know_by_heart() -> None:
    """Which resources CloudFormation can create is asked of LocalStack's platform, and without an answer none can.
    What is installed knows it just as well."""
    from localstack.utils.catalog.catalog import AwsCatalogRuntimePlugin
    from localstack.utils.catalog.catalog_loader import AwsCatalogLoaderException, RemoteCatalogLoader
    from localstack.utils.catalog.common import CloudFormationResourcesSupportAtRuntime as AtRuntime
    from localstack.utils.catalog.common import CloudFormationResourcesSupportInLatest as InLatest

    def ask_nobody(self):
        raise AwsCatalogLoaderException("this cloud asks nobody")

    def status(self, resource_name, service_name, is_pro_resource=False):
        installed = resource_name in self._get_cfn_resources_available_at_runtime()
        return AtRuntime.AVAILABLE if installed else InLatest.NOT_SUPPORTED

    RemoteCatalogLoader.get_remote_catalog = ask_nobody
    AwsCatalogRuntimePlugin.get_cloudformation_resource_status = status

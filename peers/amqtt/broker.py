"""amqtt on one address, for anybody. Its own command takes that from a file only."""

import asyncio
import sys

from amqtt import __version__
from amqtt.broker import Broker
from amqtt.plugins.base import BasePlugin


class Arrivals(BasePlugin):
    """Says who comes and who goes. The broker's own log says it only together with what the messages hold."""

    async def on_broker_client_connected(self, *, client_id, **_):
        print("connected", client_id, file=sys.stderr, flush=True)

    async def on_broker_client_disconnected(self, *, client_id, **_):
        print("disconnected", client_id, file=sys.stderr, flush=True)


def config(listen):
    return {
        "listeners": {"default": {"type": "tcp", "bind": listen}},
        "plugins": {
            "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
            f"{__name__}.Arrivals": {},
        },
    }


async def serve(listen):
    await Broker(config(listen)).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"]:
        sys.exit(print(__version__))
    try:
        asyncio.run(serve(sys.argv[1]))
    except Exception as error:
        sys.exit(f"Error: {error}")

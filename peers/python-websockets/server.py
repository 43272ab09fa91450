"""A server of the Python library websockets, with its own keep-alive: a ping each interval, and as long to answer it."""

import asyncio
import json
from urllib.parse import parse_qs, urlsplit

import websockets
from websockets.asyncio.server import serve

DEFAULT_S = 20
"""As the library has it."""


def tell(what, client_id, note=None):
    print(json.dumps({"what": what, "clientId": client_id, **({} if note is None else {"note": note})}), flush=True)


def asked(request, key, default):
    return parse_qs(urlsplit(request.path).query).get(key, [default])[0]


def with_its_interval(connection, request):
    """The library has one interval for all; here each client names its own. It takes it up after the handshake."""
    seconds = float(asked(request, "keepalive", DEFAULT_S)) or None
    connection.ping_interval = connection.ping_timeout = seconds
    connection.protocol.fail = told_of(connection.protocol.fail, asked(request, "clientid", ""))


def told_of(fail, client_id):
    """The library tells its application of a missing pong once the TCP connection is gone, as much as close_timeout later."""

    def told(code, reason=""):
        if reason == "keepalive ping timeout":
            tell("keepalive-timeout", client_id)
        fail(code, reason)

    return told


async def attend(connection):
    client_id = asked(connection.request, "clientid", "")
    tell("client-connected", client_id)
    try:
        async for _message in connection:
            pass
    except websockets.ConnectionClosed:
        pass
    tell("client-closed", client_id, f"{connection.close_code} {connection.close_reason}".strip())


async def listen(host, port):
    async with serve(attend, host, int(port), process_request=with_its_interval, compression=None) as server:
        await server.serve_forever()


def run(host, port):
    asyncio.run(listen(host, port))

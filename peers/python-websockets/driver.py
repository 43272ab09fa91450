"""The Python library websockets under test, by the driver protocol (docs/drivers.md), with its own keep-alive."""

import asyncio
import json
import os
import sys

import websockets
from websockets.asyncio.client import connect

ENV = os.environ
RETRY_S = 1


def tell(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


def address():
    host = f"[{ENV['HALFOPEN_HOST']}]" if ":" in ENV["HALFOPEN_HOST"] else ENV["HALFOPEN_HOST"]
    asked = f"clientid={ENV['HALFOPEN_CLIENTID']}&keepalive={ENV['HALFOPEN_KEEPALIVE']}"
    return f"ws://{host}:{ENV['HALFOPEN_PORT']}/?{asked}"


class Client:
    connection = None

    async def run(self):
        while True:
            await self.once()
            if ENV.get("HALFOPEN_RECONNECT") != "1":
                return
            tell("reconnecting")
            await asyncio.sleep(RETRY_S)

    async def once(self):
        seconds = float(ENV["HALFOPEN_KEEPALIVE"]) or None
        try:
            async with connect(
                address(), ping_interval=seconds, ping_timeout=seconds, compression=None, proxy=None
            ) as connection:
                self.connection = connection
                tell("connected")
                async for _message in connection:
                    pass
            tell("closed", code=connection.close_code)
        except websockets.ConnectionClosed as error:
            tell("closed", code=self.connection.close_code, note=str(error))
        except (OSError, websockets.WebSocketException) as error:
            tell("error", note=str(error))

    async def publish(self, line):
        try:
            await self.connection.send(line.split(" ", 4)[4])
        except (AttributeError, websockets.ConnectionClosed):
            pass


async def main():
    client = Client()
    _running = asyncio.create_task(client.run())
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    sending = set()
    while line := await reader.readline():
        # Nobody waits for it: over a dead path the library would.
        sending.add(task := asyncio.create_task(client.publish(line.decode().rstrip("\n"))))
        task.add_done_callback(sending.discard)
    # At once: an orderly end would close the connection.
    os._exit(0)


def run():
    asyncio.run(main())

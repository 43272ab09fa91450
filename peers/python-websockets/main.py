"""The Python library websockets in one of its two parts: `serve HOST PORT`, or else a client."""

import sys

import websockets

if sys.argv[1:] == ["--version"]:
    print(websockets.__version__)
elif sys.argv[1:2] == ["serve"]:
    import server

    server.run(*sys.argv[2:])
else:
    import driver

    driver.run()

"""Paho Python under test, by the driver protocol (docs/drivers.md). `--callback-api 1` takes the older of its two APIs."""

import argparse
import json
import os
import ssl
import sys
import threading

import paho.mqtt
import paho.mqtt.client as mqtt
from paho.mqtt.reasoncodes import ReasonCode

ENV = os.environ
SUBSCRIBE = ENV.get("HALFOPEN_SUBSCRIBE")

output = threading.Lock()


def tell(what, **more):
    """One line at once: the network thread and the one that publishes both speak."""
    with output:
        print(json.dumps({"what": what, **more}), flush=True)


def number(reason):
    """API 1 gives whole numbers, API 2 reason codes, and API 1 with MQTT 5.0 now the one and now the other."""
    return reason.value if isinstance(reason, ReasonCode) else int(reason)


def words(reason):
    return str(reason) if isinstance(reason, ReasonCode) else mqtt.error_string(reason)


class Messages:
    """Which message is behind a message id. An acknowledgement may come before `publish` has said what id it gave."""

    def __init__(self):
        self.lock = threading.Lock()
        self.sent = {}
        self.done = set()

    def published(self, mid, seq):
        with self.lock:
            early = mid in self.done
            self.done.discard(mid)
            if not early:
                self.sent[mid] = seq
        if early:
            self.acknowledged(seq)

    def on_publish(self, mid):
        with self.lock:
            seq = self.sent.pop(mid, None)
            if seq is None:
                self.done.add(mid)
        if seq is not None:
            self.acknowledged(seq)

    @staticmethod
    def acknowledged(seq):
        # At QoS 0 `on_publish` means "written", which is no acknowledgement.
        if seq > 0:
            tell("acknowledged", seq=seq)


messages = Messages()


def connected(client, reason, properties):
    if number(reason) != 0:
        kind = mqtt.connack_string(reason) if not isinstance(reason, ReasonCode) else str(reason)
        tell("error", code=number(reason), note=f"on_connect: {kind}")
        return
    imposed = getattr(properties, "ServerKeepAlive", None)
    tell("connected", **({} if imposed is None else {"serverKeepAliveS": imposed}))
    if SUBSCRIBE:
        client.subscribe(SUBSCRIBE, int(ENV["HALFOPEN_SUBSCRIBE_QOS"]))


def disconnected(reason):
    tell("closed", code=number(reason), note=f"on_disconnect: {words(reason)}")


def on_message(_client, _userdata, message):
    tell("received", payload=message.payload.decode("utf-8", "replace"))


def listen(client, api):
    client.on_message = on_message
    client.on_connect_fail = lambda _client, _userdata: tell("error", note="on_connect_fail")
    if api == 2:
        client.on_connect = lambda c, _u, _flags, reason, properties: connected(c, reason, properties)
        client.on_disconnect = lambda _c, _u, _flags, reason, _properties: disconnected(reason)
        client.on_publish = lambda _c, _u, mid, _reason, _properties: messages.on_publish(mid)
    else:
        client.on_connect = lambda c, _u, _flags, reason, properties=None: connected(c, reason, properties)
        client.on_disconnect = lambda _c, _u, reason, _properties=None: disconnected(reason)
        client.on_publish = lambda _c, _u, mid: messages.on_publish(mid)


class NamedContext(ssl.SSLContext):
    """The certificate is the broker's, but the address is the link's; Paho asks for the name that it dialled."""

    def wrap_socket(self, sock, *args, **more):
        name = ENV.get("HALFOPEN_SERVERNAME")
        return super().wrap_socket(sock, *args, **(more | ({"server_hostname": name} if name else {})))


def tls_context():
    context = NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    if "HALFOPEN_CA" in ENV:
        context.load_verify_locations(ENV["HALFOPEN_CA"])
    else:
        context.load_default_certs()
    if "HALFOPEN_CERT" in ENV:
        context.load_cert_chain(ENV["HALFOPEN_CERT"], ENV.get("HALFOPEN_KEY"))
    if "SSLKEYLOGFILE" in ENV:
        context.keylog_filename = ENV["SSLKEYLOGFILE"]
    if "HALFOPEN_ALPN" in ENV:
        context.set_alpn_protocols(ENV["HALFOPEN_ALPN"].split(","))
    return context


def secure(client):
    scheme = ENV["HALFOPEN_SCHEME"]
    if scheme in ("mqtts", "wss"):
        client.tls_set_context(tls_context())
    if scheme in ("ws", "wss") and "HALFOPEN_PATH" in ENV:
        client.ws_set_options(path=ENV["HALFOPEN_PATH"])
    if "HALFOPEN_USERNAME" in ENV or "HALFOPEN_PASSWORD" in ENV:
        client.username_pw_set(ENV.get("HALFOPEN_USERNAME"), ENV.get("HALFOPEN_PASSWORD"))


def client_of(api):
    five = ENV["HALFOPEN_PROTOCOL"] == "5"
    given = {"reconnect_on_failure": ENV["HALFOPEN_RECONNECT"] == "1"} if "HALFOPEN_RECONNECT" in ENV else {}
    client = mqtt.Client(
        mqtt.CallbackAPIVersion.VERSION2 if api == 2 else mqtt.CallbackAPIVersion.VERSION1,
        client_id=ENV["HALFOPEN_CLIENTID"],
        protocol=mqtt.MQTTv5 if five else mqtt.MQTTv311,
        transport="websockets" if ENV["HALFOPEN_SCHEME"] in ("ws", "wss") else "tcp",
        **given,
    )
    client.will_set(ENV["HALFOPEN_WILL_TOPIC"], ENV["HALFOPEN_WILL_PAYLOAD"], int(ENV["HALFOPEN_WILL_QOS"]))
    secure(client)
    listen(client, api)
    return client


def connect(client):
    five = ENV["HALFOPEN_PROTOCOL"] == "5"
    # Its default with MQTT 5.0 keeps the session of an earlier connection.
    clean = {"clean_start": True} if five else {}
    try:
        client.connect(ENV["HALFOPEN_HOST"], int(ENV["HALFOPEN_PORT"]), int(ENV["HALFOPEN_KEEPALIVE"]), **clean)
    except (OSError, ValueError, mqtt.WebsocketConnectionError) as error:
        # It comes back after a lost connection, never after a first one that failed.
        tell("error", note=f"connect: {error}")
        return
    client.loop_start()


def publish(client, line):
    _, seq, qos, topic, payload = line.split(" ", 4)
    info = client.publish(topic, payload, int(qos))
    messages.published(info.mid, int(seq) if int(qos) > 0 else 0)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--callback-api", type=int, choices=(1, 2), default=2)
    options.add_argument("--version", action="version", version=paho.mqtt.__version__)
    api = options.parse_args().callback_api
    client = client_of(api)
    connect(client)
    for line in sys.stdin:
        publish(client, line.rstrip("\n"))
    # At once: an orderly end would send a DISCONNECT.
    os._exit(0)


main()

/*
 * A driver around Eclipse Paho C's asynchronous client (MQTT 3.1.1 and 5.0).
 * It speaks halfopen's driver protocol: docs/drivers.md.
 */
#include <MQTTAsync.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../keylog/keylog.h"
#include "line.h"

static MQTTAsync client;
static int protocol;
static int server_keep_alive_s = -1;

static const char *variable(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static int number(const char *name) {
    return atoi(variable(name));
}

static int refuse(const char *words) {
    fprintf(stderr, "%s\n", words);
    exit(2);
}

static void tell_error(const char *of, int code, const char *words) {
    begin("error");
    printf(",\"code\":%d", code);
    put_note(of, words);
    end();
}

static void on_failure(void *context, MQTTAsync_failureData *failure) {
    (void)context;
    tell_error("onFailure", failure->code, failure->message ? failure->message : MQTTAsync_strerror(failure->code));
}

static void on_failure5(void *context, MQTTAsync_failureData5 *failure) {
    (void)context;
    int refused = failure->reasonCode != MQTTREASONCODE_SUCCESS;
    int code = refused ? (int)failure->reasonCode : failure->code;
    const char *words = refused ? MQTTReasonCode_toString(failure->reasonCode) : MQTTAsync_strerror(code);
    tell_error("onFailure", code, failure->message ? failure->message : words);
}

static void on_sent(void *context, MQTTAsync_successData *success) {
    (void)success;
    if (!context) return; /* at QoS 0: written, and nothing more */
    begin("acknowledged");
    printf(",\"seq\":%ld", (long)(intptr_t)context);
    end();
}

static void on_sent5(void *context, MQTTAsync_successData5 *success) {
    (void)success;
    on_sent(context, NULL);
}

static MQTTAsync_responseOptions response(void *context, MQTTAsync_onSuccess *done, MQTTAsync_onSuccess5 *done5) {
    MQTTAsync_responseOptions options = MQTTAsync_responseOptions_initializer;
    options.context = context;
    if (protocol == 5) {
        options.onSuccess5 = done5;
        options.onFailure5 = on_failure5;
    } else {
        options.onSuccess = done;
        options.onFailure = on_failure;
    }
    return options;
}

/* Of the first connection only, before on_connected. Without it the failure callback would be called at the end. */
static void on_connack(void *context, MQTTAsync_successData *success) {
    (void)context;
    (void)success;
}

static void on_connack5(void *context, MQTTAsync_successData5 *success) {
    (void)context;
    if (MQTTProperties_hasProperty(&success->properties, MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE))
        server_keep_alive_s =
            MQTTProperties_getNumericValue(&success->properties, MQTTPROPERTY_CODE_SERVER_KEEP_ALIVE);
}

static void on_connected(void *context, char *cause) {
    (void)context;
    (void)cause;
    begin("connected");
    if (server_keep_alive_s >= 0) printf(",\"serverKeepAliveS\":%d", server_keep_alive_s);
    end();
    server_keep_alive_s = -1;
    const char *topic = getenv("HALFOPEN_SUBSCRIBE");
    if (!topic) return;
    MQTTAsync_responseOptions options = response(NULL, NULL, NULL);
    int rc = MQTTAsync_subscribe(client, topic, number("HALFOPEN_SUBSCRIBE_QOS"), &options);
    if (rc != MQTTASYNC_SUCCESS) tell_error("subscribe", rc, MQTTAsync_strerror(rc));
}

static void on_lost(void *context, char *cause) {
    (void)context;
    begin("closed");
    put_note("connectionLost", cause);
    end();
}

static void on_disconnected(void *context, MQTTProperties *properties, enum MQTTReasonCodes reason) {
    (void)context;
    (void)properties;
    begin("closed");
    printf(",\"code\":%d", (int)reason);
    put_note("disconnected", MQTTReasonCode_toString(reason));
    end();
}

static int on_message(void *context, char *topic, int topic_length, MQTTAsync_message *message) {
    (void)context;
    (void)topic_length;
    begin("received");
    put_text("payload", message->payload, message->payloadlen);
    end();
    MQTTAsync_freeMessage(&message);
    MQTTAsync_free(topic);
    return 1;
}

static int is_tls(const char *transport) {
    return !strcmp(transport, "ssl") || !strcmp(transport, "wss");
}

static void create(const char *transport) {
    char uri[512];
    snprintf(uri, sizeof uri, "%s://%s:%s%s", transport, variable("HALFOPEN_HOST"), variable("HALFOPEN_PORT"),
             variable("HALFOPEN_PATH"));
    MQTTAsync_createOptions options = MQTTAsync_createOptions_initializer;
    options.MQTTVersion = protocol == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    int rc = MQTTAsync_createWithOptions(&client, uri, variable("HALFOPEN_CLIENTID"), MQTTCLIENT_PERSISTENCE_NONE, NULL,
                                         &options);
    if (rc != MQTTASYNC_SUCCESS) refuse(MQTTAsync_strerror(rc));
    MQTTAsync_setCallbacks(client, NULL, on_lost, on_message, NULL);
    MQTTAsync_setConnected(client, NULL, on_connected);
    if (protocol == 5) MQTTAsync_setDisconnected(client, NULL, on_disconnected);
}

/* The library takes the server's name from the address, and does not compare it with the certificate's by default. */
static MQTTAsync_SSLOptions tls(void) {
    MQTTAsync_SSLOptions options = MQTTAsync_SSLOptions_initializer;
    options.trustStore = getenv("HALFOPEN_CA");
    options.keyStore = getenv("HALFOPEN_CERT");
    options.privateKey = getenv("HALFOPEN_KEY");
    return options;
}

static MQTTAsync_willOptions will(void) {
    MQTTAsync_willOptions options = MQTTAsync_willOptions_initializer;
    options.topicName = getenv("HALFOPEN_WILL_TOPIC");
    options.message = variable("HALFOPEN_WILL_PAYLOAD");
    options.qos = number("HALFOPEN_WILL_QOS");
    return options;
}

static void start_to_connect(const char *transport) {
    MQTTAsync_connectOptions v3 = MQTTAsync_connectOptions_initializer, v5 = MQTTAsync_connectOptions_initializer5;
    MQTTAsync_connectOptions options = protocol == 5 ? v5 : v3;
    MQTTAsync_SSLOptions ssl = tls();
    MQTTAsync_willOptions last = will();
    options.MQTTVersion = protocol == 5 ? MQTTVERSION_5 : MQTTVERSION_3_1_1;
    options.keepAliveInterval = number("HALFOPEN_KEEPALIVE");
    options.username = getenv("HALFOPEN_USERNAME");
    options.password = getenv("HALFOPEN_PASSWORD");
    options.automaticReconnect = !strcmp(variable("HALFOPEN_RECONNECT"), "1");
    if (last.topicName) options.will = &last;
    if (is_tls(transport)) options.ssl = &ssl;
    if (protocol == 5) {
        options.onSuccess5 = on_connack5;
        options.onFailure5 = on_failure5;
    } else {
        options.onSuccess = on_connack;
        options.onFailure = on_failure;
    }
    int rc = MQTTAsync_connect(client, &options);
    if (rc != MQTTASYNC_SUCCESS) tell_error("connect", rc, MQTTAsync_strerror(rc));
}

/* A line of the form: publish SEQ QOS TOPIC PAYLOAD. The library queues it; it does not wait for the network. */
static void publish(char *line) {
    long seq;
    int qos, topic_at = 0;
    if (sscanf(line, "publish %ld %d %n", &seq, &qos, &topic_at) < 2 || !topic_at) {
        fprintf(stderr, "not a line to publish: %s\n", line);
        return;
    }
    char *topic = line + topic_at, *payload = strchr(topic, ' ');
    if (!payload) return;
    *payload++ = '\0';
    MQTTAsync_responseOptions options = response(qos > 0 ? (void *)(intptr_t)seq : NULL, on_sent, on_sent5);
    int rc = MQTTAsync_send(client, topic, strlen(payload), payload, qos, 0, &options);
    if (rc != MQTTASYNC_SUCCESS) tell_error("send", rc, MQTTAsync_strerror(rc));
}

/* 1.3.12 was released with the number of 1.3.11 in it (issue 1308 of paho.mqtt.c), so Debian's 1.3.12-1 says 1.3.11. */
static const char *library_version(void) {
    const char *version = "unknown";
    for (MQTTAsync_nameValue *info = MQTTAsync_getVersionInfo(); info->name; info++)
        if (!strcmp(info->name, "Version")) version = info->value;
#ifdef PACKAGED
    if (!strcmp(version, "1.3.11")) return PACKAGED;
#endif
    return version;
}

int main(int argc, char **argv) {
    if (argc > 1 && !strcmp(argv[1], "--version")) return printf("%s\n", library_version()) < 0;
    protocol = number("HALFOPEN_PROTOCOL");
    MQTTAsync_init_options init = MQTTAsync_init_options_initializer;
    init.do_openssl_init = 1;
    MQTTAsync_global_init(&init);
    const char *scheme = variable("HALFOPEN_SCHEME");
    const char *transport = !strcmp(scheme, "mqtt") ? "tcp" : !strcmp(scheme, "mqtts") ? "ssl" : scheme;
    if (is_tls(transport) && getenv("HALFOPEN_ALPN")) refuse("this driver knows no ALPN");
    create(transport);
    start_to_connect(transport);
    char *line = NULL;
    size_t size = 0;
    for (ssize_t length; (length = getline(&line, &size, stdin)) > 0;) {
        if (line[length - 1] == '\n') line[length - 1] = '\0';
        publish(line);
    }
    _exit(0); /* at once: no DISCONNECT */
}

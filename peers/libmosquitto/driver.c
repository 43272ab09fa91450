/* libmosquitto under test, by the driver protocol (docs/drivers.md). Its loop is that of mosquitto_sub: mosquitto_loop_forever. */
#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "../keylog/keylog.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* By message id: whose message it is, or that it was acknowledged before mosquitto_publish had told the id. */
static long sent[65536];
static char early[65536];

static int number_of(const char *name, int otherwise)
{
	const char *text = getenv(name);
	return text ? atoi(text) : otherwise;
}

static void put_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\') printf("\\%c", *text);
		else if ((unsigned char)*text < 0x20) printf("\\u%04x", (unsigned char)*text);
		else putchar(*text);
	}
	putchar('"');
}

/* `code` < 0 and `words` NULL: none. Two threads speak. */
static void tell(const char *what, const char *callback, int code, const char *words)
{
	flockfile(stdout);
	printf("{\"what\":\"%s\"", what);
	if (code >= 0) printf(",\"code\":%d", code);
	if (words) {
		char note[300];
		snprintf(note, sizeof note, "%s: %s", callback, words);
		printf(",\"note\":");
		put_string(note);
	}
	printf("}\n");
	fflush(stdout);
	funlockfile(stdout);
}

static void tell_message(const char *key, const char *what, long seq, const char *payload)
{
	flockfile(stdout);
	printf("{\"what\":\"%s\",\"%s\":", what, key);
	if (payload) put_string(payload);
	else printf("%ld", seq);
	printf("}\n");
	fflush(stdout);
	funlockfile(stdout);
}

/* Of its own calls below 128, of MQTT 5.0 from there on. */
static const char *words_of(int code)
{
	return code >= 128 ? mosquitto_reason_string(code) : mosquitto_strerror(code);
}

static void on_connect(struct mosquitto *mosq, void *own, int code, int flags, const mosquitto_property *properties)
{
	uint16_t imposed = 0;
	const char *topic = getenv("HALFOPEN_SUBSCRIBE");
	(void)own, (void)flags;
	if (code != 0) {
		tell("error", "on_connect", code, code >= 128 ? mosquitto_reason_string(code) : mosquitto_connack_string(code));
		return;
	}
	if (mosquitto_property_read_int16(properties, MQTT_PROP_SERVER_KEEP_ALIVE, &imposed, false))
		tell_message("serverKeepAliveS", "connected", imposed, NULL);
	else
		tell("connected", NULL, -1, NULL);
	if (topic) mosquitto_subscribe(mosq, NULL, topic, number_of("HALFOPEN_SUBSCRIBE_QOS", 0));
}

static void on_disconnect(struct mosquitto *mosq, void *own, int code, const mosquitto_property *properties)
{
	(void)mosq, (void)own, (void)properties;
	tell("closed", "on_disconnect", code, words_of(code));
}

static void on_message(struct mosquitto *mosq, void *own, const struct mosquitto_message *message)
{
	char *payload = strndup(message->payload ? message->payload : "", (size_t)message->payloadlen);
	(void)mosq, (void)own;
	if (payload) tell_message("payload", "received", 0, payload);
	free(payload);
}

static void acknowledged(long seq)
{
	/* At QoS 0 on_publish means "written", which is no acknowledgement. */
	if (seq > 0) tell_message("seq", "acknowledged", seq, NULL);
}

static void on_publish(struct mosquitto *mosq, void *own, int mid)
{
	long seq;
	(void)mosq, (void)own;
	pthread_mutex_lock(&lock);
	seq = sent[mid & 0xffff];
	sent[mid & 0xffff] = -1;
	early[mid & 0xffff] = seq < 0;
	pthread_mutex_unlock(&lock);
	acknowledged(seq);
}

static void publish(struct mosquitto *mosq, char *line)
{
	char *rest = line, *word, *topic;
	int mid = 0, qos, was_early;
	long seq;
	if (!(word = strsep(&rest, " ")) || strcmp(word, "publish") != 0) return;
	if (!(word = strsep(&rest, " "))) return;
	seq = atol(word);
	if (!(word = strsep(&rest, " "))) return;
	qos = atoi(word);
	if (!(topic = strsep(&rest, " ")) || !rest) return;
	if (mosquitto_publish(mosq, &mid, topic, (int)strlen(rest), rest, qos, false) != MOSQ_ERR_SUCCESS && qos == 0) return;
	if (qos == 0) seq = 0;
	pthread_mutex_lock(&lock);
	was_early = early[mid & 0xffff];
	early[mid & 0xffff] = 0;
	if (!was_early) sent[mid & 0xffff] = seq;
	pthread_mutex_unlock(&lock);
	if (was_early) acknowledged(seq);
}

static void secure(struct mosquitto *mosq)
{
	const char *alpn = getenv("HALFOPEN_ALPN"), *ca = getenv("HALFOPEN_CA");
	int rc;
	if (strcmp(getenv("HALFOPEN_SCHEME"), "mqtts") == 0) {
		rc = mosquitto_tls_set(mosq, ca, ca ? NULL : "/etc/ssl/certs", getenv("HALFOPEN_CERT"), getenv("HALFOPEN_KEY"), NULL);
		if (rc) tell("error", "mosquitto_tls_set", rc, mosquitto_strerror(rc));
		if (alpn) mosquitto_string_option(mosq, MOSQ_OPT_TLS_ALPN, alpn);
		if (getenv("HALFOPEN_SERVERNAME")) {
			/* It asks the certificate for the address that it dialled, which is the link's. */
			mosquitto_tls_insecure_set(mosq, true);
			fprintf(stderr, "the name in the certificate is not checked; its signature is\n");
		}
	}
	if (getenv("HALFOPEN_USERNAME") || getenv("HALFOPEN_PASSWORD"))
		mosquitto_username_pw_set(mosq, getenv("HALFOPEN_USERNAME"), getenv("HALFOPEN_PASSWORD"));
}

static void *loop(void *mosq)
{
	/* -1: its default, 1 s at most in a select(). Without reconnecting it ends at the first loss. */
	if (number_of("HALFOPEN_RECONNECT", 1)) mosquitto_loop_forever(mosq, -1, 1);
	else while (mosquitto_loop(mosq, -1, 1) == MOSQ_ERR_SUCCESS) continue;
	return NULL;
}

static struct mosquitto *client(void)
{
	struct mosquitto *mosq = mosquitto_new(getenv("HALFOPEN_CLIENTID"), true, NULL);
	const char *will = getenv("HALFOPEN_WILL_PAYLOAD");
	if (!mosq) return NULL;
	mosquitto_int_option(mosq, MOSQ_OPT_PROTOCOL_VERSION, number_of("HALFOPEN_PROTOCOL", 4));
	/* Another thread than the one of the loop publishes. */
	mosquitto_threaded_set(mosq, true);
	mosquitto_will_set(mosq, getenv("HALFOPEN_WILL_TOPIC"), (int)strlen(will), will, number_of("HALFOPEN_WILL_QOS", 0), false);
	mosquitto_connect_v5_callback_set(mosq, on_connect);
	mosquitto_disconnect_v5_callback_set(mosq, on_disconnect);
	mosquitto_message_callback_set(mosq, on_message);
	mosquitto_publish_callback_set(mosq, on_publish);
	secure(mosq);
	return mosq;
}

/* It comes back after a lost connection, never after a first one that failed. */
static void connect_and_loop(struct mosquitto *mosq)
{
	pthread_t thread;
	int rc;
	if (strncmp(getenv("HALFOPEN_SCHEME"), "ws", 2) == 0) {
		tell("error", "connect", -1, "libmosquitto speaks no WebSocket");
		return;
	}
	rc = mosquitto_connect(mosq, getenv("HALFOPEN_HOST"), number_of("HALFOPEN_PORT", 0), number_of("HALFOPEN_KEEPALIVE", 60));
	if (rc == MOSQ_ERR_ERRNO) tell("error", "mosquitto_connect", rc, strerror(errno));
	else if (rc) tell("error", "mosquitto_connect", rc, mosquitto_strerror(rc));
	else pthread_create(&thread, NULL, loop, mosq);
}

int main(int argc, char **argv)
{
	int major, minor, revision;
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	struct mosquitto *mosq;

	mosquitto_lib_init();
	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		mosquitto_lib_version(&major, &minor, &revision);
		printf("%d.%d.%d\n", major, minor, revision);
		return 0;
	}
	memset(sent, -1, sizeof sent);
	mosq = client();
	if (!mosq) return 1;
	connect_and_loop(mosq);
	while ((length = getline(&line, &size, stdin)) > 0) {
		if (line[length - 1] == '\n') line[length - 1] = '\0';
		publish(mosq, line);
	}
	/* At once: an orderly end would send a DISCONNECT. */
	_exit(0);
}

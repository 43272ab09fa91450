import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.lifecycle.Mqtt5ClientConnectedContext;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAck;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/** The HiveMQ client's MQTT 5.0. */
final class ClientFive implements Driver.Client {
    private final Mqtt5AsyncClient client;

    ClientFive(MqttClientBuilder transport) {
        Mqtt5ClientBuilder builder = transport
                .useMqttVersion5()
                .addConnectedListener(context -> connected(((Mqtt5ClientConnectedContext) context).getConnAck()));
        // Of the client and not of one CONNECT: an automatic reconnect sends those of the client only.
        if (Environment.isSet("HALFOPEN_WILL_TOPIC"))
            builder.willPublish()
                    .topic(Environment.variable("HALFOPEN_WILL_TOPIC"))
                    .payload(Environment.bytes(Environment.variable("HALFOPEN_WILL_PAYLOAD")))
                    .qos(MqttQos.fromCode(Environment.number("HALFOPEN_WILL_QOS")))
                    .applyWillPublish();
        if (Environment.isSet("HALFOPEN_USERNAME"))
            builder.simpleAuth()
                    .username(Environment.variable("HALFOPEN_USERNAME"))
                    .password(Environment.bytes(Environment.variable("HALFOPEN_PASSWORD")))
                    .applySimpleAuth();
        client = builder.buildAsync();
        client.publishes(MqttGlobalPublishFilter.ALL, message -> Told.received(message.getPayloadAsBytes()));
    }

    @Override
    public void connect() {
        client.connectWith().keepAlive(Environment.number("HALFOPEN_KEEPALIVE")).send();
    }

    @Override
    public CompletableFuture<?> publish(String topic, int qos, byte[] payload) {
        return client.publishWith()
                .topic(topic)
                .qos(MqttQos.fromCode(qos))
                .payload(payload)
                .send();
    }

    private void connected(Mqtt5ConnAck answer) {
        Told.connected(answer.getServerKeepAlive());
        if (!Environment.isSet("HALFOPEN_SUBSCRIBE")) return;
        client.subscribeWith()
                .topicFilter(Environment.variable("HALFOPEN_SUBSCRIBE"))
                .qos(MqttQos.fromCode(Environment.number("HALFOPEN_SUBSCRIBE_QOS")))
                .send()
                .whenComplete((done, error) -> {
                    if (error != null) Told.trouble("error", "subscribe", OptionalInt.empty(), error);
                });
    }
}

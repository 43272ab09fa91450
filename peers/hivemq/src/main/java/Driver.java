import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientBuilder;
import com.hivemq.client.mqtt.MqttWebSocketConfig;
import com.hivemq.client.mqtt.MqttWebSocketConfigBuilder;
import com.hivemq.client.mqtt.lifecycle.MqttClientDisconnectedContext;
import com.hivemq.client.mqtt.mqtt3.exceptions.Mqtt3ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.jar.JarFile;

/** A driver around the HiveMQ MQTT Client (3.1.1 and 5.0). It speaks halfopen's driver protocol: docs/drivers.md. */
public final class Driver {
    /** What is asked of the library, whichever of the two protocols it speaks. */
    interface Client {
        void connect();

        CompletableFuture<?> publish(String topic, int qos, byte[] payload);
    }

    public static void main(String[] args) throws Exception {
        if (args.length > 0 && args[0].equals("--version")) {
            System.out.println(libraryVersion());
            return;
        }
        boolean isFive = Environment.variable("HALFOPEN_PROTOCOL").equals("5");
        Client client = isFive ? new ClientFive(builder()) : new ClientThree(builder());
        client.connect();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null; ) publish(client, line);
        Runtime.getRuntime().halt(0);
    }

    private static MqttClientBuilder builder() throws Exception {
        MqttClientBuilder builder = MqttClient.builder()
                .identifier(Environment.variable("HALFOPEN_CLIENTID"))
                .serverAddress(Environment.address())
                .addDisconnectedListener(Driver::disconnected);
        if (Environment.variable("HALFOPEN_RECONNECT").equals("1")) builder.automaticReconnectWithDefaultConfig();
        return switch (Environment.variable("HALFOPEN_SCHEME")) {
            case "mqtt" -> builder;
            case "mqtts" -> builder.sslConfig(Tls.config());
            case "ws" -> builder.webSocketConfig(web());
            case "wss" -> builder.sslConfig(Tls.config()).webSocketConfig(web());
            default -> throw Environment.refuse("this driver speaks mqtt, mqtts, ws and wss");
        };
    }

    private static MqttWebSocketConfig web() {
        String[] part = Environment.variable("HALFOPEN_PATH").replaceFirst("^/", "").split("\\?", 2);
        MqttWebSocketConfigBuilder builder = MqttWebSocketConfig.builder().serverPath(part[0]);
        return (part.length > 1 ? builder.queryString(part[1]) : builder).build();
    }

    /** Told of each attempt that failed, too. */
    private static void disconnected(MqttClientDisconnectedContext context) {
        Throwable cause = context.getCause();
        boolean wasConnected = context.getClientConfig().getState().isConnected();
        Told.trouble(wasConnected ? "closed" : "error", "onDisconnected", codeOf(cause), cause);
    }

    private static OptionalInt codeOf(Throwable cause) {
        if (cause instanceof Mqtt5DisconnectException told)
            return OptionalInt.of(told.getMqttMessage().getReasonCode().getCode());
        if (cause instanceof Mqtt5ConnAckException refused)
            return OptionalInt.of(refused.getMqttMessage().getReasonCode().getCode());
        if (cause instanceof Mqtt3ConnAckException refused)
            return OptionalInt.of(refused.getMqttMessage().getReturnCode().getCode());
        return OptionalInt.empty();
    }

    /** A line of the form: publish SEQ QOS TOPIC PAYLOAD. The library queues it; it does not wait for the network. */
    private static void publish(Client client, String line) {
        String[] part = line.split(" ", 5);
        if (part.length < 5 || !part[0].equals("publish")) {
            System.err.println("not a line to publish: " + line);
            return;
        }
        int qos = Integer.parseInt(part[2]);
        client.publish(part[3], qos, Environment.bytes(part[4])).whenComplete((result, error) -> {
            if (error != null) Told.trouble("error", "publish", OptionalInt.empty(), error);
            else if (qos > 0) Told.acknowledged(Long.parseLong(part[1]));
        });
    }

    private static String libraryVersion() throws Exception {
        Path jar = Path.of(MqttClient.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.getManifest().getMainAttributes().getValue("Bundle-Version");
        }
    }
}

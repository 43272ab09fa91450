import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.jar.JarFile;
import org.eclipse.paho.client.mqttv3.IMqttActionListener;
import org.eclipse.paho.client.mqttv3.IMqttDeliveryToken;
import org.eclipse.paho.client.mqttv3.IMqttToken;
import org.eclipse.paho.client.mqttv3.MqttAsyncClient;
import org.eclipse.paho.client.mqttv3.MqttCallbackExtended;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.MqttMessage;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;

/** A driver around Eclipse Paho Java (MQTT 3.1.1). It speaks halfopen's driver protocol: docs/drivers.md. */
public final class Driver implements MqttCallbackExtended {
    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    private final MqttAsyncClient client;

    public static void main(String[] args) throws Exception {
        if (args.length > 0 && args[0].equals("--version")) {
            System.out.println(libraryVersion());
            return;
        }
        if (!"4".equals(variable("HALFOPEN_PROTOCOL"))) refuse("Paho Java's mqttv3 speaks MQTT 3.1.1 only");
        String transport = switch (variable("HALFOPEN_SCHEME")) {
            case "mqtt" -> "tcp";
            case "ws" -> "ws";
            default -> refuse("Paho Java takes the server's name from the address, so this driver speaks no TLS");
        };
        Driver driver = new Driver(transport);
        driver.connect();
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = input.readLine()) != null; ) driver.publish(line);
        Runtime.getRuntime().halt(0);
    }

    private Driver(String transport) throws MqttException {
        String address = variable("HALFOPEN_HOST") + ":" + number("HALFOPEN_PORT") + variable("HALFOPEN_PATH");
        // The default persistence would leave files in the working folder.
        client = new MqttAsyncClient(
                transport + "://" + address, variable("HALFOPEN_CLIENTID"), new MemoryPersistence());
        client.setCallback(this);
    }

    private void connect() throws MqttException {
        MqttConnectOptions options = new MqttConnectOptions();
        options.setMqttVersion(MqttConnectOptions.MQTT_VERSION_3_1_1);
        options.setKeepAliveInterval(number("HALFOPEN_KEEPALIVE"));
        if (isSet("HALFOPEN_WILL_TOPIC")) {
            byte[] payload = bytes(variable("HALFOPEN_WILL_PAYLOAD"));
            options.setWill(variable("HALFOPEN_WILL_TOPIC"), payload, number("HALFOPEN_WILL_QOS"), false);
        }
        if (isSet("HALFOPEN_USERNAME")) options.setUserName(variable("HALFOPEN_USERNAME"));
        if (isSet("HALFOPEN_PASSWORD")) options.setPassword(variable("HALFOPEN_PASSWORD").toCharArray());
        if (isSet("HALFOPEN_RECONNECT")) options.setAutomaticReconnect(variable("HALFOPEN_RECONNECT").equals("1"));
        client.connect(options, null, listener("connect", () -> {}));
    }

    /** A line of the form: publish SEQ QOS TOPIC PAYLOAD. The library queues it, or throws where ten are in flight. */
    private void publish(String line) {
        String[] part = line.split(" ", 5);
        if (part.length < 5 || !part[0].equals("publish")) {
            System.err.println("not a line to publish: " + line);
            return;
        }
        int qos = Integer.parseInt(part[2]);
        Runnable done = () -> {
            if (qos > 0) tell("acknowledged", ",\"seq\":" + Long.parseLong(part[1]));
        };
        try {
            client.publish(part[3], bytes(part[4]), qos, false, null, listener("publish", done));
        } catch (MqttException error) {
            tellTrouble("error", "publish", error);
        }
    }

    @Override
    public void connectComplete(boolean reconnect, String uri) {
        tell("connected", "");
        if (!isSet("HALFOPEN_SUBSCRIBE")) return;
        try {
            IMqttActionListener listener = listener("subscribe", () -> {});
            client.subscribe(variable("HALFOPEN_SUBSCRIBE"), number("HALFOPEN_SUBSCRIBE_QOS"), null, listener);
        } catch (MqttException error) {
            tellTrouble("error", "subscribe", error);
        }
    }

    @Override
    public void connectionLost(Throwable cause) {
        tellTrouble("closed", "connectionLost", cause);
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
        tell("received", ",\"payload\":" + quoted(new String(message.getPayload(), StandardCharsets.UTF_8)));
    }

    @Override
    public void deliveryComplete(IMqttDeliveryToken token) {
        // Each publish has its own listener.
    }

    private static IMqttActionListener listener(String of, Runnable done) {
        return new IMqttActionListener() {
            @Override
            public void onSuccess(IMqttToken token) {
                done.run();
            }

            @Override
            public void onFailure(IMqttToken token, Throwable error) {
                tellTrouble("error", of, error);
            }
        };
    }

    private static void tellTrouble(String what, String of, Throwable trouble) {
        String code = trouble instanceof MqttException error ? ",\"code\":" + error.getReasonCode() : "";
        tell(what, code + ",\"note\":" + quoted(of + ": " + trouble));
    }

    private static void tell(String what, String rest) {
        OUT.println("{\"what\":\"" + what + "\"" + rest + "}");
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') json.append('\\').append(c);
            else if (c < ' ') json.append(String.format("\\u%04x", (int) c));
            else json.append(c);
        }
        return json.append('"').toString();
    }

    private static boolean isSet(String name) {
        return System.getenv(name) != null;
    }

    private static String variable(String name) {
        return isSet(name) ? System.getenv(name) : "";
    }

    private static int number(String name) {
        return Integer.parseInt(variable(name));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String refuse(String words) {
        System.err.println(words);
        System.exit(2);
        return words;
    }

    private static String libraryVersion() throws Exception {
        Path jar = Path.of(MqttAsyncClient.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.getManifest().getMainAttributes().getValue("Bundle-Version");
        }
    }
}

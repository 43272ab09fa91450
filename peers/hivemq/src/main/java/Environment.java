import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;

/** What the driver is told in its environment: docs/drivers.md. */
final class Environment {
    private Environment() {}

    static boolean isSet(String name) {
        return System.getenv(name) != null;
    }

    /** Empty where it is unset. */
    static String variable(String name) {
        return isSet(name) ? System.getenv(name) : "";
    }

    static int number(String name) {
        return Integer.parseInt(variable(name));
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The link's address, under the name that the certificate is for: TLS uses the name, and nobody looks it up. */
    static InetSocketAddress address() throws UnknownHostException {
        InetAddress link = InetAddress.getByName(variable("HALFOPEN_HOST"));
        String name = isSet("HALFOPEN_SERVERNAME") ? variable("HALFOPEN_SERVERNAME") : variable("HALFOPEN_HOST");
        return new InetSocketAddress(InetAddress.getByAddress(name, link.getAddress()), number("HALFOPEN_PORT"));
    }

    static RuntimeException refuse(String words) {
        System.err.println(words);
        System.exit(2);
        return new IllegalStateException(words);
    }
}

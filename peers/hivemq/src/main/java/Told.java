import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/** What the driver tells on its standard output, a line each. */
final class Told {
    private static final PrintStream OUT =
            new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

    private Told() {}

    static void connected(OptionalInt serverKeepAliveS) {
        String rest = serverKeepAliveS.isPresent() ? ",\"serverKeepAliveS\":" + serverKeepAliveS.getAsInt() : "";
        tell("connected", rest);
    }

    static void acknowledged(long seq) {
        tell("acknowledged", ",\"seq\":" + seq);
    }

    static void received(byte[] payload) {
        tell("received", ",\"payload\":" + quoted(new String(payload, StandardCharsets.UTF_8)));
    }

    static void trouble(String what, String of, OptionalInt code, Throwable cause) {
        String number = code.isPresent() ? ",\"code\":" + code.getAsInt() : "";
        tell(what, number + ",\"note\":" + quoted(of + ": " + cause.getMessage()));
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
}

import io.moquette.broker.Server;
import io.moquette.broker.config.IConfig;
import io.moquette.broker.config.MemoryConfig;
import io.moquette.interception.AbstractInterceptHandler;
import io.moquette.interception.messages.InterceptConnectMessage;
import io.moquette.interception.messages.InterceptConnectionLostMessage;
import io.moquette.interception.messages.InterceptDisconnectMessage;
import java.util.List;
import java.util.Properties;

/** Moquette on one address, in memory. Its own main wants folders for its configuration and data, and sends telemetry. */
public final class Moquette {
  public static void main(String[] args) throws Exception {
    if (args.length == 1 && args[0].equals("--version")) {
      System.out.println(Server.MOQUETTE_VERSION);
      return;
    }
    if (args.length != 2) throw new IllegalArgumentException("usage: HOST PORT, or --version");
    try {
      new Server().startServer(new MemoryConfig(settings(args[0], args[1])), List.of(new Arrivals()));
    } catch (Exception error) {
      System.err.println("Error: " + error);
      System.exit(1);
    }
  }

  private static Properties settings(String host, String port) {
    Properties settings = new Properties();
    settings.setProperty(IConfig.HOST_PROPERTY_NAME, host);
    settings.setProperty(IConfig.PORT_PROPERTY_NAME, port);
    settings.setProperty(IConfig.ALLOW_ANONYMOUS_PROPERTY_NAME, "true");
    settings.setProperty(IConfig.PERSISTENCE_ENABLED_PROPERTY_NAME, "false");
    settings.setProperty(IConfig.ENABLE_TELEMETRY_NAME, "false");
    // Otherwise a message waits until the next one comes along.
    settings.setProperty(IConfig.BUFFER_FLUSH_MS_PROPERTY_NAME, "0");
    return settings;
  }

  /** Says who comes and who goes; Moquette's own log says it only among everything else. */
  private static final class Arrivals extends AbstractInterceptHandler {
    @Override
    public String getID() {
      return "arrivals";
    }

    @Override
    public void onSessionLoopError(Throwable error) {
      System.err.println("Error: " + error);
    }

    @Override
    public void onConnect(InterceptConnectMessage message) {
      System.err.println("connected " + message.getClientID());
    }

    @Override
    public void onDisconnect(InterceptDisconnectMessage message) {
      System.err.println("disconnected " + message.getClientID());
    }

    @Override
    public void onConnectionLost(InterceptConnectionLostMessage message) {
      System.err.println("lost " + message.getClientID());
    }
  }
}

import java.nio.file.Path;
import java.util.List;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.ActiveMQServer;
import org.apache.activemq.artemis.core.server.ActiveMQServers;

/** ActiveMQ Artemis with one acceptor, for MQTT, in memory and without users. */
public final class Artemis {
  public static void main(String[] args) throws Exception {
    if (args.length == 1 && args[0].equals("--version")) {
      System.out.println(ActiveMQServer.class.getPackage().getImplementationVersion());
      return;
    }
    if (args.length != 3) throw new IllegalArgumentException("usage: HOST:PORT SERVER-KEEP-ALIVE FOLDER, or --version");
    String acceptor = "tcp://%s?protocols=MQTT;serverKeepAlive=%s".formatted(args[0], args[1]);
    Configuration configuration = new ConfigurationImpl();
    configuration.setBrokerInstance(Path.of(args[2]).toFile());
    configuration
        .setName("halfopen")
        .setPersistenceEnabled(false)
        .setSecurityEnabled(false)
        .setJMXManagementEnabled(false)
        .setIncomingInterceptorClassNames(List.of(Arrivals.class.getName()))
        .addAcceptorConfiguration("mqtt", acceptor);
    ActiveMQServer server = ActiveMQServers.newActiveMQServer(configuration);
    server.registerActivationFailureListener(Artemis::fail);
    server.start();
  }

  private static void fail(Exception error) {
    System.err.println("Error: " + error);
    System.exit(1);
  }
}

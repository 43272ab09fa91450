import com.hivemq.embedded.EmbeddedHiveMQ;
import java.nio.file.Files;
import java.nio.file.Path;

/** HiveMQ Community Edition on one address. It takes its configuration from a file and its data from folders; all are made below FOLDER. */
public final class HiveMq {
  public static void main(String[] args) throws Exception {
    if (args.length == 1 && args[0].equals("--version")) {
      System.out.println(EmbeddedHiveMQ.class.getPackage().getImplementationVersion());
      return;
    }
    if (args.length != 3) throw new IllegalArgumentException("usage: HOST PORT FOLDER, or --version");
    Path folder = Path.of(args[2]);
    Path conf = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(conf.resolve("config.xml"), CONFIG.formatted(args[1], args[0]));
    Files.writeString(conf.resolve("logback.xml"), LOG);
    try {
      EmbeddedHiveMQ.builder()
          .withConfigurationFolder(conf)
          .withDataFolder(Files.createDirectories(folder.resolve("data")))
          .withExtensionsFolder(Files.createDirectories(folder.resolve("extensions")))
          .build()
          .start()
          .join();
    } catch (Exception error) {
      System.err.println("Error: " + error);
      System.exit(1);
    }
  }

  private static final String CONFIG =
      """
      <hivemq>
        <listeners>
          <tcp-listener><port>%s</port><bind-address>%s</bind-address></tcp-listener>
        </listeners>
        <persistence><mode>in-memory</mode></persistence>
        <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
      </hivemq>
      """;

  /**
   * As src/distribution/conf/logback.xml of HiveMQ CE has it: who comes, who goes and why stands in the event log, at DEBUG and with
   * dates. Here on the console; the rest only where something is wrong.
   */
  private static final String LOG =
      """
      <configuration>
        <appender name="EVENT" class="ch.qos.logback.core.ConsoleAppender">
          <encoder><pattern>%-24(%d)- %msg%n%ex</pattern></encoder>
        </appender>
        <appender name="CONSOLE" class="ch.qos.logback.core.ConsoleAppender">
          <encoder><pattern>%-30(%d %level)- %msg%n%ex</pattern></encoder>
        </appender>
        <root level="WARN"><appender-ref ref="CONSOLE"/></root>
        <logger name="event" level="DEBUG" additivity="false"><appender-ref ref="EVENT"/></logger>
      </configuration>
      """;
}

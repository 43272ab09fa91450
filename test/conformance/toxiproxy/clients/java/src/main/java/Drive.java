import eu.rekawek.toxiproxy.Proxy;
import eu.rekawek.toxiproxy.ToxiproxyClient;
import eu.rekawek.toxiproxy.model.Toxic;
import eu.rekawek.toxiproxy.model.ToxicDirection;
import java.io.IOException;
import java.util.stream.Collectors;

/** toxiproxy-java drives a server of Toxiproxy's API; what it saw is printed line by line. */
class Drive {
  public static void main(String[] args) throws IOException {
    ToxiproxyClient client = new ToxiproxyClient(args[0], Integer.parseInt(args[1]));
    Proxy proxy = client.createProxy("db", "127.0.0.1:0", "127.0.0.1:9");
    proxy.toxics().latency("latency_downstream", ToxicDirection.DOWNSTREAM, 100);
    proxy.toxics().timeout("cut", ToxicDirection.UPSTREAM, 0);
    System.out.println("toxics: " + names(proxy));
    proxy.disable();
    System.out.println("enabled: " + client.getProxy("db").isEnabled());
    proxy.enable();
    System.out.println("enabled: " + client.getProxy("db").isEnabled());
    client.reset();
    System.out.println("after reset: " + names(proxy));
    proxy.delete();
    System.out.println("left: " + client.getProxies().size());
  }

  private static String names(Proxy proxy) throws IOException {
    return proxy.toxics().getAll().stream().map(Toxic::getName).sorted().collect(Collectors.joining(" "));
  }
}

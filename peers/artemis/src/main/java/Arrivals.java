import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttMessage;
import org.apache.activemq.artemis.api.core.ActiveMQException;
import org.apache.activemq.artemis.api.core.ActiveMQExceptionType;
import org.apache.activemq.artemis.core.protocol.mqtt.MQTTInterceptor;
import org.apache.activemq.artemis.core.remoting.FailureListener;
import org.apache.activemq.artemis.spi.core.protocol.RemotingConnection;

/** Says which client comes and which goes, and why. The broker's own log names connections, and no clients. */
public final class Arrivals implements MQTTInterceptor {
  @Override
  public boolean intercept(MqttMessage packet, RemotingConnection connection) {
    if (packet instanceof MqttConnectMessage connect) {
      String clientId = connect.payload().clientIdentifier();
      System.err.println("connected " + clientId);
      connection.addFailureListener(new Failure(clientId));
      connection.addCloseListener(() -> System.err.println("closed " + clientId));
    }
    return true;
  }

  private record Failure(String clientId) implements FailureListener {
    @Override
    public void connectionFailed(ActiveMQException error, boolean failedOver) {
      // AMQ229014: "Did not receive data from {} within the {}ms connection TTL".
      boolean silent = error.getType() == ActiveMQExceptionType.CONNECTION_TIMEDOUT;
      System.err.println((silent ? "timed-out " : "lost ") + clientId);
    }

    @Override
    public void connectionFailed(ActiveMQException error, boolean failedOver, String scaleDownTargetNodeId) {
      connectionFailed(error, failedOver);
    }
  }
}

import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.MqttClientSslConfigBuilder;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManagerFactory;

/** PEM files into the key stores of Java. */
final class Tls {
    private Tls() {}

    static MqttClientSslConfig config() throws Exception {
        if (Environment.isSet("HALFOPEN_ALPN")) throw Environment.refuse("the HiveMQ client knows no ALPN");
        MqttClientSslConfigBuilder builder = MqttClientSslConfig.builder();
        if (Environment.isSet("HALFOPEN_CA")) builder.trustManagerFactory(trust(path("HALFOPEN_CA")));
        if (Environment.isSet("HALFOPEN_CERT"))
            builder.keyManagerFactory(identity(path("HALFOPEN_CERT"), path("HALFOPEN_KEY")));
        return builder.build();
    }

    private static TrustManagerFactory trust(Path ca) throws Exception {
        KeyStore store = emptyStore();
        Certificate[] certificates = certificates(ca);
        for (int i = 0; i < certificates.length; i++) store.setCertificateEntry("ca" + i, certificates[i]);
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory;
    }

    private static KeyManagerFactory identity(Path certificate, Path key) throws Exception {
        KeyStore store = emptyStore();
        store.setKeyEntry("client", privateKey(key), new char[0], certificates(certificate));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory;
    }

    private static PrivateKey privateKey(Path file) throws Exception {
        String pem = Files.readString(file);
        if (!pem.contains("-----BEGIN PRIVATE KEY-----"))
            throw Environment.refuse("Java reads keys in PKCS 8 only: openssl pkcs8 -topk8 -nocrypt");
        byte[] key = Base64.getMimeDecoder().decode(pem.replaceAll("-----.*-----", ""));
        for (String algorithm : new String[] {"RSA", "EC", "EdDSA"}) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(key));
            } catch (GeneralSecurityException notThisOne) {
                continue;
            }
        }
        throw Environment.refuse("the key is neither RSA nor of an elliptic curve");
    }

    private static Certificate[] certificates(Path file) throws Exception {
        try (InputStream input = Files.newInputStream(file)) {
            return CertificateFactory.getInstance("X.509").generateCertificates(input).toArray(new Certificate[0]);
        }
    }

    private static KeyStore emptyStore() throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        return store;
    }

    private static Path path(String name) {
        return Path.of(Environment.variable(name));
    }
}

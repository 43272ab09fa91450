//! TCP, TLS and WebSocket, with the name that the certificate is for and a log of keys.

use crate::{refuse, variable};
use rumqttc::Transport;
use std::sync::Arc;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::crypto::{ring, CryptoProvider};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{ClientConfig, DigitallySignedStruct, Error, KeyLogFile, RootCertStore, SignatureScheme};

/// A host, or the URL of a WebSocket, which the library takes in its place.
pub fn address() -> String {
    let host = variable("HALFOPEN_HOST");
    match variable("HALFOPEN_SCHEME").as_str() {
        web @ ("ws" | "wss") => {
            let host = if host.contains(':') { format!("[{host}]") } else { host };
            format!("{web}://{host}:{}{}", variable("HALFOPEN_PORT"), variable("HALFOPEN_PATH"))
        }
        _ => host,
    }
}

pub fn transport() -> Transport {
    match variable("HALFOPEN_SCHEME").as_str() {
        "mqtt" => Transport::Tcp,
        "ws" => Transport::Ws,
        "mqtts" => Transport::tls_with_config(tls().into()),
        "wss" => Transport::wss_with_config(tls().into()),
        other => refuse(&format!("HALFOPEN_SCHEME is {other}")),
    }
}

fn tls() -> ClientConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions();
    let builder = builder
        .unwrap_or_else(|error| refuse(&error.to_string()))
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Named::new(provider)));
    let mut config = match (std::env::var("HALFOPEN_CERT"), std::env::var("HALFOPEN_KEY")) {
        (Ok(certificate), Ok(key)) => {
            let key = PrivateKeyDer::from_pem_file(&key).unwrap_or_else(|error| refuse(&format!("{key}: {error}")));
            builder
                .with_client_auth_cert(certificates(&certificate), key)
                .unwrap_or_else(|error| refuse(&error.to_string()))
        }
        _ => builder.with_no_client_auth(),
    };
    if let Ok(protocols) = std::env::var("HALFOPEN_ALPN") {
        config.alpn_protocols = protocols.split(',').map(|each| each.as_bytes().to_vec()).collect();
    }
    // It writes nothing where SSLKEYLOGFILE is not set.
    config.key_log = Arc::new(KeyLogFile::new());
    config
}

fn certificates(file: &str) -> Vec<CertificateDer<'static>> {
    let read = CertificateDer::pem_file_iter(file).and_then(|all| all.collect::<Result<Vec<_>, _>>());
    read.unwrap_or_else(|error| refuse(&format!("{file}: {error}")))
}

/// The library asks for a certificate of the address that it dials, which is the link's. The one that HALFOPEN_SERVERNAME names is as good.
#[derive(Debug)]
struct Named {
    inner: Arc<WebPkiServerVerifier>,
    name: Option<ServerName<'static>>,
}

impl Named {
    fn new(provider: Arc<CryptoProvider>) -> Self {
        let mut roots = RootCertStore::empty();
        match std::env::var("HALFOPEN_CA") {
            Ok(file) => roots.add_parsable_certificates(certificates(&file)),
            Err(_) => roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs),
        };
        let inner = WebPkiServerVerifier::builder_with_provider(roots.into(), provider).build();
        let name = std::env::var("HALFOPEN_SERVERNAME").ok();
        Named {
            inner: inner.unwrap_or_else(|error| refuse(&error.to_string())),
            name: name.and_then(|name| ServerName::try_from(name).ok()),
        }
    }
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        above: &[CertificateDer<'_>],
        asked: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.inner.verify_server_cert(leaf, above, self.name.as_ref().unwrap_or(asked), ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

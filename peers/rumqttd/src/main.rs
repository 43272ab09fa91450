//! rumqttd on one address, for MQTT 3.1.1. Its own main comes with TLS, WebSockets and a console, which take as long to build.
use rumqttd::{Broker, Config};
use serde_json::json;
use std::process::exit;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [flag] if flag == "--version" => println!("{}", env!("CARGO_PKG_VERSION")),
        [listen] => serve(listen),
        _ => fail("usage: rumqttd HOST:PORT, or --version"),
    }
}

/// rumqttd keeps a server for each version of MQTT, on a port of its own; only the one for 3.1.1 is started.
fn serve(listen: &str) {
    tracing_subscriber::fmt()
        .with_env_filter("rumqttd=info")
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .init();
    let config: Config = serde_json::from_value(json!({
        "id": 0,
        // As in rumqttd.toml, the default configuration.
        "router": {
            "id": 0,
            "max_connections": 10010,
            "max_outgoing_packet_count": 200,
            "max_segment_size": 104857600,
            "max_segment_count": 10,
        },
        "v4": {
            "1": {
                "name": "v4-1",
                "listen": listen,
                "next_connection_delay_ms": 1,
                "connections": {
                    "connection_timeout_ms": 60000,
                    "max_payload_size": 20480,
                    "max_inflight_count": 100,
                    "dynamic_filters": true,
                },
            },
        },
    }))
    .unwrap_or_else(|error| fail(&error.to_string()));
    if let Err(error) = Broker::new(config).start() {
        fail(&error.to_string());
    }
    fail("it stopped serving");
}

fn fail(reason: &str) -> ! {
    eprintln!("Error: {reason}");
    exit(1)
}

//! A driver around rumqttc (MQTT 3.1.1 and 5.0). It speaks halfopen's driver protocol: docs/drivers.md.

mod transport;
mod v4;
mod v5;

use bytes::Bytes;
use serde_json::{json, Value};
use std::collections::{HashMap, VecDeque};
use std::io::{stdin, stdout, BufRead, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver};

/// Of publishing and subscribing that the event loop has yet to take up. A full channel is told of as an error.
const REQUESTS: usize = 100;

/// What the event loop says, whichever of the two protocols it speaks.
enum Heard {
    Connected(Option<u16>),
    /// A PUBLISH went out under this packet id; 0 at QoS 0.
    Published(u16),
    Acknowledged(u16),
    Received(Bytes),
    Other,
}

trait Events {
    async fn next(&mut self) -> Result<Heard, String>;
}

trait Requests: Clone + Send + 'static {
    fn publish(&self, topic: &str, qos: u8, payload: &str) -> Result<(), String>;
    fn subscribe(&self, topic: &str, qos: u8) -> Result<(), String>;
}

/// Which of our messages a packet id stands for: the library tells ids only, in the order of the requests.
#[derive(Default)]
struct Messages {
    requested: VecDeque<u64>,
    in_flight: HashMap<u16, u64>,
}

fn main() {
    if std::env::args().nth(1).as_deref() == Some("--version") {
        return println!("{}", version());
    }
    // One thread, so that a request is noted and handed over before the event loop can see it.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a tokio runtime").block_on(async {
        match variable("HALFOPEN_PROTOCOL").as_str() {
            "4" => drive(v4::connect()).await,
            "5" => drive(v5::connect()).await,
            other => refuse(&format!("HALFOPEN_PROTOCOL is {other}, and not 4 or 5")),
        }
    });
}

async fn drive((requests, mut events): (impl Requests, impl Events)) {
    let messages = Arc::new(Mutex::new(Messages::default()));
    tokio::spawn(publish_lines(requests.clone(), messages.clone()));
    let mut connected = false;
    loop {
        match events.next().await {
            Ok(heard) => {
                connected |= matches!(heard, Heard::Connected(_));
                handle(heard, &requests, &messages);
            }
            Err(note) if connected => {
                connected = false;
                // A new session knows nothing of them, so the library forgets them too.
                *messages.lock().unwrap() = Messages::default();
                tell(json!({ "what": "closed", "note": format!("poll: {note}") }));
                if variable("HALFOPEN_RECONNECT") == "0" {
                    return std::future::pending().await;
                }
            }
            Err(note) => {
                tell(json!({ "what": "error", "note": format!("poll: {note}") }));
                // The library would try again at once; how long to wait is left to the application.
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

fn handle(heard: Heard, requests: &impl Requests, messages: &Mutex<Messages>) {
    let mut messages = messages.lock().unwrap();
    match heard {
        Heard::Connected(server_keep_alive) => {
            match server_keep_alive {
                Some(seconds) => tell(json!({ "what": "connected", "serverKeepAliveS": seconds })),
                None => tell(json!({ "what": "connected" })),
            }
            if let Ok(topic) = std::env::var("HALFOPEN_SUBSCRIBE") {
                tell_error("subscribe", requests.subscribe(&topic, number("HALFOPEN_SUBSCRIBE_QOS") as u8));
            }
        }
        Heard::Published(0) | Heard::Other => {}
        Heard::Published(id) => {
            if let Some(seq) = messages.requested.pop_front() {
                messages.in_flight.insert(id, seq);
            }
        }
        Heard::Acknowledged(id) => {
            if let Some(seq) = messages.in_flight.remove(&id) {
                tell(json!({ "what": "acknowledged", "seq": seq }));
            }
        }
        Heard::Received(payload) => {
            tell(json!({ "what": "received", "payload": String::from_utf8_lossy(&payload) }));
        }
    }
}

/// Lines of the form: publish SEQ QOS TOPIC PAYLOAD
async fn publish_lines(requests: impl Requests, messages: Arc<Mutex<Messages>>) {
    let mut lines = read_lines();
    while let Some(line) = lines.recv().await {
        let part: Vec<&str> = line.splitn(5, ' ').collect();
        let ["publish", seq, qos, topic, payload] = part[..] else {
            eprintln!("not a line to publish: {line}");
            continue;
        };
        let qos = qos.parse().unwrap_or(0);
        let done = requests.publish(topic, qos, payload);
        if done.is_ok() && qos > 0 {
            messages.lock().unwrap().requested.push_back(seq.parse().unwrap_or(0));
        }
        tell_error("publish", done);
    }
}

fn read_lines() -> UnboundedReceiver<String> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        for line in stdin().lock().lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
        std::process::exit(0);
    });
    receiver
}

fn tell(event: Value) {
    let mut out = stdout().lock();
    if writeln!(out, "{event}").and_then(|()| out.flush()).is_err() {
        std::process::exit(1);
    }
}

fn tell_error(of: &str, result: Result<(), String>) {
    if let Err(note) = result {
        tell(json!({ "what": "error", "note": format!("{of}: {note}") }));
    }
}

fn refuse(words: &str) -> ! {
    eprintln!("{words}");
    std::process::exit(2);
}

/// Empty where it is unset.
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn number(name: &str) -> u16 {
    variable(name).parse().unwrap_or_else(|_| refuse(&format!("{name} is not a whole number")))
}

fn version() -> &'static str {
    let lock = include_str!("../Cargo.lock");
    let entry = lock.split("name = \"rumqttc\"\nversion = \"").nth(1);
    entry.and_then(|rest| rest.split('"').next()).unwrap_or("unknown")
}

//! rumqttc's MQTT 5.0.

use crate::transport::{address, transport};
use crate::{number, refuse, variable, Events, Heard, Requests, REQUESTS};
use rumqttc::v5::mqttbytes::v5::{LastWill, Packet};
use rumqttc::v5::mqttbytes::{qos, QoS};
use rumqttc::v5::{AsyncClient, Event, EventLoop, MqttOptions};
use rumqttc::Outgoing;
use std::time::Duration;

/// v5/mod.rs of 0.25.1: `set_keep_alive` asserts it, 0 is no exception.
const LEAST_KEEP_ALIVE_S: u16 = 5;

pub fn connect() -> (AsyncClient, EventLoop) {
    let id = variable("HALFOPEN_CLIENTID");
    let mut options = MqttOptions::new(id, address(), number("HALFOPEN_PORT"));
    options.set_transport(transport());
    let keep_alive_s = number("HALFOPEN_KEEPALIVE");
    if keep_alive_s < LEAST_KEEP_ALIVE_S {
        refuse(&format!("rumqttc takes no keep-alive below {LEAST_KEEP_ALIVE_S} s with MQTT 5.0"));
    }
    options.set_keep_alive(Duration::from_secs(keep_alive_s.into()));
    if let Ok(topic) = std::env::var("HALFOPEN_WILL_TOPIC") {
        let will_qos = level(number("HALFOPEN_WILL_QOS") as u8);
        options.set_last_will(LastWill::new(topic, variable("HALFOPEN_WILL_PAYLOAD"), will_qos, false, None));
    }
    if let Ok(user) = std::env::var("HALFOPEN_USERNAME") {
        options.set_credentials(user, variable("HALFOPEN_PASSWORD"));
    }
    AsyncClient::new(options, REQUESTS)
}

fn level(number: u8) -> QoS {
    qos(number).unwrap_or(QoS::AtMostOnce)
}

impl Requests for AsyncClient {
    fn publish(&self, topic: &str, qos: u8, payload: &str) -> Result<(), String> {
        self.try_publish(topic, level(qos), false, payload.to_owned()).map_err(|error| error.to_string())
    }

    fn subscribe(&self, topic: &str, qos: u8) -> Result<(), String> {
        self.try_subscribe(topic, level(qos)).map_err(|error| error.to_string())
    }
}

impl Events for EventLoop {
    async fn next(&mut self) -> Result<Heard, String> {
        Ok(match self.poll().await.map_err(|error| error.to_string())? {
            Event::Incoming(Packet::ConnAck(ack)) => {
                Heard::Connected(ack.properties.and_then(|properties| properties.server_keep_alive))
            }
            Event::Incoming(Packet::PubAck(ack)) => Heard::Acknowledged(ack.pkid),
            Event::Incoming(Packet::PubComp(done)) => Heard::Acknowledged(done.pkid),
            Event::Incoming(Packet::Publish(message)) => Heard::Received(message.payload),
            Event::Outgoing(Outgoing::Publish(id)) => Heard::Published(id),
            _ => Heard::Other,
        })
    }
}

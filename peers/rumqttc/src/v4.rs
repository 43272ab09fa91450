//! rumqttc's MQTT 3.1.1.

use crate::transport::{address, transport};
use crate::{number, variable, Events, Heard, Requests, REQUESTS};
use rumqttc::{qos, AsyncClient, Event, EventLoop, LastWill, MqttOptions, Outgoing, Packet, QoS};
use std::time::Duration;

pub fn connect() -> (AsyncClient, EventLoop) {
    let id = variable("HALFOPEN_CLIENTID");
    let mut options = MqttOptions::new(id, address(), number("HALFOPEN_PORT"));
    options.set_transport(transport());
    options.set_keep_alive(Duration::from_secs(number("HALFOPEN_KEEPALIVE").into()));
    if let Ok(topic) = std::env::var("HALFOPEN_WILL_TOPIC") {
        let will_qos = level(number("HALFOPEN_WILL_QOS") as u8);
        options.set_last_will(LastWill::new(topic, variable("HALFOPEN_WILL_PAYLOAD"), will_qos, false));
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
        self.try_publish(topic, level(qos), false, payload).map_err(|error| error.to_string())
    }

    fn subscribe(&self, topic: &str, qos: u8) -> Result<(), String> {
        self.try_subscribe(topic, level(qos)).map_err(|error| error.to_string())
    }
}

impl Events for EventLoop {
    async fn next(&mut self) -> Result<Heard, String> {
        Ok(match self.poll().await.map_err(|error| error.to_string())? {
            Event::Incoming(Packet::ConnAck(_)) => Heard::Connected(None),
            Event::Incoming(Packet::PubAck(ack)) => Heard::Acknowledged(ack.pkid),
            Event::Incoming(Packet::PubComp(done)) => Heard::Acknowledged(done.pkid),
            Event::Incoming(Packet::Publish(message)) => Heard::Received(message.payload),
            Event::Outgoing(Outgoing::Publish(id)) => Heard::Published(id),
            _ => Heard::Other,
        })
    }
}

//! toxiproxy_rust drives a server of Toxiproxy's API; what it saw is printed line by line.
use toxiproxy_rust::{client::Client, proxy::Proxy, proxy::ProxyPack};

fn names(proxy: &Proxy) -> String {
    let mut found: Vec<String> = proxy.toxics().unwrap().into_iter().map(|toxic| toxic.name).collect();
    found.sort();
    found.join(" ")
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let client = Client::new(format!("{}:{}", args[1], args[2]));
    let pack = ProxyPack::new("db".into(), "127.0.0.1:0".into(), "127.0.0.1:9".into());
    let proxy = &client.populate(vec![pack]).unwrap()[0];
    proxy.with_latency("downstream".into(), 100, 0, 1.0).with_timeout("upstream".into(), 0, 1.0);
    println!("toxics: {}", names(proxy));
    proxy.disable().unwrap();
    println!("enabled: {}", client.find_proxy("db").unwrap().proxy_pack.enabled);
    proxy.enable().unwrap();
    println!("enabled: {}", client.find_proxy("db").unwrap().proxy_pack.enabled);
    client.reset().unwrap();
    println!("after reset: {}", names(proxy));
    proxy.delete().unwrap();
    println!("left: {}", client.all().unwrap().len());
}

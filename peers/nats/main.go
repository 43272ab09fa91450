// nats-server with MQTT and nothing else. The server's own main has no way to leave the port for NATS clients closed.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/nats-io/nats-server/v2/server"
)

func main() {
	version := flag.Bool("version", false, "print the version of nats-server")
	listen := flag.String("listen", "127.0.0.1:1883", "HOST:PORT for MQTT")
	store := flag.String("store", "", "folder for JetStream, which keeps the MQTT sessions")
	flag.Parse()
	if *version {
		fmt.Println(server.VERSION)
		return
	}
	if err := serve(*listen, *store); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
}

func serve(listen, store string) error {
	host, port, err := address(listen)
	if err != nil {
		return err
	}
	broker, err := server.NewServer(&server.Options{
		ServerName: "halfopen",
		DontListen: true,
		JetStream:  true,
		StoreDir:   store,
		MQTT:       server.MQTTOpts{Host: host, Port: port},
		// The log goes to standard error; Debug says who connects and who is gone.
		Debug:  true,
		NoSigs: true,
	})
	if err != nil {
		return err
	}
	broker.ConfigureLogger()
	broker.Start()
	broker.WaitForShutdown()
	return nil
}

func address(listen string) (string, int, error) {
	host, text, err := net.SplitHostPort(listen)
	if err != nil {
		return "", 0, err
	}
	port, err := strconv.Atoi(text)
	return host, port, err
}

// mochi-mqtt as a program: it is a library, and a broker only together with a main of somebody's.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/hooks/auth"
	"github.com/mochi-mqtt/server/v2/listeners"
	"github.com/mochi-mqtt/server/v2/packets"
)

func main() {
	version := flag.Bool("version", false, "print the version of mochi-mqtt")
	listen := flag.String("listen", "127.0.0.1:1883", "HOST:PORT")
	keepalive := flag.Uint("server-keepalive", 0, "seconds that clients of MQTT 5 are told to use; 0 leaves it to them")
	flag.Parse()
	if *version {
		fmt.Println(mqtt.Version)
		return
	}
	if err := serve(*listen, uint16(*keepalive)); err != nil {
		fmt.Fprintln(os.Stderr, "Error:", err)
		os.Exit(1)
	}
	select {}
}

func serve(address string, keepalive uint16) error {
	log := slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	server := mqtt.New(&mqtt.Options{Logger: log})
	return errors.Join(
		server.AddHook(new(auth.AllowHook), nil),
		server.AddHook(&arrivals{keepalive: keepalive}, nil),
		server.AddListener(listeners.NewTCP(listeners.Config{ID: "tcp", Address: address})),
		server.Serve(),
	)
}

// arrivals logs who connected, which mochi itself does not say; it says who is gone, and why.
type arrivals struct {
	mqtt.HookBase
	keepalive uint16
}

func (*arrivals) ID() string { return "arrivals" }

func (*arrivals) Provides(event byte) bool {
	return event == mqtt.OnConnect || event == mqtt.OnSessionEstablished
}

// OnConnect is the only place where mochi lets Server Keep Alive be set: MQTT 5.0 section 3.2.2.3.14.
func (hook *arrivals) OnConnect(client *mqtt.Client, _ packets.Packet) error {
	if hook.keepalive > 0 && client.Properties.ProtocolVersion == 5 {
		client.State.Keepalive = hook.keepalive
		client.State.ServerKeepalive = true
	}
	return nil
}

func (hook *arrivals) OnSessionEstablished(client *mqtt.Client, _ packets.Packet) {
	hook.Log.Debug("client connected", "client", client.ID, "keepalive", client.State.Keepalive)
}

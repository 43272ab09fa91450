// A driver around Eclipse Paho's autopaho (MQTT 5.0). It speaks halfopen's driver protocol: docs/drivers.md.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net"
	"net/url"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"github.com/eclipse/paho.golang/autopaho"
	"github.com/eclipse/paho.golang/paho"
)

const library = "github.com/eclipse/paho.golang"

type event struct {
	What             string  `json:"what"`
	Code             *int    `json:"code,omitempty"`
	Note             string  `json:"note,omitempty"`
	Seq              int     `json:"seq,omitempty"`
	Payload          string  `json:"payload,omitempty"`
	ServerKeepAliveS *uint16 `json:"serverKeepAliveS,omitempty"`
}

var output sync.Mutex

func tell(e event) {
	output.Lock()
	defer output.Unlock()
	// Standard output has no buffer in Go; the encoder ends each value with a newline.
	if err := json.NewEncoder(os.Stdout).Encode(e); err != nil {
		os.Exit(1)
	}
}

func tellError(of string, err error) {
	e := event{What: "error", Note: of + ": " + err.Error()}
	var refused *autopaho.ConnackError
	if errors.As(err, &refused) {
		code := int(refused.ReasonCode)
		e.Code = &code
	}
	tell(e)
}

func refuse(words string) {
	fmt.Fprintln(os.Stderr, words)
	os.Exit(2)
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "--version" {
		fmt.Println(libraryVersion())
		return
	}
	if os.Getenv("HALFOPEN_PROTOCOL") != "5" {
		refuse("paho.golang speaks MQTT 5.0 only")
	}
	manager, err := autopaho.NewConnection(context.Background(), config())
	if err != nil {
		refuse(err.Error())
	}
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, math.MaxInt32)
	for input.Scan() {
		// Publish waits for the acknowledgement, or until the library gives up on it.
		go publish(manager, input.Text())
	}
}

func config() autopaho.ClientConfig {
	address := net.JoinHostPort(os.Getenv("HALFOPEN_HOST"), os.Getenv("HALFOPEN_PORT"))
	server, err := url.Parse(os.Getenv("HALFOPEN_SCHEME") + "://" + address + os.Getenv("HALFOPEN_PATH"))
	if err != nil {
		refuse(err.Error())
	}
	c := autopaho.ClientConfig{
		ServerUrls:                    []*url.URL{server},
		TlsCfg:                        tlsConfig(),
		KeepAlive:                     uint16(number("HALFOPEN_KEEPALIVE")),
		CleanStartOnInitialConnection: true,
		ConnectUsername:               os.Getenv("HALFOPEN_USERNAME"),
		ConnectPassword:               []byte(os.Getenv("HALFOPEN_PASSWORD")),
		OnConnectionUp:                connected,
		OnConnectionDown: func() bool {
			tell(event{What: "offline"})
			return os.Getenv("HALFOPEN_RECONNECT") != "0"
		},
		OnConnectError: func(err error) { tellError("OnConnectError", err) },
		ClientConfig: paho.ClientConfig{
			ClientID:          os.Getenv("HALFOPEN_CLIENTID"),
			OnPublishReceived: []func(paho.PublishReceived) (bool, error){received},
			OnClientError:     func(err error) { tell(event{What: "closed", Note: "OnClientError: " + err.Error()}) },
			OnServerDisconnect: func(packet *paho.Disconnect) {
				code := int(packet.ReasonCode)
				tell(event{What: "closed", Code: &code, Note: "OnServerDisconnect"})
			},
		},
	}
	if topic, ok := os.LookupEnv("HALFOPEN_WILL_TOPIC"); ok {
		payload := []byte(os.Getenv("HALFOPEN_WILL_PAYLOAD"))
		c.WillMessage = &paho.WillMessage{Topic: topic, Payload: payload, QoS: byte(number("HALFOPEN_WILL_QOS"))}
	}
	return c
}

// connected must not block.
func connected(manager *autopaho.ConnectionManager, connack *paho.Connack) {
	e := event{What: "connected"}
	if connack.Properties != nil {
		e.ServerKeepAliveS = connack.Properties.ServerKeepAlive
	}
	tell(e)
	topic, ok := os.LookupEnv("HALFOPEN_SUBSCRIBE")
	if !ok {
		return
	}
	subscription := paho.SubscribeOptions{Topic: topic, QoS: byte(number("HALFOPEN_SUBSCRIBE_QOS"))}
	go func() {
		packet := &paho.Subscribe{Subscriptions: []paho.SubscribeOptions{subscription}}
		if _, err := manager.Subscribe(context.Background(), packet); err != nil {
			tellError("Subscribe", err)
		}
	}()
}

func received(message paho.PublishReceived) (bool, error) {
	tell(event{What: "received", Payload: string(message.Packet.Payload)})
	return true, nil
}

// publish takes a line of the form: publish SEQ QOS TOPIC PAYLOAD
func publish(manager *autopaho.ConnectionManager, line string) {
	part := strings.SplitN(line, " ", 5)
	if len(part) < 5 || part[0] != "publish" {
		fmt.Fprintln(os.Stderr, "not a line to publish:", line)
		return
	}
	seq, _ := strconv.Atoi(part[1])
	qos, _ := strconv.Atoi(part[2])
	packet := &paho.Publish{Topic: part[3], QoS: byte(qos), Payload: []byte(part[4])}
	if _, err := manager.Publish(context.Background(), packet); err != nil {
		tellError("Publish", err)
	} else if qos > 0 {
		tell(event{What: "acknowledged", Seq: seq})
	}
}

func tlsConfig() *tls.Config {
	config := &tls.Config{ServerName: os.Getenv("HALFOPEN_SERVERNAME")}
	if file, ok := os.LookupEnv("HALFOPEN_CA"); ok {
		pem, err := os.ReadFile(file)
		if err != nil {
			refuse(err.Error())
		}
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	if file, ok := os.LookupEnv("HALFOPEN_CERT"); ok {
		pair, err := tls.LoadX509KeyPair(file, os.Getenv("HALFOPEN_KEY"))
		if err != nil {
			refuse(err.Error())
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if alpn, ok := os.LookupEnv("HALFOPEN_ALPN"); ok {
		config.NextProtos = strings.Split(alpn, ",")
	}
	if file, ok := os.LookupEnv("SSLKEYLOGFILE"); ok {
		log, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0600)
		if err != nil {
			refuse(err.Error())
		}
		config.KeyLogWriter = log
	}
	return config
}

func number(variable string) int {
	value, err := strconv.Atoi(os.Getenv(variable))
	if err != nil {
		refuse(variable + " is not a whole number")
	}
	return value
}

func libraryVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == library {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}

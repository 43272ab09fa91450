// A driver around Eclipse Paho MQTT Go (MQTT 3.1.1). It speaks halfopen's driver protocol: docs/drivers.md.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"math"
	"net"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

const library = "github.com/eclipse/paho.mqtt.golang"

type event struct {
	What    string `json:"what"`
	Note    string `json:"note,omitempty"`
	Seq     int    `json:"seq,omitempty"`
	Payload string `json:"payload,omitempty"`
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
	if err != nil {
		tell(event{What: "error", Note: of + ": " + err.Error()})
	}
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
	if os.Getenv("HALFOPEN_PROTOCOL") != "4" {
		refuse("Paho MQTT Go speaks MQTT 3.1.1 only")
	}
	mqtt.ERROR = log.New(os.Stderr, "[error] ", 0)
	mqtt.CRITICAL = log.New(os.Stderr, "[critical] ", 0)
	client := mqtt.NewClient(options())
	go func() {
		token := client.Connect()
		token.Wait()
		tellError("Connect", token.Error())
	}()
	// Publish may wait, for up to 30 s, while a write to a full socket does: what is still to be published queues up here.
	lines := make(chan string, 1<<16)
	go publish(client, lines)
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, math.MaxInt32)
	for input.Scan() {
		lines <- input.Text()
	}
}

func options() *mqtt.ClientOptions {
	o := mqtt.NewClientOptions()
	address := net.JoinHostPort(os.Getenv("HALFOPEN_HOST"), os.Getenv("HALFOPEN_PORT"))
	o.AddBroker(os.Getenv("HALFOPEN_SCHEME") + "://" + address + os.Getenv("HALFOPEN_PATH"))
	o.SetTLSConfig(tlsConfig())
	o.SetProtocolVersion(4)
	o.SetClientID(os.Getenv("HALFOPEN_CLIENTID"))
	o.SetKeepAlive(time.Duration(number("HALFOPEN_KEEPALIVE")) * time.Second)
	if topic, ok := os.LookupEnv("HALFOPEN_WILL_TOPIC"); ok {
		o.SetWill(topic, os.Getenv("HALFOPEN_WILL_PAYLOAD"), byte(number("HALFOPEN_WILL_QOS")), false)
	}
	if user, ok := os.LookupEnv("HALFOPEN_USERNAME"); ok {
		o.SetUsername(user)
	}
	if password, ok := os.LookupEnv("HALFOPEN_PASSWORD"); ok {
		o.SetPassword(password)
	}
	if reconnect, ok := os.LookupEnv("HALFOPEN_RECONNECT"); ok {
		o.SetAutoReconnect(reconnect == "1")
	}
	o.SetOnConnectHandler(connected)
	o.SetConnectionLostHandler(func(_ mqtt.Client, err error) {
		tell(event{What: "closed", Note: "OnConnectionLost: " + err.Error()})
	})
	o.SetReconnectingHandler(func(mqtt.Client, *mqtt.ClientOptions) { tell(event{What: "reconnecting"}) })
	return o
}

func connected(client mqtt.Client) {
	tell(event{What: "connected"})
	topic, ok := os.LookupEnv("HALFOPEN_SUBSCRIBE")
	if !ok {
		return
	}
	token := client.Subscribe(topic, byte(number("HALFOPEN_SUBSCRIBE_QOS")), func(_ mqtt.Client, message mqtt.Message) {
		tell(event{What: "received", Payload: string(message.Payload())})
	})
	token.Wait()
	tellError("Subscribe", token.Error())
}

// publish takes lines of the form: publish SEQ QOS TOPIC PAYLOAD
func publish(client mqtt.Client, lines <-chan string) {
	for line := range lines {
		part := strings.SplitN(line, " ", 5)
		if len(part) < 5 || part[0] != "publish" {
			fmt.Fprintln(os.Stderr, "not a line to publish:", line)
			continue
		}
		seq, _ := strconv.Atoi(part[1])
		qos, _ := strconv.Atoi(part[2])
		token := client.Publish(part[3], byte(qos), false, part[4])
		go func() {
			token.Wait()
			if token.Error() == nil && qos > 0 {
				tell(event{What: "acknowledged", Seq: seq})
			}
			tellError("Publish", token.Error())
		}()
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

// A bare relay, as Go's own library does it: io.Copy each way, which splices in the kernel (Linux). Prints the ports of its two listeners as JSON.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
)

func serve(to string) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go relay(client, to)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func relay(client net.Conn, to string) {
	server, err := net.Dial("tcp", "127.0.0.1:"+to)
	if err != nil {
		client.Close()
		return
	}
	pass := func(from, into net.Conn) {
		io.Copy(into, from)
		from.Close()
		into.Close()
	}
	go pass(client, server)
	pass(server, client)
}

func main() {
	fmt.Printf("{\"echo\":%d,\"sink\":%d}\n", serve(os.Args[1]), serve(os.Args[2]))
	io.Copy(io.Discard, os.Stdin)
}

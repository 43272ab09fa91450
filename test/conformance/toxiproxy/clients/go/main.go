// Toxiproxy's own client for Go drives a server of its API; what it saw is printed line by line.
package main

import (
	"fmt"
	"os"
	"sort"
	"strings"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
)

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func names(proxy *toxiproxy.Proxy) string {
	found := []string{}
	for _, toxic := range must(proxy.Toxics()) {
		found = append(found, toxic.Name)
	}
	sort.Strings(found)
	return strings.Join(found, " ")
}

func main() {
	client := toxiproxy.NewClient(os.Args[1] + ":" + os.Args[2])
	proxy := must(client.CreateProxy("db", "127.0.0.1:0", "127.0.0.1:9"))
	must(proxy.AddToxic("", "latency", "downstream", 1, toxiproxy.Attributes{"latency": 100}))
	must(proxy.AddToxic("cut", "timeout", "upstream", 1, toxiproxy.Attributes{"timeout": 0}))
	// Those that only halfopen has are types like any other here.
	must(proxy.AddToxic("", "blackhole", "upstream", 1, toxiproxy.Attributes{}))
	must(proxy.AddToxic("nat", "idle_cut", "downstream", 1, toxiproxy.Attributes{"after": 350000, "on_next": "rst-sender"}))
	fmt.Println("toxics:", names(proxy))
	check(proxy.RemoveToxic("blackhole_upstream"))
	check(proxy.RemoveToxic("nat"))
	fmt.Println("toxics:", names(proxy))
	check(proxy.Disable())
	fmt.Println("enabled:", must(client.Proxy("db")).Enabled)
	check(proxy.Enable())
	fmt.Println("enabled:", must(client.Proxy("db")).Enabled)
	check(client.ResetState())
	fmt.Println("after reset:", names(proxy))
	check(proxy.Delete())
	fmt.Println("left:", len(must(client.Proxies())))
}

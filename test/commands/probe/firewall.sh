#!/bin/bash
# A kernel firewall between two network namespaces, without root: firewall.sh SECONDS VERDICT NODE ARGS...
# runs NODE ARGS in the client's namespace; mosquitto is at 10.77.2.2. VERDICT: drop or reject, for what conntrack does not know.
# Everything lives in namespaces of this process and ends with it.
set -e
if [ -z "$INSIDE" ]; then
  if [ "$(id -u)" = 0 ]; then user=(-nm); else user=(-rnm); fi
  INSIDE=1 exec unshare "${user[@]}" --kill-child --fork --pid --mount-proc "$0" "$@"
fi
after=$1 verdict=$2
shift 2
dir=$(mktemp -d)
trap 'rm -rf "$dir"; kill $(jobs -p) 2>/dev/null' EXIT
ip link set lo up
unshare -n sleep 1000 & client=$!
unshare -n sleep 1000 & server=$!
until [ "$(readlink /proc/$client/ns/net)" != "$(readlink /proc/self/ns/net)" ] && [ "$(readlink /proc/$server/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
side() { # name pid network
  ip link add "$1" type veth peer name eth0 netns "$2"
  ip addr add "$3.1/24" dev "$1" && ip link set "$1" up
  nsenter -t "$2" -n sh -c "ip link set lo up; ip addr add $3.2/24 dev eth0; ip link set eth0 up; ip route add default via $3.1"
}
side inside "$client" 10.77.1
side outside "$server" 10.77.2
if [ "$verdict" = reject ]; then unknown='reject with tcp reset'; else unknown=drop; fi
nft -f - <<RULES
table ip box {
  chain forward {
    type filter hook forward priority 0; policy accept;
    ct state invalid $unknown
  }
}
RULES
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 0 >/proc/sys/net/netfilter/nf_conntrack_tcp_loose
echo "$after" >/proc/sys/net/netfilter/nf_conntrack_tcp_timeout_established
printf 'listener 1883\nallow_anonymous true\npersistence false\nuser root\n' >"$dir/mosquitto.conf"
nsenter -t "$server" -n mosquitto -c "$dir/mosquitto.conf" >"$dir/log" 2>&1 &
until nsenter -t "$client" -n bash -c 'exec 3<>/dev/tcp/10.77.2.2/1883' 2>/dev/null; do sleep 0.05; done
nsenter -t "$client" -n "$@"

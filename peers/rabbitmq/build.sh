#!/bin/sh
# build.sh FOLDER: Debian's RabbitMQ and the parts of Erlang that it needs, unpacked there. Nothing is installed, so that no
# service is started and nobody need be root.
set -eu
here=$(pwd)
mkdir "$1/packages"
cd "$1/packages"
apt-get -qq download rabbitmq-server erlang-base erlang-asn1 erlang-crypto erlang-eldap erlang-inets erlang-mnesia \
  erlang-os-mon erlang-public-key erlang-runtime-tools erlang-ssl erlang-syntax-tools erlang-tools erlang-xmerl
for package in *.deb; do dpkg-deb --extract "$package" "$1/root"; done
cd "$1"
rm -r packages
mkdir ebin
cp "$here/rabbitmq.sh" .

cat > erl <<'ERL'
#!/bin/sh
# Debian's own erl looks in /usr/lib/erlang and nowhere else.
here=$(cd "$(dirname "$0")" && pwd)
export ROOTDIR="$here/root/usr/lib/erlang" EMU=beam PROGNAME=erl
BINDIR=$(echo "$ROOTDIR"/erts-*/bin)
export BINDIR
exec "$BINDIR/erlexec" "$@"
ERL
chmod +x erl

cat > ebin/no_epmd.erl <<'ERLANG'
%% Instead of Erlang's port mapper daemon, which every Erlang program of a machine shares and none of them ends: this node
%% looks for no other, and is found by none.
-module(no_epmd).
-export([start_link/0, register_node/2, register_node/3, port_please/2, port_please/3, listen_port_please/2,
         address_please/3, names/0, names/1]).

start_link() -> ignore.

register_node(_Name, _Port) -> {ok, 1}.
register_node(_Name, _Port, _Family) -> {ok, 1}.

port_please(_Name, _Host) -> noport.
%% Of RabbitMQ, which wants to hear of some port of its own for other nodes.
port_please(_Name, _Host, _Timeout) -> {port, 0, 5}.
listen_port_please(_Name, _Host) -> {ok, 0}.

address_please(_Name, Host, Family) -> inet:getaddr(Host, Family).

names() -> {ok, []}.
names(_Host) -> {ok, []}.
ERLANG
# RabbitMQ 3.10 asks erl_epmd itself, whatever epmd_module says, for its port for other nodes, and gives up after 50 s
# (rabbit_networking.erl): both are the same module here.
sed 's/^-module(no_epmd)/-module(erl_epmd)/' ebin/no_epmd.erl > ebin/erl_epmd.erl
./erl -noinput -eval \
  "[{ok, _} = compile:file(F, [{outdir, \"ebin\"}]) || F <- [\"ebin/no_epmd.erl\", \"ebin/erl_epmd.erl\"]], halt()."

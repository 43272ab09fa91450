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
cp "$here/erl" "$here/rabbitmq.sh" .
# RabbitMQ 3.10 asks erl_epmd itself, whatever epmd_module says, for its port for other nodes, and gives up after 50 s
# (rabbit_networking.erl): both are the same module here.
sed 's/^-module(no_epmd)/-module(erl_epmd)/' "$here/no_epmd.erl" > ebin/erl_epmd.erl
./erl -noinput -eval \
  "[{ok, _} = compile:file(F, [{outdir, \"ebin\"}]) || F <- [\"$here/no_epmd.erl\", \"ebin/erl_epmd.erl\"]], halt()."

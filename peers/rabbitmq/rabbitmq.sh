#!/bin/sh
# rabbitmq.sh HOST PORT FOLDER mqtt|amqp: RabbitMQ with this protocol and no other, all of its files below FOLDER. Its own script wants
# a user, a home and a port for other nodes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=$(echo "$here"/root/usr/lib/rabbitmq/lib/rabbitmq_server-*)
if [ "${1-}" = --version ]; then
  echo "${home##*-}"
  exit
fi

if [ "$4" = amqp ]; then
  plugins=
  listeners="listeners.tcp.1 = $1:$2"
else
  plugins=rabbitmq_mqtt
  listeners="listeners.tcp = none
mqtt.listeners.tcp.1 = $1:$2
mqtt.allow_anonymous = true"
fi
cat > "$3/rabbitmq.conf" <<CONF
$listeners
# Where it may live there is no loopback: in a network namespace. It listens nowhere else.
loopback_users = none
log.console = true
log.console.level = info
log.file = false
CONF
echo "[$plugins]." > "$3/enabled_plugins"

export HOME="$3" PATH="$here:$PATH" ERL_LIBS="$home/plugins" ERL_CRASH_DUMP_SECONDS=0
# Of every Erlang node that it starts in its turn, too: no epmd, and no port for other nodes.
export ERL_ZFLAGS="-start_epmd false -epmd_module no_epmd -pa $here/ebin -dist_listen false"
export RABBITMQ_HOME="$home" RABBITMQ_PLUGINS_DIR="$home/plugins" RABBITMQ_NODENAME=halfopen@localhost \
  RABBITMQ_CONF_ENV_FILE=/dev/null RABBITMQ_CONFIG_FILE="$3/rabbitmq.conf" \
  RABBITMQ_ENABLED_PLUGINS_FILE="$3/enabled_plugins" RABBITMQ_LOGS=- RABBITMQ_LOG_BASE="$3" \
  RABBITMQ_MNESIA_BASE="$3/mnesia" RABBITMQ_QUORUM_DIR="$3/quorum" RABBITMQ_STREAM_DIR="$3/stream" \
  RABBITMQ_GENERATED_CONFIG_DIR="$3/generated" RABBITMQ_FEATURE_FLAGS_FILE="$3/feature_flags" RABBITMQ_PID_FILE="$3/pid"
exec erl -noinput -pa "$ERL_LIBS" -boot start_sasl -s rabbit boot -syslog logger '[]' -syslog syslog_error_logger false \
  -kernel prevent_overlapping_partitions false +W w +sbwt none +sbwtdcpu none +sbwtdio none +P 1048576 +t 5000000

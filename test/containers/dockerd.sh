#!/usr/bin/env bash
# A Docker engine for the tests, beside whatever else runs here: data root, sockets and pid file of its own.
#   dockerd.sh start [DIR]   prints `export DOCKER_HOST=...`, for eval; waits until the engine answers
#   dockerd.sh stop [DIR]    ends it and removes DIR
# Needs root and Debian's docker.io (apt-get install -y --no-install-recommends docker.io).
set -euo pipefail
dir=${2:-${HALFOPEN_DOCKER_DIR:-${TMPDIR:-/tmp}/halfopen-dockerd}}
socket=$dir/docker.sock
pidfile=$dir/docker.pid

answers() { [ -S "$socket" ] && docker -H "unix://$socket" version >/dev/null 2>&1; }
is_ours() { [ -r "$pidfile" ] && tr '\0' ' ' <"/proc/$(cat "$pidfile")/cmdline" 2>/dev/null | grep -q -- "--pidfile $pidfile"; }

start() {
  if ! answers; then
    mkdir -p "$dir"
    # Where no other engine has been at work, what this one does to the network is undone at its end.
    if ! ip link show docker0 >/dev/null 2>&1; then
      { iptables -S FORWARD | head -1 | awk '{ print $3 }'; } >"$dir/forward-policy" 2>/dev/null || true
    fi
    # --userland-proxy=false: docker-proxy would accept for a broker that is dead, and close for one that is unplugged.
    # Its own containerd: --exec-root keeps that apart from one that is installed.
    setsid dockerd --data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$pidfile" -H "unix://$socket" \
      ${HALFOPEN_DOCKER_TCP:+-H "$HALFOPEN_DOCKER_TCP"} --userland-proxy=false --storage-driver "${HALFOPEN_DOCKER_STORAGE:-overlay2}" \
      >"$dir/dockerd.log" 2>&1 </dev/null &
    for _ in $(seq 150); do answers && break; sleep 0.2; done
    answers || { tail -20 "$dir/dockerd.log" >&2; echo "dockerd did not answer within 30 s" >&2; return 1; }
  fi
  echo "export DOCKER_HOST=unix://$socket"
}

# Its bridge, its chains, and its FORWARD policy of DROP, which would be felt by everybody else on this machine.
undo_network() { # policy before
  ip link del docker0 2>/dev/null || true
  iptables-save 2>/dev/null | grep -viE 'docker' | iptables-restore 2>/dev/null || true
  [ -z "$1" ] || iptables -P FORWARD "$1" 2>/dev/null || true
}

stop() {
  if is_ours; then
    local pid left
    left=$(docker -H "unix://$socket" ps -aq 2>/dev/null || true)
    if [ -n "$left" ]; then
      # shellcheck disable=SC2086 # one id a word
      docker -H "unix://$socket" rm -f $left >/dev/null 2>&1 || true
    fi
    pid=$(cat "$pidfile")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    ! kill -0 "$pid" 2>/dev/null || { echo "dockerd (pid $pid) does not end" >&2; return 1; }
  fi
  [ ! -e "$dir/forward-policy" ] || undo_network "$(cat "$dir/forward-policy")"
  # containerd's shims may hold mounts for a moment.
  for _ in 1 2 3 4 5; do
    awk -v dir="$dir/" 'index($2, dir) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount -l 2>/dev/null || true
    rm -rf "$dir" 2>/dev/null && break
    sleep 0.3
  done
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  *) echo "usage: $0 start|stop [DIR]" >&2; exit 1 ;;
esac

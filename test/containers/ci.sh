#!/usr/bin/env bash
# What CI does for the lab containers, as functions; .ci/run sources it. Each returns 0 where it succeeded.
#   containers_packages   docker.io from Debian; as root or through sudo
#   containers_toxiproxy  toxiproxy-server 2.12.0, static, into $1 (default .tools); go must be there
#   containers_start      engine and stand-in images; exports DOCKER_HOST and HALFOPEN_IMAGE_*
#   containers_nothing_left  fails where a run left a container, a network or a toxiproxy-server
#   containers_stop       ends the engine and removes all of it
TOXIPROXY_VERSION=2.12.0
CONTAINERS_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CONTAINERS_DIR=${HALFOPEN_DOCKER_DIR:-${TMPDIR:-/tmp}/halfopen-dockerd}

containers_as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n --preserve-env "$@"; fi; }

containers_packages() {
  export DEBIAN_FRONTEND=noninteractive
  containers_as_root apt-get install -y -qq --no-install-recommends docker.io >/dev/null && command -v dockerd >/dev/null
}

containers_toxiproxy() {
  local to=${1:-$PWD/.tools}
  mkdir -p "$to"
  if ! [ -x "$to/toxiproxy-server" ]; then
    command -v go >/dev/null || containers_as_root apt-get install -y -qq --no-install-recommends golang-go >/dev/null || return 1
    CGO_ENABLED=0 GOBIN="$to" GOFLAGS=-mod=mod go install "github.com/Shopify/toxiproxy/v2/cmd/server@v$TOXIPROXY_VERSION" &&
      mv "$to/server" "$to/toxiproxy-server" || return 1
  fi
  export PATH=$to:$PATH
}

containers_start() {
  local lines
  lines=$(containers_as_root "$CONTAINERS_HERE/dockerd.sh" start "$CONTAINERS_DIR") && eval "$lines" &&
    lines=$("$CONTAINERS_HERE/images.sh" build) && eval "$lines"
}

containers_nothing_left() {
  local left
  left=$(
    docker ps -a --filter label=dev.halfopen.run --format 'container {{.Names}} {{.Image}}'
    docker network ls --filter label=dev.halfopen.run --format 'network {{.Name}}'
    pgrep -fa 'toxiproxy-server -host 127.0.0.1 -port' || true
  )
  [ -z "$left" ] || { echo "left behind: $left"; return 1; }
}

containers_stop() { containers_as_root "$CONTAINERS_HERE/dockerd.sh" stop "$CONTAINERS_DIR"; }

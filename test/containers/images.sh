#!/usr/bin/env bash
# Stand-in images for machines that reach no registry: programs of this machine, each with the libraries it needs and
# nothing else, imported into the Docker engine that DOCKER_HOST names.
#   images.sh build   builds what is not there, then prints `export HALFOPEN_IMAGE_...=...` lines, for eval
# Their names begin with 127.0.0.1:1, where no registry can be, so nobody takes them for the official ones.
# Needs: mosquitto, node and npm, toxiproxy-server (on the PATH, or HALFOPEN_TOXIPROXY_SERVER).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
aedes_source=$here/../../docker/aedes
prefix=127.0.0.1:1/halfopen-standin
work=$(mktemp -d "${TMPDIR:-/tmp}/halfopen-images-XXXXXX")
trap 'rm -rf "$work"' EXIT

# new_root NAME: an empty root file system at $root
new_root() {
  root=$work/$1
  mkdir -p "$root"/{etc,tmp,run,proc,sys,dev,root}
  chmod 1777 "$root/tmp"
  printf 'root:x:0:0:root:/root:/bin/sh\nmosquitto:x:1883:1883::/mosquitto:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\nmosquitto:x:1883:\nnogroup:x:65534:\n' >"$root/etc/group"
  printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
}

# put FILE [PLACE]: a copy in $root, links followed
put() {
  local place=${2:-$1}
  mkdir -p "$root$(dirname "$place")"
  cp -L "$1" "$root$place"
}

# put_program FILE [PLACE]: with every shared library that it loads; a static one loads none
put_program() {
  put "$@"
  { ldd "$1" 2>/dev/null | grep -oE '/[^ ]+' || true; } | sort -u | while read -r library; do
    [ -e "$root$library" ] || put "$library"
  done
  # Loaded by name at run time, so ldd does not tell.
  for library in /lib/"$(uname -m)"-linux-gnu/libnss_{files,dns}.so.2; do
    if [ -e "$library" ] && [ ! -e "$root$library" ]; then put "$library"; fi
  done
}

# import_root TAG DOCKERFILE_LINE...
import_root() {
  local tag=$1 changes=() line
  shift
  for line in "$@"; do changes+=(--change "$line"); done
  tar -C "$root" --numeric-owner --owner=0 --group=0 -c . | docker import "${changes[@]}" - "$tag" >/dev/null
}

mosquitto_image() {
  new_root mosquitto
  put_program "$mosquitto" /usr/sbin/mosquitto
  mkdir -p "$root/mosquitto/config"
  printf 'allow_anonymous true\nlistener 1883\nlog_dest stderr\nlog_type all\nuser root\n' >"$root/mosquitto/config/mosquitto.conf"
  import_root "$1" 'CMD ["/usr/sbin/mosquitto", "-c", "/mosquitto/config/mosquitto.conf"]' 'EXPOSE 1883'
}

aedes_image() {
  new_root aedes
  put_program "$(command -v node)" /usr/local/bin/node
  mkdir -p "$root/app"
  cp "$aedes_source"/{package.json,server.js} "$root/app/"
  npm install --prefix "$root/app" --omit=dev --no-audit --no-fund --no-package-lock --prefer-offline --silent
  import_root "$1" 'WORKDIR /app' 'ENV PATH=/usr/local/bin' 'CMD ["node", "server.js"]' 'EXPOSE 1883'
}

toxiproxy_image() {
  new_root toxiproxy
  put_program "$toxiproxy" /toxiproxy
  import_root "$1" 'ENTRYPOINT ["/toxiproxy"]' 'CMD ["-host=0.0.0.0"]' 'EXPOSE 8474'
}

# ensure VARIABLE TAG FUNCTION
ensure() {
  docker image inspect "$2" >/dev/null 2>&1 || "$3" "$2"
  echo "export $1=$2"
}

version_of() { grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -1; }
need() { command -v "$1" || { echo "images.sh: $1 is not there" >&2; exit 1; }; }

build() {
  PATH=$PATH:/usr/sbin
  mosquitto=$(need "${HALFOPEN_MOSQUITTO:-mosquitto}")
  toxiproxy=$(need "${HALFOPEN_TOXIPROXY_SERVER:-toxiproxy-server}")
  local aedes_version
  aedes_version=$(node -p 'require(process.argv[1]).version' "$aedes_source/package.json")
  ensure HALFOPEN_IMAGE_MOSQUITTO "$prefix/mosquitto:$("$mosquitto" -h | version_of || true)" mosquitto_image
  ensure HALFOPEN_IMAGE_AEDES "$prefix/aedes:$aedes_version" aedes_image
  ensure HALFOPEN_IMAGE_TOXIPROXY "$prefix/toxiproxy:${HALFOPEN_TOXIPROXY_VERSION:-2.12.0}" toxiproxy_image
  # Then an image of any other name fails at once instead of hanging on a registry.
  echo 'export TESTCONTAINERS_HUB_IMAGE_NAME_PREFIX=127.0.0.1:1'
}

case ${1:-} in
  build) build ;;
  *) echo "usage: $0 build" >&2; exit 1 ;;
esac

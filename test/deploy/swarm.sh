#!/usr/bin/env bash
# Plays deploy/swarm/job.sh on a swarm of one node: four shards, one of them lost; merge names it, it is played again, and merge puts all
# together. DOCKER_HOST names an engine that may be made a manager, as test/containers/dockerd.sh starts one.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scheduler=Swarm
# shellcheck source=test/deploy/project.sh
. "$here/project.sh"
work=$(mktemp -d "${TMPDIR:-/tmp}/halfopen-swarm-XXXXXX")
image=127.0.0.1:1/halfopen-standin/halfopen:here
had_bridge=$(ip -o link show docker_gwbridge 2>/dev/null || true)
trap 'finish' EXIT

finish() {
  local code=$?
  trap - EXIT
  docker swarm leave --force >/dev/null 2>&1 || true
  docker rmi -f "$image" >/dev/null 2>&1 || true
  # The swarm's bridge outlives it, in the engine and in the kernel.
  docker network rm docker_gwbridge >/dev/null 2>&1 || true
  [ -n "$had_bridge" ] || ip link del docker_gwbridge 2>/dev/null || true
  rm -rf "$work"
  exit "$code"
}

# What the Dockerfile makes, without a registry: node with its libraries, and halfopen as it is built here.
build_image() {
  local root=$work/root
  mkdir -p "$root"/{app,etc,tmp,work,bin}
  chmod 1777 "$root/tmp"
  printf 'root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000::/work:/bin/sh\n' >"$root/etc/passwd"
  for program in "$(command -v node)" /bin/sh "$(command -v setpriv)" "$repository"/node_modules/@rollup/*gnu/*.node; do
    [[ $program == *.node ]] || cp -L "$program" "$root/bin/"
    { ldd "$program" | grep -oE '/[^ ]+' || true; } | while read -r library; do
      mkdir -p "$root$(dirname "$library")"
      cp -Lu "$library" "$root$library"
    done
  done
  cp -r "$repository"/{dist,scenarios,package.json} "$root/app/"
  tar -C "$repository" --exclude-from=- -chf - node_modules <<'DEV' | tar -C "$root/app" -xf -
node_modules/.cache
node_modules/halfopen
node_modules/@biomejs
node_modules/@typescript
node_modules/typescript
node_modules/dts-bundle-generator
node_modules/playwright-core
node_modules/axe-core
node_modules/recheck*
node_modules/testcontainers
DEV
  tar -C "$root" --numeric-owner --owner=0 --group=0 -c . |
    docker import --change 'ENV PATH=/bin' --change 'USER node' --change 'WORKDIR /work' \
      --change 'ENTRYPOINT ["/bin/node", "/app/dist/cli/main.js"]' - "$image" >/dev/null
  rm -rf "$root"
}

build_image
docker swarm init --advertise-addr 127.0.0.1 --listen-addr 127.0.0.1:"$(node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })')" >/dev/null
say "a node and an image after $SECONDS s"
make_project "$work/project"
cd "$work/project"
mkdir shards
chown -R 1000:1000 "$work/project"
chmod 755 "$work"
halfopen=(node "$repository/dist/cli/main.js")

POLL_S=0.2 "$repository/deploy/swarm/job.sh" "$image" 4 "$PWD" scenarios
for shard in 1 2 3 4; do [ -e "shards/$shard/run.json" ] || die "shard $shard left nothing: $(ls -R shards)"; done
rm -r shards/1
refuses 'shard 1/4 is missing'
ONLY=1 POLL_S=0.2 "$repository/deploy/swarm/job.sh" "$image" 4 "$PWD" scenarios
merges
say "all of it took $SECONDS s"

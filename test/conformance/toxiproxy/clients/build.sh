#!/usr/bin/env bash
# Builds the programs that drive Toxiproxy's API in other languages: build.sh FOLDER. Each is left out where its tools are missing.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:?a folder for what is built}"
out=$(cd "$1" && pwd)
status=0

if command -v go >/dev/null; then
  (cd "$here/go" && go build -mod=readonly -buildvcs=false -o "$out/go/drive" .) || status=1
fi
if command -v mvn >/dev/null; then
  mvn -q -B -f "$here/java/pom.xml" -Dstyle.color=never -Dmade="$out/java" compile dependency:copy-dependencies || status=1
fi
if command -v cargo >/dev/null; then
  cargo build -q --locked --manifest-path "$here/rust/Cargo.toml" --target-dir "$out/rust" || status=1
fi
exit "$status"

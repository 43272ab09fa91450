#!/usr/bin/env bash
# actionlint over our workflows, what `init` writes and what docs/ci.md shows, with action.yml where those expect it: an input that the
# action has not is an error. Needs go, or actionlint on the PATH.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
version=1.7.12
command -v actionlint >/dev/null || {
  CGO_ENABLED=0 GOBIN=$repository/.tools go install "github.com/rhysd/actionlint/cmd/actionlint@v$version"
  PATH=$repository/.tools:$PATH
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/.github/workflows" "$work/node_modules/halfopen"
cp "$repository"/.github/workflows/*.yml "$work/.github/workflows/"
cp "$repository/action.yml" "$work/node_modules/halfopen/"
# Each block of the page that is a workflow; a test holds those of `init` to be among them.
awk -v to="$work/.github/workflows/docs" '
  /^```yml$/ { text = ""; inside = 1; next }
  /^```$/ && inside { inside = 0; if (text ~ /runs-on:/) { n++; printf "%s", text > (to n ".yml") } next }
  inside { text = text $0 "\n" }
' "$repository/docs/ci.md"
git init -q "$work"
cd "$work"
actionlint -shellcheck= -pyflakes=
echo "linted: $(ls .github/workflows | tr '\n' ' ')"

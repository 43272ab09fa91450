#!/usr/bin/env bash
# Packs halfopen, installs it beside a copy of examples/halfopen-cellular in a temporary folder, as a user of both would, and plays that
# package there: its types, its tests, its scenarios, and that halfopen lists what it brings. Prints what the installation weighs.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export NO_COLOR=1
unset HALFOPEN_REQUIRE

# `prepack` makes dist anew; here it is there already, with its types.
tarball=$(cd "$root" && npm pack --silent --ignore-scripts --pack-destination "$home")
cp -r "$root/examples/halfopen-cellular/." "$home/"
cd "$home"
npm install --no-audit --no-fund --prefer-offline --save-dev "./$tarball" >/dev/null
echo "npm install brings $(du -sm --apparent-size node_modules | cut -f1) MB in $(find node_modules -name package.json -path '*node_modules/*' | wc -l) package files"

npx --no-install halfopen list --faults --checks --clients --json >listed.json
npx --no-install halfopen list --schema >schema.json
node --input-type=module -e '
  import { readFileSync } from "node:fs"
  const { faults, checks, clients } = JSON.parse(readFileSync("listed.json", "utf8"))
  const brought = [...faults, ...checks, ...clients].filter(({ summary }) => summary.endsWith("(of halfopen-cellular)"))
  const names = brought.map(({ name }) => name).join(" ")
  if (names !== "handover never-silent modem") throw new Error(`halfopen lists "${names}" of the example`)
  const schema = readFileSync("schema.json", "utf8")
  for (const name of ["handover", "never-silent", "modem"]) if (!schema.includes(`"${name}"`)) throw new Error(`no ${name} in the schema`)
'
npx --no-install halfopen run
npx --no-install vitest run

# Last: what only the types need.
npm install --no-audit --no-fund --prefer-offline --save-dev typescript@7 @types/node@20 >/dev/null
npx --no-install tsc
echo 'the example plays'

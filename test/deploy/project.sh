# What the schedulers play in CI; sourced by slurm.sh and swarm.sh. Four scenarios of some seconds in real time and four in virtual time,
# of which one fails: the whole has exit code 4 and eight tests.

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# make_project DIR
make_project() {
  local n lab
  mkdir -p "$1/scenarios"
  for n in 1 2 3 4; do
    for lab in local simulated; do
      printf 'name: a broker drops a silent client, %s in lab %s\nbroker: aedes\nclient: { name: silent, keepalive: 1s }\nexpect: [broker-drops-client]\nuntil: 8s\nlab: %s\n' \
        "$n" "$lab" "$lab" >"$1/scenarios/$lab-$n.yaml"
    done
  done
  sed -i 's/broker-drops-client/stays-connected/; s/drops/keeps/' "$1/scenarios/simulated-2.yaml"
}

say() { echo "$scheduler: $*"; }
die() { echo "$scheduler: $*" >&2; exit 1; }

# refuses WORDS: merge says why it does not, with exit code 1, before all four are there
refuses() {
  local said code=0
  said=$("${halfopen[@]}" merge shards 2>&1) || code=$?
  [ "$code" = 1 ] && grep -qF -- "$1" <<<"$said" || die "merge should have refused ($1); exit code $code: $said"
  say "merge refused: $said"
}

# merges: the eight as one run
merges() {
  local code=0
  "${halfopen[@]}" merge shards --junit merged.xml --html merged.html --json merged.json >merged.txt 2>&1 || code=$?
  [ "$code" = 4 ] || die "exit code $code of the merged run: $(cat merged.txt)"
  grep -q '<testsuites name="halfopen" tests="8" failures="1" errors="0" skipped="0"' merged.xml || die "JUnit: $(head -3 merged.xml)"
  say "merged: $(tail -1 merged.txt)"
}

#!/usr/bin/env bash
# Runs the embedded suite in debug and in release, on one thread and on two, and compares the
# digest of every trace.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

suite() { # name, threads, cargo options
    local name=$1 threads=$2
    shift 2
    cargo run --quiet "$@" -- run --json --jobs "$threads" --out "$work/$name" >"$work/$name.json"
    python3 - "$work/$name.json" >"$work/$name.digests" <<'PY'
import json, sys
for run in json.load(open(sys.argv[1]))["runs"]:
    print(run["id"], run["digest"])
PY
}

suite debug-2 2
suite release-1 1 --release
suite release-2 2 --release

test -s "$work/debug-2.digests"
cmp "$work/debug-2.digests" "$work/release-1.digests"
cmp "$work/release-1.digests" "$work/release-2.digests"
printf '%s runs: equal digests in debug and release, on one thread and on two\n' \
    "$(wc -l <"$work/debug-2.digests")"

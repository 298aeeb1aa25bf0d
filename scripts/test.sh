#!/usr/bin/env bash
# All tests, from a fresh clone: sets up what it needs, then checks form, lints, tests, docs,
# determinism across builds, the command line as a newcomer meets it, and the firmware on a
# Cortex-M4F. Needs a Rust toolchain, a C compiler and Python; uses apt where it may.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s (%s s)\n' "$1" "$SECONDS"; }

step "form"
cargo fmt --all --check

step "lints"
cargo clippy --workspace --all-targets --quiet -- -D warnings

step "licences, sources and duplicate versions"
if command -v cargo-deny >/dev/null; then
    cargo deny check --hide-inclusion-graph licenses bans sources
else
    echo "skipped: cargo-deny is not installed (cargo install --locked cargo-deny)"
fi

step "unit, property, snapshot and scenario tests"
cargo test --workspace --quiet

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

step "the suite, and the same bits in debug and release, on one thread and on two"
scripts/same-bits.sh

step "the report in a browser"
scripts/browser.sh

step "the firmware on a Cortex-M4F"
scripts/on-target.sh

step "done"

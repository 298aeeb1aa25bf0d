#!/bin/sh
# Our cell beside PyBaMM's Thevenin model. Sets up PyBaMM in target/pybamm, runs both and writes
# docs/validation/pybamm.md. With --check the page is left alone.
# Ends with 1 if a difference is larger than asked for.
set -eu

cd "$(dirname "$0")/.."
work="${CARGO_TARGET_DIR:-target}/pybamm"
mkdir -p "$work"

# Versions are pinned, so that the page can be made again.
if [ ! -x "$work/venv/bin/python" ]; then
    python3 -m venv "$work/venv"
fi
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    "pybamm==26.10.1.1" "pybammsolvers==0.11.1" "casadi==3.8.1" "numpy==2.4.6"

cargo build --quiet -p benches --example cell_profile
cp "${CARGO_TARGET_DIR:-target}/debug/examples/cell_profile" "$work/cell_profile"
exec "$work/venv/bin/python" benches/pybamm/compare.py "$work" "$@"

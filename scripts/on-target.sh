#!/usr/bin/env bash
# Links bms-core into an image for a Cortex-M4F without an allocator, runs it in an emulator on the
# recorded bus traffic of the short-circuit and the cold-charge scenario, and compares its decisions
# with the host's. Prints flash and RAM. Says so plainly where the target cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."

target=thumbv7em-none-eabihf
tapes=target/tapes

skip() { printf 'skipped: %s\n' "$1"; exit 0; }

if ! rustc --print target-libdir --target "$target" | xargs test -d; then
    rustup target add "$target" || skip "the Rust target $target cannot be had here"
fi
if ! command -v qemu-system-arm >/dev/null; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends \
        qemu-system-arm >/dev/null; } || skip "qemu-system-arm cannot be installed here"
fi

cargo run --quiet --release -p scenarios --example record-tape -- "$tapes"

for tape in "$tapes"/*.tape; do
    name=$(basename "$tape" .tape)
    export PACKTWIN_TAPE="$PWD/$tape"
    host=$(cargo run --quiet --release -p firmware-image)
    board=$(cargo run --quiet --release -p firmware-image --target "$target")
    printf '%-28s host        %s\n%-28s Cortex-M4F  %s\n' "$name" "$host" "$name" "$board"
    [ "$host" = "$board" ] || { echo "the decisions differ" >&2; exit 1; }
done

# Flash and RAM of the image without the tape in it.
unset PACKTWIN_TAPE
cargo build --quiet --release -p firmware-image --target "$target"
python3 scripts/image-size.py "target/$target/release/firmware-image"

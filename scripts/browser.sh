#!/usr/bin/env bash
# Opens the report's pages in a headless browser: they must show their verdict, complain about
# nothing, and ask the network for nothing; their buttons, filter and keys must do what they say.
# Says so plainly where no browser can be had.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { printf 'skipped: %s\n' "$1"; exit 0; }

browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$browser" ]; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo -n"
    { $as_root apt-get update -qq && $as_root apt-get install -y -qq --no-install-recommends \
        chromium >/dev/null; } || skip "no browser is here and none can be installed"
    browser=$(command -v chromium) || skip "no browser is here and none can be installed"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo run --quiet --release -- run --quiet --out "$work/report"

open_page() { # page, what it must show
    "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync \
        --user-data-dir="$work/profile" --enable-logging=stderr --virtual-time-budget=4000 \
        --allow-file-access-from-files \
        --dump-dom "file://$1" >"$work/dom" 2>"$work/log"
    grep -q "$2" "$work/dom" || { echo "$1 does not show: $2" >&2; exit 1; }
    if grep -E 'CONSOLE|ERR_' "$work/log"; then
        echo "$1: the browser complained" >&2
        exit 1
    fi
}

pages=0
open_page "$work/report/index.html?find=PS-OV" 'rows</small>'
open_page "$work/report/coverage.html?theme=dark" 'data-theme="dark"'
for page in "$work"/report/*/index.html; do
    # Opened for zooming, so that the charts are drawn by the script.
    open_page "$page#zoom" "Expectations"
    if grep -q 'data-chart=' "$page" && ! grep -q 'class="u-wrap"' "$work/dom"; then
        echo "$page: no chart can be zoomed" >&2
        exit 1
    fi
    pages=$((pages + 1))
done

# A page that works another one: scripts/browser.html says what it presses and what must follow.
cp scripts/browser.html "$work/report/work.html"
open_page "$work/report/work.html?run=s02-hard-short-150-real" 'id="end">all as it should be<'
printf '%s pages, their index and coverage: shown, no complaint; buttons, filter and keys work\n' "$pages"

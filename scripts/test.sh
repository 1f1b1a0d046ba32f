#!/usr/bin/env bash
# The whole test suite. Browser tests need Debian's chromium: installed when we may, otherwise left out and said so.
set -euo pipefail
cd "$(dirname "$0")/.."

left_out() { printf 'Left out: the browser tests (marked “browser”): %s\n' "$*"; }

chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

runs() { local found; found=$(chromium) && timeout 20 "$found" --version >/dev/null 2>&1; } # Ubuntu's is a stub without snap

if ! runs && command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
    printf 'Installing chromium and fonts-noto-cjk for the browser tests …\n'
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk; } >/dev/null 2>&1 || true
fi
# The whole suite runs on all cores; a choice of tests in one process, which starts sooner.
[ "$#" -gt 0 ] || set -- --numprocesses auto --maxprocesses 4 --dist worksteal

if runs; then
    exec .venv/bin/python -m pytest "$@"
fi
if [ "$(id -u)" -eq 0 ]; then
    reason="chromium could not be installed here."
else
    reason="there is no chromium. To have them:  sudo apt-get install -y chromium fonts-noto-cjk"
fi
left_out "$reason"
code=0
.venv/bin/python -m pytest -m "not browser" "$@" || code=$?
left_out "$reason"
exit "$code"

#!/usr/bin/env bash
# Make .venv with the pinned requirements: `scripts/bootstrap.sh runtime|dev`. Quick when nothing has changed.
# As root on Debian or Ubuntu a missing system package is installed; otherwise the one line to run is printed.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:?runtime or dev}
venv=.venv

say() { printf '%s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

# What is installed: the pinned list, the project's own metadata, and where the checkout lies (the install is editable).
digest() { { cat "requirements/$1.txt" requirements/strangers.txt pyproject.toml scripts/bootstrap.sh; pwd; } | sha256sum | cut -d ' ' -f 1; }
installed() { [ -x "$venv/bin/python" ] && [ "$(cat "$venv/installed-$1" 2>/dev/null)" = "$(digest "$1")" ]; }

# Development includes what runs.
if installed "$kind" || { [ "$kind" = runtime ] && installed dev; }; then
    exit 0
fi

suitable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if suitable "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

install_packages() { # what it is for, then Debian's package names
    local purpose=$1
    shift
    if ! command -v apt-get >/dev/null; then
        fail "Missing: $purpose. Install it with your system's package manager ($* on Debian), then run make again."
    fi
    if [ "$(id -u)" -ne 0 ]; then
        fail "Missing: $purpose. Run this, then make again:  sudo apt-get install -y $*"
    fi
    say "Installing $* …"
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 ||
        { apt-get update -qq >/dev/null &&
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null; } ||
        fail "apt-get could not install $*."
}

make_venv() {
    local python version
    if ! python=$(find_python); then
        install_packages "Python 3.11 or newer" python3 python3-venv
        python=$(find_python) || fail "Python 3.11 or newer is needed; set PYTHON=/path/to/python3 if it has another name."
    fi
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        install_packages "Python's venv module" "python$version-venv"
    fi
    say "Making .venv with Python $version …"
    "$python" -m venv --clear "$venv"
}

if ! { [ -x "$venv/bin/python" ] && suitable "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
    make_venv
fi
say "Installing $(grep -c '==' "requirements/$kind.txt") pinned packages (once, about half a minute) …"
rm -f "$venv"/installed-*
pip=("$venv/bin/python" -m pip --quiet --quiet --disable-pip-version-check --no-input)
export PIP_ROOT_USER_ACTION=ignore
"${pip[@]}" install --require-hashes -r "requirements/$kind.txt"
"${pip[@]}" install --no-deps --no-build-isolation -e .
if [ "$kind" = dev ]; then # other people's clients, apart from ours: see requirements/strangers.in
    rm -rf "$venv/strangers"
    "${pip[@]}" install --require-hashes --target "$venv/strangers" -r requirements/strangers.txt
fi
digest "$kind" >"$venv/installed-$kind"

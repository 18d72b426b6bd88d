#!/usr/bin/env bash
# Install locked, hashed requirements and then this project into a virtual environment.
# usage: tools/install.sh VENV PYTHON REQUIREMENTS...
set -euo pipefail
venv=$1 python=$2
shift 2

say() { printf 'set-up: %s\n' "$*" >&2; }

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    say "$python is missing or older than 3.11; install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.12 ..."
    exit 2
}

requirements=()
for file in "$@"; do requirements+=(--requirement "$file"); done

if command -v uv >/dev/null; then
    say "with uv, into $venv"
    [ -x "$venv/bin/python" ] || uv venv --quiet --python "$python" "$venv"
    uv pip install --quiet --python "$venv/bin/python" --require-hashes "${requirements[@]}"
    uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
else
    say "with pip, into $venv (a minute the first time)"
    [ -x "$venv/bin/python" ] || "$python" -m venv "$venv" || {
        say "python's venv module is missing; on Debian: apt-get install python3-venv"
        exit 2
    }
    # An environment that uv made has no pip of its own.
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null
    pip=("$venv/bin/python" -m pip --disable-pip-version-check --quiet)
    "${pip[@]}" install --require-hashes "${requirements[@]}"
    "${pip[@]}" install --no-deps --no-build-isolation --editable .
fi

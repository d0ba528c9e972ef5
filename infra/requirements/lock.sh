#!/bin/sh
# Renews the lock files beside this script. Each lock is bound to the one before it, so that a package has the
# same version in tests, in the local stack and in the images.
set -eu
cd "$(dirname "$0")"

# The header names `make lock` instead of the command line, which could hold an address or a path of this machine.
lock() {
    ../../.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --custom-compile-command 'make lock' "$@"
}

lock --upgrade bootstrap.in --output-file bootstrap.txt
lock --upgrade dev.in --output-file dev.txt
lock --constraints dev.txt runtime.in --output-file runtime.txt
lock --constraints dev.txt analyst.in --output-file analyst.txt

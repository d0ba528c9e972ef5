#!/bin/sh
# Prepares a checkout: checks what must be installed, makes .venv from the lock file and the tools under .tools.
# Every step leaves its mark only after it succeeded, so an interrupted run is simply started again.
# PYTHON chooses the interpreter (default python3).
set -eu
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
lock=infra/requirements/dev.txt
installed_lock=.venv/installed-lock.txt

# missing THING DEBIAN FEDORA MACOS: one sentence with the thing and how to install it, then stop.
missing() {
    printf '%s is needed: apt-get install %s (Debian, Ubuntu), dnf install %s (Fedora), brew install %s (macOS).\n' "$@" >&2
    exit 1
}

check_commands() {
    command -v git >/dev/null || missing "git" git git git
    # ensurepip is a package of its own on Debian; without it no virtual environment can be made.
    "$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        missing "Python 3.11 or later with venv ($python is not)" "python3 python3-venv" python3 python@3.12
    java=${JAVA_HOME:+$JAVA_HOME/bin/}java
    case $("$java" -version 2>&1) in
        *'version "17'* | *'version "21'*) ;;
        *) missing "Java 17 or 21 ($java is not)" openjdk-17-jre-headless java-21-openjdk-headless openjdk@21 ;;
    esac
}

install_packages() {
    cmp -s "$lock" "$installed_lock" && return
    echo "Python packages: about 250, usually 1 to 3 minutes"
    rm -f "$installed_lock"
    "$python" -m venv .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
        --require-hashes --requirement infra/requirements/bootstrap.txt
    # On a terminal uv shows its progress; elsewhere it would list every package.
    [ -t 2 ] && quiet='' || quiet=--quiet
    .venv/bin/uv pip sync $quiet --compile-bytecode --python .venv --require-hashes "$lock"
    cp "$lock" "$installed_lock"
}

check_commands
install_packages
.venv/bin/python -m infra.local tools

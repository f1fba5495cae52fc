#!/usr/bin/env bash
# Sets up Speedy Gonzales and runs it; ./start.sh --help says how.
set -euo pipefail

here=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")" && pwd -P)
cd -- "$here"

venv_python="$here/.venv/bin/python"
installed="$here/.venv/.installed"   # copies of the requirements files that are installed
unfinished="$here/.venv/.unfinished" # there while packages are being installed
oldest_python=11                     # 3.11
oldest_java=17

usage() {
    cat <<'HELP'
Usage: ./start.sh [demo]            set up, run two jobs on real input, show what they wrote, stop
       ./start.sh serve             set up, run in the foreground until Ctrl-C or SIGTERM
       ./start.sh test [ARGUMENT…]  set up, run all tests; arguments go to pytest
       ./start.sh setup             set up everything, tests' packages too, and run nothing

Settings are environment variables, such as SPEEDY_PORT=9000; docs/operations.md lists them all.
HELP
}

say() { printf '%s\n' "$*" >&2; }

die() {
    printf '%s\n' "$@" >&2
    exit 1
}

# -- system packages -------------------------------------------------------------------------------------------------

# Prints what to put before a command that needs root; fails where there is no way.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        return 0
    fi
    command -v sudo >/dev/null && sudo -n true 2>/dev/null && printf 'sudo -n '
}

package_tool() {
    local tool
    for tool in apt-get dnf yum apk; do
        if command -v "$tool" >/dev/null; then
            printf '%s' "$tool"
            return
        fi
    done
    return 1
}

# Installs the first of some system packages that can be installed.
install_first() {
    local root tool package
    root=$(as_root) || return 1
    tool=$(package_tool) || return 1
    if [ "$tool" = apt-get ]; then
        ${root}apt-get update -qq >&2 || true
    fi
    for package in "$@"; do
        case "$tool" in
            apt-get) ${root}env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >&2 && return ;;
            dnf | yum) ${root}"$tool" install -y -q "$package" >&2 && return ;;
            apk) ${root}apk add --quiet "$package" >&2 && return ;;
        esac
    done
    return 1
}

# -- Python ----------------------------------------------------------------------------------------------------------

find_python() {
    local candidate
    for candidate in ${PYTHON:+"$PYTHON"} python3.11 python3.12 python3.13 python3.14 python3 python; do
        if "$candidate" -c "import sys; sys.exit(sys.version_info < (3, $oldest_python))" >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    die "Python 3.$oldest_python or newer is needed and was not found." \
        "Install it (Debian and Ubuntu: apt-get install python3.11 python3.11-venv; Fedora and Amazon Linux: dnf install python3.11;" \
        "macOS: brew install python@3.11), or name one: PYTHON=/path/to/python3.11 ./start.sh"
}

is_set_up() { # $1: requirements.txt or requirements-dev.txt
    [ ! -e "$unfinished" ] && "$venv_python" -c '' 2>/dev/null &&
        cmp -s requirements.txt "$installed/requirements.txt" && cmp -s "$1" "$installed/$1"
}

make_venv() { # $1: the Python to use
    local version
    if ! "$1" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$1" -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
        say "Python's venv module is not complete; installing $version-venv …"
        install_first "$version-venv" && "$1" -c 'import ensurepip, venv' 2>/dev/null ||
            die "$1 cannot make virtual environments." "Install the package $version-venv: apt-get install $version-venv"
    fi
    if [ -e "$here/.venv" ] && [ ! -w "$here/.venv" ]; then
        die "$here/.venv cannot be used, and is not ours to replace." "Run this as its owner, or remove that folder."
    fi
    rm -rf -- "$here/.venv"
    "$1" -m venv "$here/.venv"
}

set_up_packages() { # $1: requirements.txt or requirements-dev.txt
    if is_set_up "$1"; then
        return
    fi
    local python
    python=$(find_python)
    # One set-up at a time: the lock is on this file's open descriptor, so it goes with this process.
    exec 9<"$here/start.sh"
    "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)' 2>/dev/null || {
        say "Another start.sh is setting up; waiting for it …"
        "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
    }
    if ! is_set_up "$1"; then
        # Interrupted half-way, or its Python has gone: what is there cannot be trusted.
        if [ -e "$unfinished" ] || ! "$venv_python" -m pip --version >/dev/null 2>&1; then
            say "Making a virtual environment in .venv …"
            make_venv "$python"
        fi
        install_packages "$1"
    fi
    exec 9<&-
}

install_packages() { # $1: requirements.txt or requirements-dev.txt
    say "Installing packages; the first time this takes a few minutes …"
    trap 'exit 130' INT TERM # leaves the mark, so that the next run starts afresh
    : >"$unfinished"
    if ! "$venv_python" -m pip install --quiet --disable-pip-version-check --no-input --use-pep517 -r "$1"; then
        rm -f -- "$unfinished" # pip failed by itself, before it changed anything, and said why
        die "The packages could not be installed; pip's message stands above." "Check the network and run this again."
    fi
    mkdir -p -- "$installed"
    cp -- requirements.txt "$installed/"
    cp -- "$1" "$installed/$1"
    rm -f -- "$unfinished"
    trap - INT TERM
}

# -- Java ------------------------------------------------------------------------------------------------------------

# Whether a folder holds a Java that is new enough. Its `release` file says so without starting it.
is_java_home() {
    local version=''
    [ -x "$1/bin/java" ] || return 1
    if [ -r "$1/release" ]; then
        version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release")
    fi
    if [ -z "$version" ]; then
        version=$("$1/bin/java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
    fi
    [ "${version:-0}" -ge "$oldest_java" ]
}

java_homes() {
    printf '%s\n' "${JAVA_HOME:-}"
    if command -v java >/dev/null; then
        dirname -- "$(dirname -- "$(readlink -f -- "$(command -v java)")")"
    fi
    if [ -x /usr/libexec/java_home ]; then
        /usr/libexec/java_home -v "$oldest_java+" 2>/dev/null || true
    fi
    # Those that Spark is tested with come first.
    printf '%s\n' /usr/lib/jvm/*17* /usr/lib/jvm/*21* /usr/lib/jvm/*
}

find_java() {
    local home
    while IFS= read -r home; do
        if [ -n "$home" ] && is_java_home "$home"; then
            printf '%s' "$home"
            return
        fi
    done < <(java_homes)
    return 1
}

set_up_java() {
    local home packages
    if ! home=$(find_java); then
        case "$(package_tool || true)" in
            apt-get) packages='openjdk-17-jre-headless openjdk-21-jre-headless' ;;
            dnf | yum) packages='java-17-openjdk-headless java-21-openjdk-headless java-17-amazon-corretto-headless java-21-amazon-corretto-headless' ;;
            apk) packages='openjdk17-jre-headless openjdk21-jre-headless' ;;
            *) packages='' ;;
        esac
        say "Java $oldest_java or newer was not found; installing it …"
        # shellcheck disable=SC2086 # a list of words
        { [ -n "$packages" ] && install_first $packages && home=$(find_java); } ||
            die "Java $oldest_java or newer is needed, and could not be installed from here." \
                "Install a Java runtime ($(package_tool || printf 'your package manager') install ${packages%% *}) or set JAVA_HOME to one."
    fi
    export JAVA_HOME="$home"
}

# -- commands --------------------------------------------------------------------------------------------------------

command=${1:-demo}
[ $# -eq 0 ] || shift
case "$command" in
    demo | serve)
        set_up_packages requirements.txt
        set_up_java
        exec "$venv_python" -m server.supervisor "$command" "$@"
        ;;
    test)
        set_up_packages requirements-dev.txt
        set_up_java
        exec "$venv_python" -m pytest "$@"
        ;;
    setup)
        set_up_packages requirements-dev.txt
        set_up_java
        ;;
    -h | --help | help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac

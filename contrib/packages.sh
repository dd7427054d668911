# shellcheck shell=bash
# packages.sh - installs the Debian packages that are missing. Sourced by quickstart and run-tests.
#
#     packages_need "why" NAME...        as often as needed
#     packages_install                   says what is missing and why, installs it; 1 if it cannot

PACKAGES_MISSING=()
PACKAGES_WHY=()

packages_need() {
    local why=$1 name missing=()
    shift
    for name in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || missing+=("$name")
    done
    [[ ${#missing[@]} -gt 0 ]] || return 0
    PACKAGES_MISSING+=("${missing[@]}")
    PACKAGES_WHY+=("$why: ${missing[*]}")
}

packages_install() {
    [[ ${#PACKAGES_MISSING[@]} -gt 0 ]] || return 0
    local line root=()
    echo "Debian packages are missing:"
    for line in "${PACKAGES_WHY[@]}"; do
        echo "  $line"
    done
    if ! command -v apt-get >/dev/null; then
        echo "There is no apt-get here. Install what corresponds to them, and the like of dpkg-query, or use Debian 12." >&2
        return 1
    fi
    if [[ $EUID -ne 0 ]]; then
        if ! command -v sudo >/dev/null; then
            echo "Only root may install them. Run this as root, then start again:" >&2
            echo "  apt-get install ${PACKAGES_MISSING[*]}" >&2
            return 1
        fi
        echo "Installing them with sudo; nothing else here needs root."
        root=(sudo)
    fi
    "${root[@]}" bash -s -- "${PACKAGES_MISSING[@]}" <<'ROOT'
set -euo pipefail
# Packages of servers start them at once, on the usual ports. Nobody asked for that here: they are
# neither started now nor at the next boot, unless they were there before.
policy=/usr/sbin/policy-rc.d
made=''
if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
    made=1
fi
trap '[[ -z $made ]] || rm -f "$policy"' EXIT
export DEBIAN_FRONTEND=noninteractive
apt-get update -q
apt-get install -q -y --no-install-recommends "$@"
if [[ -d /run/systemd/system ]]; then
    for name in "$@"; do
        case $name in
        lighttpd | apache2 | pgbouncer) systemctl disable -q "$name" ;;
        postgresql-*) systemctl disable -q postgresql ;;
        esac
    done
fi
ROOT
}

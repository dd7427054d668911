# shellcheck shell=bash
# What the start scripts of all peers share. Sourced first.
#
# A start script runs a peer in a temporary folder of its own until its standard input ends:
#
#     start --build DIR --port N [--tcp]      N: a TCP port that the kernel has just said to be free
#
# It prints "ready address=A post=A people=DIR pids=P[,P] rest=P[,P]" when the peer takes connections. `pids` serve
# the clients, `rest` is whatever else belongs to it (database, web server): each with its children. Then it
# reads commands, a line each, and answers each with a line. All know "restart": fresh serving processes, and
# the same line again. In the folder `people` lie three lists of accounts (see bench/people.h):
#
#     one   all of them in one room        ten   in rooms of ten        solo   64, each alone in a room
top=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../..")
build=$PWD pin=yes keep=no tcp=no port=0 yardstick_pid='' peer_pid=''
clients=10000
declare -A hold_pid=()
# shellcheck source=bench/stack.sh
source "$top/bench/stack.sh"

peer_begin() {
    while [[ $# -gt 0 ]]; do
        case $1 in
        --build) build=$(realpath "$2") && shift ;;
        --port) peer_port=$2 && shift ;;
        --clients) clients=$2 && shift ;;
        --tcp) tcp=yes ;;
        *) die "unknown option $1" ;;
        esac
        shift
    done
    stack_begin
    trap peer_end EXIT
    mkdir "$work/people"
}

peer_end() {
    set +e
    stop "$peer_pid"
    stack_end
}

# The lists, for peers that take any. With a number: so many names in all; else each line has its own.
people_write() {
    awk -v n="$clients" -v names="${1:-0}" -v dir="$work/people" '
        function name(list, i) { return names ? "u" i % names : list i }
        BEGIN {
            for (i = 0; i < n; i++) {
                print i + 1, name("one", i), 1, "-" >(dir "/one")
                print i + 1, name("ten", i), 0, 100 + int(i / 10) >(dir "/ten")
                if (i < 64) print i + 1, name("solo", i), 0, 1000000 + i >(dir "/solo")
            }
        }'
}

# Calls `peer_start` and `peer_ready`, then obeys.
peer_serve() {
    local words
    peer_start
    peer_ready
    while read -r -a words; do
        case ${words[0]:-} in
        restart)
            stop "$peer_pid"
            peer_start
            peer_ready
            ;;
        *) "peer_command_${words[0]}" "${words[@]:1}" || echo "failed=1" ;;
        esac
    done
}

# shellcheck shell=bash
# A whole Confab of its own for bench/run: PostgreSQL, handlers, pusher, lighttpd, in a folder of their own,
# on Unix sockets and one loopback port. Sourced. Needs: $top (sources), $build (programs).
#
#   stack_begin                     makes $work, arranges for everything to be stopped at exit
#   stack_postgres, stack_database  the cluster; role, schema, key, tenant
#   stack_pusher, stack_handlers N, stack_lighttpd
#   stack_end
#
# Sets: $work, $conf, $push (the pusher's socket), $pusher_pid, $handlers_pid, $port.

work='' conf='' push='' pusher_pid='' handlers_pid='' lighttpd_pid='' postgres_pid='' postgres_user='' port=''
# Put before a command: the user that PostgreSQL runs as, and the cores of servers and of clients.
as_postgres=() on_server=() on_client=()

say() { printf '%s\n' "$*" >&2; }
die() {
    printf 'bench/run: %s\n' "$*" >&2
    exit 1
}

program() {
    local found
    found=$(find "$build" -type f -name "$1" -perm -u+x -print -quit)
    [[ -n $found ]] || die "$1 was not built in $build: run make there, or name the folder with --build"
    printf '%s' "$found"
}

stack_begin() {
    local name
    ulimit -n "$(ulimit -Hn)"
    work=$(mktemp -d "${TMPDIR:-/tmp}/confab-bench.XXXXXX")
    trap stack_end EXIT
    trap 'exit 1' INT TERM HUP
    chmod 755 "$work"
    conf=$work/confab.conf
    push=$work/push.sock
    if [[ $EUID -eq 0 ]]; then
        # PostgreSQL refuses root.
        for name in confab postgres nobody; do
            ! id "$name" >/dev/null 2>&1 || break
        done
        as_postgres=(setpriv "--reuid=$name" "--regid=$(id -g "$name")" --clear-groups --)
        postgres_user=$name
    fi
    if [[ $pin == yes && $(nproc) -ge 2 ]]; then
        on_server=(taskset -c 0)
        on_client=(taskset -c 1)
    fi
}

# Ends a process of ours, by a signal, then by force after five seconds.
stop() {
    local pid=$1 signal=${2:-TERM} i
    [[ -n $pid ]] && kill -0 "$pid" 2>/dev/null || return 0
    kill -CONT "$pid" 2>/dev/null || true
    kill -s "$signal" "$pid" 2>/dev/null || true
    for ((i = 0; i < 50; i++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

stack_end() {
    local pid
    set +e
    for pid in "${hold_pid[@]:-}" "$yardstick_pid" "$lighttpd_pid" "$pusher_pid" "$handlers_pid"; do stop "$pid"; done
    stop "$postgres_pid" INT
    if [[ $keep == yes ]]; then say "bench/run: everything stays in $work"; else rm -rf "$work"; fi
}

# until_true SECONDS WHAT COMMAND...
until_true() {
    local i n=$(($1 * 20)) what=$2
    shift 2
    for ((i = 0; i < n; i++)); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.05
    done
    tail -n 20 "$work"/*.log >&2
    die "$what does not answer"
}

pg_bin() {
    local dir
    dir=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
    printf '%s' "${dir:-$(dirname "$(command -v initdb)")}"
}

sql() { "$(pg_bin)/psql" -X -q -At -v ON_ERROR_STOP=1 -h "$work/pg" -U confab_admin "$@"; }

stack_postgres() {
    mkdir "$work/pg"
    [[ $EUID -ne 0 ]] || chown "$postgres_user" "$work/pg"
    (cd "$work/pg" && "${as_postgres[@]}" "$(pg_bin)/initdb" -D "$work/pg/data" -U confab_admin -A trust -E UTF8 --locale=C.UTF-8) >"$work/initdb.log" 2>&1 ||
        die "initdb failed: $(tail -n 3 "$work/initdb.log")"
    # Durable as in earnest: an acknowledged message is on the disk.
    "${as_postgres[@]}" "$(pg_bin)/postgres" -D "$work/pg/data" -k "$work/pg" -c listen_addresses= -c max_connections=60 -c shared_buffers=256MB \
        -c max_wal_size=4GB -c jit=off >"$work/postgres.log" 2>&1 &
    postgres_pid=$!
    until_true 30 PostgreSQL sql -d postgres -c 'SELECT 1'
}

ctl() { "$(program confabctl)" --config "$conf" "$@" >>"$work/ctl.log" 2>&1 || die "confabctl $*: $(tail -n 3 "$work/ctl.log")"; }

stack_database() {
    cat >"$conf" <<END
database_api = host=$work/pg dbname=confab user=confab_api
database_push = host=$work/pg dbname=confab user=confab_push
database_admin = host=$work/pg dbname=confab user=confab_admin
key_file = $work/key
push_listen = unix:$push
push_connections = 15000
send_burst = 100000
END
    sql -d postgres -c 'CREATE DATABASE confab'
    ctl key new
    ctl init
    ctl migrate
    ctl tenant create main --name Bench
}

# fill NAME ARGUMENT...: accounts NAME0..., listed in $work/NAME.
fill() {
    local name=$1
    shift
    "$(program fill)" --database "host=$work/pg dbname=confab user=confab_admin" --key-file "$work/key" --tenant main --prefix "$name" \
        --out "$work/$name" "$@" >&2 || die "cannot fill the database"
}

post() { "$(program post)" --config "$conf" "$@" >>"$work/post.log" || die "cannot post"; }

stack_pusher() {
    stop "$pusher_pid"
    rm -f "$push"
    "${on_server[@]}" "$(program confab-pushd)" --config "$conf" >>"$work/pusher.log" 2>&1 &
    pusher_pid=$!
    until_true 10 "the pusher" curl -sf -m 2 --unix-socket "$push" http://localhost/push/health
}

stack_handlers() {
    "$(program confab.fcgi)" --config "$conf" --listen "unix:$work/api.sock" --workers "$1" >>"$work/handlers.log" 2>&1 &
    handlers_pid=$!
    until_true 10 "the handlers" test -S "$work/api.sock"
}

# A process and its children.
tree() {
    local child children
    printf '%s\n' "$1"
    read -r -a children < <(cat "/proc/$1/task/$1/children") || true
    for child in "${children[@]}"; do tree "$child"; done
}

own_kib() { awk '/^Anonymous:/ {print $2}' "/proc/$1/smaps_rollup"; }
pss_kib() { awk '/^Pss:/ {print $2}' "/proc/$1/smaps_rollup"; }

fill_template() { # fill_template TEMPLATE TARGET NAME=VALUE...
    local text pair
    text=$(<"$1")
    for pair in "${@:3}"; do text=${text//"@${pair%%=*}@"/"${pair#*=}"}; done
    printf '%s\n' "$text" >"$2"
}

port_is_free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

stack_lighttpd() {
    local of=$top/contrib/lighttpd
    mkdir -p "$work/upload"
    port=$((20000 + RANDOM % 20000))
    until port_is_free "$port"; do port=$((port + 1)); done
    fill_template "$of/confab-site.conf.in" "$work/site.conf" "www=$top/www" "push_socket=$push"
    fill_template "$of/confab-fastcgi.conf.in" "$work/api.conf" "api_socket=$work/api.sock" "files_socket=$work/api.sock"
    fill_template "$of/server.conf.in" "$work/lighttpd.conf" address=127.0.0.1 "port=$port" "state=$work" "log=$work/lighttpd.log" \
        "site=$work/site.conf" "api=$work/api.conf"
    PATH=$PATH:/usr/sbin lighttpd -D -f "$work/lighttpd.conf" 2>>"$work/lighttpd.log" &
    lighttpd_pid=$!
    until_true 10 lighttpd curl -s -o /dev/null -m 2 "http://127.0.0.1:$port/push/health"
}

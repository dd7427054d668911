# shellcheck shell=bash
# Apache in front of Confab's handlers, in each of the three ways of contrib/apache. Sourced by start.

apache_port=0

apache_modules() {
    local name
    for name in mpm_event authz_core alias dir headers mime setenvif proxy proxy_http "$@"; do
        printf 'LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n' "$name" "$name"
    done
}

# apache_start KIND
apache_start() {
    local dir=$work/$1 of=$top/contrib/apache way=${1#apache-} modules extra=''
    mkdir "$dir"
    case $1 in
    apache-fcgid)
        modules=$(apache_modules fcgid)
        extra=$(printf 'FcgidIPCDir %s\nFcgidProcessTableFile %s/fcgid_shm\n' "$dir" "$dir")
        ;;
    apache-proxy)
        way=proxy-fcgi
        modules=$(apache_modules proxy_fcgi)
        ;;
    apache-cgi)
        modules=$(apache_modules cgid env)
        extra="ScriptSock $dir/cgid.sock"
        ;;
    *) die "unknown web server $1" ;;
    esac
    [[ $EUID -ne 0 ]] || chown "$postgres_user" "$dir" "$work/api.sock"
    # The handlers that Apache starts are its own user's, and want the key.
    [[ $EUID -ne 0 ]] || { chgrp "$(id -g "$postgres_user")" "$work/key" && chmod 640 "$work/key"; }
    apache_port=$((20000 + RANDOM % 20000))
    until port_is_free "$apache_port"; do apache_port=$((apache_port + 1)); done
    fill_template "$of/confab-site.conf.in" "$dir/site.conf" "www=$top/www" "push_socket=$push" push_max=60
    fill_template "$of/confab-$way.conf.in" "$dir/api.conf" "program=$(program confab.fcgi)" "conf=$conf" processes=32 "api_socket=$work/api.sock" "files_socket=$work/api.sock"
    fill_template "$of/server.conf.in" "$dir/server.conf" "state=$dir" address=127.0.0.1 "port=$apache_port" "log=$dir/error.log" \
        "load=$modules" types=/etc/mime.types "extra=$extra" "site=$dir/site.conf" "api=$dir/api.conf"
    PATH=$PATH:/usr/sbin "${as_postgres[@]}" apache2 -D FOREGROUND -f "$dir/server.conf" >>"$work/apache.log" 2>&1 &
    apache_pid=$!
    until_true 10 Apache curl -s -o /dev/null -m 5 "http://127.0.0.1:$apache_port/api/me"
}

peer_command_web() {
    stop "$apache_pid"
    apache_pid=''
    web=$1
    [[ $web == lighttpd ]] || apache_start "$web"
    peer_ready
}

#!/bin/sh
# Sets an installation up, so that the web process and the opener are two users (and on PostgreSQL two roles) and
# neither reaches into the other's room. Run it as root, in the project's folder, with both services stopped:
#
#     sh docs/install/separate-rooms.sh sqlite|postgresql [--no-migrate]
#
# It can be run again at any time, and is: after an upgrade, after a restore, after something was changed by hand.
# --no-migrate makes no tables: for a machine on which a backup is put back.
#
# Beside PORTAL_HOME it reads the names below; each has a default. PostgreSQL is asked as the system's user postgres,
# or, where PGHOST is set, as whoever PGUSER and PGPASSWORD name: a superuser.
set -eu
umask 077

HOME_FOLDER=${PORTAL_HOME:-/var/lib/feedback}
WEB_USER=${WEB_USER:-feedback}
OPENER_USER=${OPENER_USER:-opener}
DATABASE=${DATABASE:-feedback}
SECRETS=${SECRETS:-/etc/feedback}
PYTHON=${PYTHON:-.venv/bin/python}

fail() { echo "$1" >&2; exit 1; }

# --- users: the opener is in the web process's group, never the other way round

make_users() {
    for user in "$WEB_USER" "$OPENER_USER"; do
        id "$user" >/dev/null 2>&1 || useradd --system --user-group "$user"
    done
    GROUP=$(id -gn "$WEB_USER")
    id -Gn "$OPENER_USER" | tr ' ' '\n' | grep -qx "$GROUP" || usermod -aG "$GROUP" "$OPENER_USER"
}

# --- PostgreSQL: three roles with three passwords, each in the one file of those who may know it

ask() {  # run the statements of standard input as a superuser, on a database; nothing of them goes into the server's log
    quiet="SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';"
    { echo "$quiet"; cat; } | if [ -n "${PGHOST:-}" ]; then
        psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1"
    else
        runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1"
    fi
}

make_role() {  # make_role ROLE FILE NAME: where no address stands in the file, the role gets a new password
    grep -qs "^$3=" "$2" && return 0
    password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    there=$(echo "SELECT 1 FROM pg_roles WHERE rolname = '$1';" | ask postgres)
    if [ -n "$there" ]; then verb=ALTER; else verb=CREATE; fi
    echo "SET password_encryption = 'scram-sha-256'; $verb ROLE \"$1\" LOGIN PASSWORD '$password';" | ask postgres
    # a file whose last line does not end would swallow ours
    [ ! -s "$2" ] || [ -z "$(tail -c 1 "$2")" ] || echo >>"$2"
    case "${PGHOST:-}" in '' | /*) host=localhost ;; *) host=$PGHOST ;; esac
    echo "$3=postgresql://$1:$password@$host:${PGPORT:-5432}/$DATABASE" >>"$2"
}

make_database() {
    mkdir -p "$SECRETS"
    make_role owner "$SECRETS/owner.env" OWNER_DATABASE_URL
    make_role counting "$SECRETS/opener.env" ANSWERS_DATABASE_URL
    make_role front "$HOME_FOLDER/portal.env" DATABASE_URL
    if [ -z "$(echo "SELECT 1 FROM pg_database WHERE datname = '$DATABASE';" | ask postgres)" ]; then
        echo "CREATE DATABASE \"$DATABASE\" OWNER owner ENCODING 'UTF8' TEMPLATE template0;" | ask postgres
    fi
    # Nothing of a person into the server's log, no times of rows, and no deleted words in an old write-ahead log.
    ask postgres <<SQL
REVOKE ALL ON DATABASE "$DATABASE" FROM PUBLIC;
GRANT CONNECT ON DATABASE "$DATABASE" TO front, counting;
ALTER SYSTEM SET log_error_verbosity = terse;
ALTER SYSTEM SET log_parameter_max_length = 0;
ALTER SYSTEM SET log_parameter_max_length_on_error = 0;
ALTER SYSTEM SET log_min_duration_statement = -1;
ALTER SYSTEM SET track_commit_timestamp = off;
ALTER SYSTEM SET wal_recycle = off;
ALTER SYSTEM SET archive_mode = off;
ALTER SYSTEM SET archive_timeout = '1h';
SELECT 'PostgreSQL has read its settings again.' WHERE NOT pg_reload_conf();
SQL
}

migrate() {
    if [ -f "$SECRETS/owner.env" ] && [ "$KIND" = postgresql ]; then
        OWNER_DATABASE_URL=$(sed -n 's/^OWNER_DATABASE_URL=//p' "$SECRETS/owner.env")
        export OWNER_DATABASE_URL
    fi
    (umask 007; PORTAL_HOME=$HOME_FOLDER "$PYTHON" -m flask --app wsgi database migrate)
}

# --- folders: root never follows a name that another user may have laid

own() {  # own USER PATH...: what is not there is left out
    owner=$1; shift
    for path in "$@"; do
        [ ! -L "$path" ] || fail "$path is a link. Find out who laid it, and remove it."
        [ ! -e "$path" ] || chown -R -h -P "$owner" "$path"
    done
}

share_folder() {
    own "root:$GROUP" "$HOME_FOLDER/portal.env" "$HOME_FOLDER/portal.db"
    chmod 640 "$HOME_FOLDER/portal.env"
    chown "root:$GROUP" "$HOME_FOLDER"
    if [ "$KIND" = postgresql ]; then
        chmod 0755 "$HOME_FOLDER"
    else
        # both write portal.db and its two side files; 2: new files get the group, 1: nobody moves another's away
        chmod 3770 "$HOME_FOLDER"
        [ ! -e "$HOME_FOLDER/portal.db" ] || chmod 660 "$HOME_FOLDER/portal.db"
    fi
    own "$WEB_USER:" "$HOME_FOLDER/keys" "$HOME_FOLDER/logs"
    own "$OPENER_USER:" "$HOME_FOLDER/counting"
}

KIND=${1:-}
case "$KIND" in sqlite | postgresql) ;; *) fail "Say which database: sqlite or postgresql." ;; esac
case "${2:-}" in '' | --no-migrate) ;; *) fail "$2 is not known; there is --no-migrate." ;; esac
[ "$(id -u)" = 0 ] || fail "Run this as root."
[ -f wsgi.py ] || fail "Run this in the project's folder."
[ -f "$HOME_FOLDER/portal.env" ] || fail "Write $HOME_FOLDER/portal.env first: docs/operating.md says what it needs."
[ ! -L "$HOME_FOLDER/portal.env" ] || fail "$HOME_FOLDER/portal.env is a link. Find out who laid it, and remove it."
make_users
share_folder  # before any password is written into it
[ "$KIND" = sqlite ] || make_database
[ "${2:-}" = --no-migrate ] || migrate
share_folder

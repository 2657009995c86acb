#!/bin/sh
# Sets up an installation in which the web process and the opener are two users (on PostgreSQL also two roles), and
# neither can reach the other's database and keys. Run it as root, in the project's folder, with both services stopped:
#
#     sh docs/install/separate-rooms.sh sqlite|postgresql [--no-migrate]
#
# It can be run again at any time. Run it again after an upgrade, after a restore, and after manual changes.
# --no-migrate creates no tables: for a machine on which a backup will be restored.
#
# As well as PORTAL_HOME it reads the variables below; each has a default. It connects to PostgreSQL as the system user
# postgres or, if PGHOST is set, as the superuser named by PGUSER and PGPASSWORD.
set -eu
umask 077

HOME_FOLDER=${PORTAL_HOME:-/var/lib/feedback}
WEB_USER=${WEB_USER:-feedback}
OPENER_USER=${OPENER_USER:-opener}
DATABASE=${DATABASE:-feedback}
SECRETS=${SECRETS:-/etc/feedback}
PYTHON=${PYTHON:-.venv/bin/python}

fail() { echo "$1" >&2; exit 1; }

# --- users: the opener is in the web process's group, never the reverse

make_users() {
    for user in "$WEB_USER" "$OPENER_USER"; do
        id "$user" >/dev/null 2>&1 || useradd --system --user-group "$user"
    done
    GROUP=$(id -gn "$WEB_USER")
    id -Gn "$OPENER_USER" | tr ' ' '\n' | grep -qx "$GROUP" || usermod -aG "$GROUP" "$OPENER_USER"
}

# --- PostgreSQL: three roles with three passwords, each in a file that only those who need it can read

ask() {  # run statements from standard input as a superuser on a database; the server does not log them
    quiet="SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';"
    { echo "$quiet"; cat; } | if [ -n "${PGHOST:-}" ]; then
        psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1"
    else
        runuser -u postgres -- psql -X -q -A -t -v ON_ERROR_STOP=1 -d "$1"
    fi
}

make_role() {  # make_role ROLE FILE NAME: if the file has no address, the role gets a new password
    grep -qs "^$3=" "$2" && return 0
    password=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    there=$(echo "SELECT 1 FROM pg_roles WHERE rolname = '$1';" | ask postgres)
    if [ -n "$there" ]; then verb=ALTER; else verb=CREATE; fi
    echo "SET password_encryption = 'scram-sha-256'; $verb ROLE \"$1\" LOGIN PASSWORD '$password';" | ask postgres
    # without a newline at the end of the file, our line would be joined to the last one
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
    # No personal data in the server's log, no times of rows, and no deleted comments in old write-ahead log files.
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
SELECT 'PostgreSQL could not reload its settings.' WHERE NOT pg_reload_conf();
SQL
}

migrate() {
    if [ -f "$SECRETS/owner.env" ] && [ "$KIND" = postgresql ]; then
        OWNER_DATABASE_URL=$(sed -n 's/^OWNER_DATABASE_URL=//p' "$SECRETS/owner.env")
        export OWNER_DATABASE_URL
    fi
    (umask 007; PORTAL_HOME=$HOME_FOLDER "$PYTHON" -m flask --app wsgi database migrate)
}

# --- folders: root never follows a link that another user may have placed

own() {  # own USER PATH...: paths that do not exist are skipped
    owner=$1; shift
    for path in "$@"; do
        [ ! -L "$path" ] || fail "$path is a link. Find out who created it, and remove it."
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
        # both users write portal.db and its two side files; 2: new files get the group, 1: only owners can move their files
        chmod 3770 "$HOME_FOLDER"
        [ ! -e "$HOME_FOLDER/portal.db" ] || chmod 660 "$HOME_FOLDER/portal.db"
    fi
    mkdir -p -m 700 "$HOME_FOLDER/reports"
    own "$WEB_USER:" "$HOME_FOLDER/keys" "$HOME_FOLDER/logs" "$HOME_FOLDER/reports"
    own "$OPENER_USER:" "$HOME_FOLDER/counting"
}

KIND=${1:-}
case "$KIND" in sqlite | postgresql) ;; *) fail "Name the database: sqlite or postgresql." ;; esac
case "${2:-}" in '' | --no-migrate) ;; *) fail "$2 is not known; the only option is --no-migrate." ;; esac
[ "$(id -u)" = 0 ] || fail "Run this as root."
[ -f wsgi.py ] || fail "Run this in the project's folder."
[ -f "$HOME_FOLDER/portal.env" ] || fail "Write $HOME_FOLDER/portal.env first: see docs/operating.md for the settings it needs."
[ ! -L "$HOME_FOLDER/portal.env" ] || fail "$HOME_FOLDER/portal.env is a link. Find out who created it, and remove it."
make_users
share_folder  # before any password is written into it
[ "$KIND" = sqlite ] || make_database
[ "${2:-}" = --no-migrate ] || migrate
share_folder

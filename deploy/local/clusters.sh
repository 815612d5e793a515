# One PostgreSQL cluster per service. See docs/adr/0001-enter-data-folders-by-descriptor.md.
# shellcheck shell=bash

# The newest installed release makes new clusters; an old cluster goes on with the one that made it.
postgres_bin() { # postgres_bin NAME
  local version folders
  if [[ -f $data/$1/PG_VERSION ]]; then
    version=$(<"$data/$1/PG_VERSION")
  else
    folders=(/usr/lib/postgresql/*/bin/postgres)
    version=$(printf '%s\n' "${folders[@]}" | cut -d/ -f5 | sort -n | tail -n 1)
  fi
  printf '/usr/lib/postgresql/%s/bin' "$version"
}

# PostgreSQL refuses to run as root, so that root hands it to the package's own user. A backend
# keeps the memory of its last statement: glibc would give back all above 128 KiB after each, and
# the next had to fault it in again, page by page.
as_postgres=(env -i PATH=/usr/bin:/bin LANG=C.UTF-8 TZ=UTC
  MALLOC_MMAP_THRESHOLD_=4194304 MALLOC_TRIM_THRESHOLD_=8388608)
if ((EUID == 0)); then
  as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups "${as_postgres[@]}")
fi

# in_cluster NAME COMMAND... : runs the command beside the data folder, which it finds open as
# descriptor 9. That other user may have no way through the folders above ours (a checkout in
# /root): an open descriptor needs none, and no privilege either.
in_cluster() {
  local name=$1
  shift
  (
    exec 9<"$data/$name"
    cd /
    exec "${as_postgres[@]}" "$@"
  )
}
cluster_folder=/proc/self/fd/9

make_cluster() {
  local name=$1 service=${1%-db} bin
  [[ ! -f $data/$name.ready ]] || return 0
  bin=$(postgres_bin "$name")
  rm -rf "${data:?}/$name"
  mkdir -p "$data/$name"
  chmod 700 "$data/$name"
  ((EUID != 0)) || chown postgres: "$data/$name"
  # Whom it trusts is decided below, before it first listens.
  in_cluster "$name" "$bin/initdb" -D "$cluster_folder" -U postgres --encoding=UTF8 \
    --locale=C.UTF-8 --auth=trust >>"$log/$name.log" 2>&1 ||
    die "initdb failed; see $log/$name.log"
  # The superuser gets no password and so no way in: all that is ever needed of it is done here.
  in_cluster "$name" "$bin/postgres" --single -D "$cluster_folder" postgres \
    >>"$log/$name.log" 2>&1 <<SQL || die "the role could not be made; see $log/$name.log"
CREATE ROLE "$service" LOGIN PASSWORD '$(secret "$service-database-password")'
CREATE DATABASE "$service" OWNER "$service"
SQL
  cat >>"$data/$name/postgresql.conf" <<'CONF'

# Sized for a laptop that runs four clusters; what makes a commit durable stays as it is.
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
shared_buffers = 64MB
fsync = on
synchronous_commit = on
full_page_writes = on
max_wal_size = 512MB
jit = off
max_parallel_workers_per_gather = 0
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
CONF
  : >"$data/$name.ready"
}

# show_certificate NAME : into its data folder, which is all that its user may read.
show_certificate() {
  local file
  for file in certificate certificate-key; do
    install -m 600 "$secrets/$1-$file.pem" "$data/$1/$file.pem"
    ((EUID != 0)) || chown postgres: "$data/$1/$file.pem"
  done
}

# choose_cluster_settings : sets cluster_settings. Without TLS the services come by a Unix socket,
# for which both sides have less to do (docs/adr/0019); anybody else comes by TCP.
choose_cluster_settings() {
  cluster_settings=(-c "unix_socket_directories=$database_socket")
  ! tls_on || cluster_settings=(-c ssl=on -c ssl_cert_file=certificate.pem
    -c ssl_key_file=certificate-key.pem)
}

# let_in NAME : its own service, by its password. Written at each launch, since what an older
# version wrote may know fewer ways.
let_in() {
  local service=${1%-db}
  printf '%s "%s" "%s" %s scram-sha-256\n' \
    host "$service" "$service" 127.0.0.1/32 local "$service" "$service" '' \
    >"$data/$1/pg_hba.conf"
}

launch_cluster() {
  local name=$1 cluster_settings
  make_cluster "$name"
  let_in "$name"
  ! tls_on || show_certificate "$name"
  choose_cluster_settings
  # Whoever held this lock is dead, or we would not be here; but a zombie still answers kill -0,
  # which is all that PostgreSQL asks.
  rm -f "$data/$name/postmaster.pid"
  exec 9<"$data/$name"
  (
    cd /
    launch "$name" 9 "${as_postgres[@]}" "$(postgres_bin "$name")/postgres" -D "$cluster_folder" \
      -c "port=${port[$name]}" -c "cluster_name=$name" "${cluster_settings[@]}"
  )
  exec 9<&-
}

# listens_as_wished PID : whether that cluster was launched as one would be now.
listens_as_wished() {
  local cluster_settings
  choose_cluster_settings
  tr '\0' ' ' <"/proc/$1/cmdline" | grep -qF -- "${cluster_settings[*]}"
}

cluster_ready() {
  "$(postgres_bin "$1")/pg_isready" -q -h 127.0.0.1 -p "${port[$1]}" \
    -d "${1%-db}" -U "${1%-db}" -t 2
}

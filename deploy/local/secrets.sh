# Secrets of this installation: made once, one file each, readable by their owner only.
# shellcheck shell=bash

# secret NAME : its value.
secret() { printf '%s' "$(<"$secrets/$1")"; }

# make_secret NAME COMMAND... : keeps what the command prints, if there is no such secret yet.
make_secret() { [[ -s $secrets/$1 ]] || replace_secret "$@"; }

# replace_secret NAME COMMAND... : puts what the command prints in its place. Written aside first:
# an interrupted run leaves no half of one.
replace_secret() {
  local name=$1
  shift
  "$@" >"$secrets/.$name.new"
  mv "$secrets/.$name.new" "$secrets/$name"
}

random_hex() { openssl rand -hex "$1"; }
random_base64() { openssl rand -base64 "$1"; }
prefixed_hex() { printf '%s%s\n' "$1" "$(random_hex "$2")"; }
signing_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 2>/dev/null; }

base64url() { basenc --base64url -w 0 | tr -d '='; }

# public_jwk SERVICE [FILE] : the service's public key, or that of the private one in FILE, as a JWK
# (RFC 7517). The last 64 bytes of the DER form are the two coordinates of the point.
public_jwk() {
  local key=${2:-$secrets/$1-service-key.pem} point x y
  point=$(openssl pkey -in "$key" -pubout -outform DER | tail -c 64 | basenc --base16 -w 0)
  x=$(printf '%s' "${point:0:64}" | basenc --base16 -d | base64url)
  y=$(printf '%s' "${point:64:64}" | basenc --base16 -d | base64url)
  printf '{"kty":"EC","crv":"P-256","use":"sig","alg":"ES256",'
  printf '"kid":"%s-%s","iss":"%s","x":"%s","y":"%s"}' "$1" "${x:0:8}" "$1" "$x" "$y"
}

# key_set : the public keys of all services.
key_set() {
  local service separator=''
  printf '{"keys":['
  for service in "${services[@]}"; do
    printf '%s%s' "$separator" "$(public_jwk "$service")"
    separator=,
  done
  printf ']}\n'
}

# key_set_and SERVICE FILE : what is published, and the key in FILE that SERVICE will sign with
# next. Not made of the services' own files: until a service has read its file again, it signs with
# the key before.
key_set_and() {
  local known
  known=$(secret service-key-set.json)
  printf '%s,%s]}\n' "${known%\]\}}" "$(public_jwk "$1" "$2")"
}

# key_set_is_whole : false where a service came later than the set, so that nobody would trust it.
key_set_is_whole() {
  local service known
  [[ -s $secrets/service-key-set.json ]] || return
  known=$(secret service-key-set.json)
  for service in "${services[@]}"; do
    [[ $known == *"\"iss\":\"$service\""* ]] || return
  done
}

# percent_encoded TEXT : as a value in the query of a URI may be written (RFC 3986).
percent_encoded() {
  local LC_ALL=C character rest=$1
  while [[ -n $rest ]]; do
    character=${rest:0:1} rest=${rest:1}
    case $character in
      [a-zA-Z0-9/._~-]) printf '%s' "$character" ;;
      *) printf '%%%02X' "'$character" ;;
    esac
  done
}

# Where a cluster's socket is, among the names without a file (unix(7)), since the path of a state
# folder may be longer than a socket's address. The port, which is part of its name, keeps
# installations apart.
database_socket=@mercato

url_of_database_at() { # url_of_database_at HOST SERVICE
  printf 'postgresql://%s:%s@%s:%s/%s' "$2" "$(secret "$2-database-password")" \
    "$1" "${port[$2-db]}" "$2"
}

database_url() { # database_url SERVICE : for whoever wants to look into it
  url_of_database_at 127.0.0.1 "$1"
  ! tls_on || printf '?sslmode=verify-full&sslrootcert=%s' "$(percent_encoded "$authority")"
}

make_secrets() {
  local service
  umask 077
  mkdir -p "$secrets"
  for service in "${services[@]}"; do
    make_secret "$service-service-key.pem" signing_key
    make_secret "$service-database-password" random_hex 24
  done
  key_set_is_whole || replace_secret service-key-set.json key_set
  make_secret key-encryption-key random_base64 32
  make_secret order-sealing-key random_base64 32
  make_secret provider-api-key prefixed_hex sk_sandbox_ 24
  make_secret provider-webhook-secret prefixed_hex whsec_ 24
  make_secret admin-password random_hex 16
}

# make_container_secrets : the same where a database is found by its name and has a superuser of its
# own.
make_container_secrets() {
  local service
  make_secrets
  for service in "${services[@]}"; do
    make_secret "$service-database-url" printf 'postgresql://%s:%s@%s-db:5432/%s\n' \
      "$service" "$(secret "$service-database-password")" "$service" "$service"
    make_secret "$service-superuser-password" random_hex 24
  done
  # In the place of a password for the mail server, until there is one: a secret is never empty.
  make_secret smtp-password printf 'none\n'
}

# The services' own way to their databases. It holds ports, which may change from one `up` to the
# next.
write_database_urls() {
  local service
  for service in "${services[@]}"; do
    if tls_on; then
      database_url "$service"
    else
      url_of_database_at "$(percent_encoded "$database_socket")" "$service"
    fi >"$secrets/$service-database-url"
  done
}

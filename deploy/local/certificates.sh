# Certificates of this installation: an authority of its own, and one certificate per process, for
# `up --tls`. For development: its key lies beside the others.
# shellcheck shell=bash

# tls : on or off, as the last `up` was told.
tls() { if tls_on; then printf on; else printf off; fi; }

tls_on() { [[ -f $state/tls && $(<"$state/tls") == on ]]; }

authority=$secrets/authority.pem

# is_good CERTIFICATE : it is there, and is for another week.
is_good() { openssl x509 -in "$1" -noout -checkend 604800 >/dev/null 2>&1; }

make_authority() {
  ! is_good "$authority" || return 0
  openssl req -x509 -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
    -subj '/CN=Mercato development authority' -addext 'keyUsage=critical,keyCertSign' \
    -keyout "$secrets/authority-key.pem" -out "$authority.new" 2>/dev/null
  mv "$authority.new" "$authority"
  # What the old one signed is worth nothing now.
  rm -f "$secrets"/*-certificate.pem
}

# make_certificate NAME : for the process's name, localhost and loopback's address.
make_certificate() {
  local name=$1 certificate=$secrets/$1-certificate.pem
  ! is_good "$certificate" || return 0
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
    -keyout "$secrets/$name-certificate-key.pem" 2>/dev/null |
    openssl x509 -req -days 397 -CA "$authority" -CAkey "$secrets/authority-key.pem" \
      -set_serial "0x$(random_hex 16)" -out "$certificate.new" 2>/dev/null -extfile <(
        say "subjectAltName=DNS:$name,DNS:localhost,IP:127.0.0.1"
        say 'extendedKeyUsage=serverAuth'
      )
  mv "$certificate.new" "$certificate"
}

make_certificates() {
  local name
  tls_on || return 0
  make_authority
  for name in gateway "${services[@]}" "${databases[@]}" redis; do make_certificate "$name"; done
}

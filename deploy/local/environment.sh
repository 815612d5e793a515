# What each process is told, and what scripts are told about all of them.
# shellcheck shell=bash

# url_of NAME : its address; by TLS for the gateway and the services, where that is on.
url_of() {
  local scheme=http
  [[ $1 != gateway ]] && ! is_service "$1" || ! tls_on || scheme=https
  printf '%s://127.0.0.1:%s' "$scheme" "${port[$1]}"
}

redis_url() {
  local scheme=redis
  ! tls_on || scheme=rediss
  printf '%s://127.0.0.1:%s' "$scheme" "${port[redis]}"
}

# rate_limits : on or off, as the last `up` was told.
rate_limits() { if rate_limits_on; then printf on; else printf off; fi; }

rate_limits_on() { [[ ! -f $state/rate-limits || $(<"$state/rate-limits") == on ]]; }

# traces_share : of which share of requests statements and calls are logged, as `up` was told: of
# all, but of few where limits are off, since a load is to be expected there.
traces_share() {
  local share=1
  rate_limits_on || share=0.01
  [[ ! -f $state/traces-share ]] || share=$(<"$state/traces-share")
  printf '%s' "$share"
}

# settings_of NAME : its environment, one KEY=VALUE a line.
settings_of() {
  local name=$1
  say "PATH=/usr/bin:/bin"
  say "LANG=C.UTF-8"
  # A thread keeps more of the small blocks that it frees: a request frees and takes hundreds.
  say "GLIBC_TUNABLES=glibc.malloc.tcache_count=200"
  say "PORT=${port[$name]}"
  say "BIND_ADDRESS=127.0.0.1"
  # Whom to believe, for all that OpenSSL does in the process.
  ! tls_on || say "SSL_CERT_FILE=$authority"
  say "OTEL_TRACES_EXPORTER=console"  # for ./dev trace
  say "OTEL_TRACES_SAMPLER_ARG=$(traces_share)"
  if [[ $name == psp ]]; then
    say "LOG_LEVEL=info"  # what it was asked for belongs to a trace
    say "API_KEY_FILE=$secrets/provider-api-key"
    say "WEBHOOK_URL=$(url_of payment)/api/v1/webhooks/payment-provider"
    say "WEBHOOK_SECRET_FILE=$secrets/provider-webhook-secret"
    say "JOURNAL=$data/psp/journal"
    return
  fi
  say "HEALTH_PORT=$(health_port "$name")"
  say "HANDOVER_SOCKET=$run/$name.handover"
  say "DATABASE_URL_FILE=$secrets/$name-database-url"
  say "REDIS_URL=$(redis_url)"
  say "SERVICE_KEY_FILE=$secrets/$name-service-key.pem"
  say "SERVICE_KEY_SET_FILE=$secrets/service-key-set.json"
  if tls_on; then
    say "TLS_CERTIFICATE_FILE=$secrets/$name-certificate.pem"
    say "TLS_KEY_FILE=$secrets/$name-certificate-key.pem"
  fi
  rate_limits_on || say "RATE_LIMIT_PER_SECOND=0"
  [[ $name == user ]] || say "JWKS_URL=$(url_of user)/.well-known/jwks.json"
  case $name in
    user)
      say "KEY_ENCRYPTION_KEY_FILE=$secrets/key-encryption-key"
      say "ORDER_URL=$(url_of order)"
      say "PAYMENT_URL=$(url_of payment)"
      say "MAIL_FOLDER=$data/mail"
      rate_limits_on || say "SIGN_IN_LIMITS=false"
      ;;
    order)
      say "USER_URL=$(url_of user)"
      say "CATALOG_URL=$(url_of catalog)"
      say "PAYMENT_URL=$(url_of payment)"
      say "SEALING_KEY_FILE=$secrets/order-sealing-key"
      say "WEBHOOK_ADDRESSES=loopback"
      say "WEBHOOK_PLAIN_HTTP=true"
      ;;
    catalog)
      say "ORDER_URL=$(url_of order)"
      say "USER_URL=$(url_of user)"
      ;;
    payment)
      say "PROVIDER_URL=$(url_of psp)"
      say "PROVIDER_API_KEY_FILE=$secrets/provider-api-key"
      say "PROVIDER_WEBHOOK_SECRET_FILE=$secrets/provider-webhook-secret"
      ;;
  esac
}

# write_environments : one file per process, so that a change is noticed and a process can be run by
# hand with what it was given, a line for each argument:
#   xargs -a .local/run/order.environment -d '\n' sh -c 'exec env -i "$@" order-service serve' sh
write_environments() {
  local name
  for name in psp "${services[@]}"; do
    settings_of "$name" >"$run/$name.environment"
  done
}

# say_assignment NAME VALUE : as a line for any shell, whatever the value holds: an address may have
# an & in it, a path a blank. What needs no quotes has none: not everybody who reads it is a shell.
say_assignment() {
  if [[ $2 =~ ^[A-Za-z0-9_.,:/?=@%+-]*$ ]]; then
    say "$1=$2"
  else
    printf "%s='%s'\n" "$1" "${2//\'/"'\''"}"
  fi
}

# write_env : the file that tests and scripts rely on, and that shells source.
write_env() {
  local service
  {
    say_assignment GATEWAY_URL "$(url_of gateway)"
    ! tls_on || say_assignment GATEWAY_AUTHORITY "$authority"
    say_assignment ADMIN_EMAIL admin@mercato.example
    say_assignment ADMIN_PASSWORD "$(secret admin-password)"
    for service in "${services[@]}"; do
      say_assignment "${service^^}_URL" "$(url_of "$service")"
    done
    say_assignment PSP_URL "$(url_of psp)"
    say_assignment PSP_API_KEY "$(secret provider-api-key)"
    say_assignment PSP_WEBHOOK_SECRET "$(secret provider-webhook-secret)"
    for service in "${services[@]}"; do
      say_assignment "${service^^}_DATABASE_URL" "$(database_url "$service")"
    done
    say_assignment REDIS_URL "$(redis_url)"
  } >"$state/.env.new"
  mv "$state/.env.new" "$state/env"
}

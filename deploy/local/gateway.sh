# The gateway: Nginx with the templates of deploy/gateway, filled in for this machine.
# shellcheck shell=bash

gateway_folder=$state/gateway
# Whose databases were put back since somebody last opened the gateway, a name a line.
restored=$state/restored

gateway_closed() { [[ -s $restored ]]; }

close_gateway() {
  printf '%s\n' "$@" >>"$restored"
  alone stop_name gateway
}

# open_gateway : whoever starts it by its name has looked at what was restored.
open_gateway() { rm -f "$restored"; }

# say_what_opens_it : what a person has to do first.
say_what_opens_it() {
  local service
  say "  ./dev reconcile                    names what the others know that is gone"
  while read -r service; do
    # Nobody else knows users.
    [[ $service == user ]] || say "  ./dev reconcile --repair $service"
  done < <(sort -u "$restored")
  say "  ./dev start gateway                when that has found nothing more"
}

# gateway_settings : one KEY=VALUE a line, like settings_of for the other processes. What the
# caller's environment says of CORS_ORIGINS, of load balancers, and of where the services are, is
# passed on, so that it can be tried.
gateway_settings() {
  local service address
  say "PATH=/usr/sbin:/usr/bin:/bin"
  say "GATEWAY_LISTEN=127.0.0.1:${port[gateway]}"
  say "GATEWAY_STATUS_LISTEN=127.0.0.1:$(health_port gateway)"
  say "GATEWAY_FOLDER=$gateway_folder"
  say "GATEWAY_ACCESS_LOG=$log/gateway-access.log"
  say "GATEWAY_ERROR_LOG=$log/gateway.log"
  # Workers that gave up root could not enter a checkout in root's own folder.
  ((EUID != 0)) || say "GATEWAY_USER=root"
  say "RATE_LIMITS=$(rate_limits)"
  say "CORS_ORIGINS=${CORS_ORIGINS:-}"
  say "GATEWAY_TRUSTED_PROXIES=${GATEWAY_TRUSTED_PROXIES:-}"
  if tls_on; then
    say "GATEWAY_CERTIFICATE=$secrets/gateway-certificate.pem"
    say "GATEWAY_CERTIFICATE_KEY=$secrets/gateway-certificate-key.pem"
    say "UPSTREAM_CA=$authority"
  fi
  for service in "${services[@]}"; do
    address=${service^^}_ADDRESS
    say "$address=${!address:-127.0.0.1:${port[$service]}}"
    say "${service^^}_HEALTH=127.0.0.1:$(health_port "$service")"
  done
}

# write_gateway_configuration FOLDER : everything Nginx reads, filled in.
write_gateway_configuration() {
  local settings
  mapfile -t settings < <(gateway_settings)
  rm -rf "$1"
  env -i "${settings[@]}" "$root/deploy/gateway/configure" "$1"
}

# The configuration names its own folder, so it is compared in its own place.
gateway_configuration_current() {
  [[ -d $gateway_folder/conf ]] || return 1
  rm -rf "$gateway_folder/last"
  mv "$gateway_folder/conf" "$gateway_folder/last"
  write_gateway_configuration "$gateway_folder/conf"
  diff -qr "$gateway_folder/last" "$gateway_folder/conf" >/dev/null 2>&1
}

gateway_ready() {
  if tls_on; then
    curl -sf -o /dev/null --max-time 2 --cacert "$authority" "$(url_of gateway)/healthz"
  else
    [[ $(http_status "${port[gateway]}" /healthz) == 200 ]]
  fi
}

launch_gateway() {
  mkdir -p "$gateway_folder"/{body,proxy}
  rm -f "$gateway_folder"/*.sock  # of one that was killed: see deploy/gateway/serve
  write_gateway_configuration "$gateway_folder/conf"
  launch gateway '' env -i PATH=/usr/sbin:/usr/bin:/bin nginx -e "$log/gateway.log" \
    -p "$gateway_folder" -c "$gateway_folder/conf/nginx.conf"
}

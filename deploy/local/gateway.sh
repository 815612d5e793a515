# The gateway: Nginx with the templates of deploy/gateway, filled in for this machine.
# shellcheck shell=bash

gateway_folder=$state/gateway
gateway_templates=$root/deploy/gateway

# gateway_settings : one KEY=VALUE a line, like settings_of for the other processes.
gateway_settings() {
  local service
  say "GATEWAY_LISTEN=127.0.0.1:${port[gateway]}"
  say "GATEWAY_FOLDER=$gateway_folder"
  say "GATEWAY_LOG=$log"
  say "GATEWAY_LIMITS=$(rate_limits)"
  # Workers that gave up root could not enter a checkout in root's own folder.
  say "GATEWAY_USER=$( ((EUID != 0)) || printf 'user root;')"
  for service in "${services[@]}"; do
    say "${service^^}_ADDRESS=127.0.0.1:${port[$service]}"
    say "${service^^}_HEALTH=127.0.0.1:$(health_port "$service")"
  done
}

# fill_template FILE SETTING... : the file with ${KEY} replaced by VALUE; Nginx's own $names stay.
fill_template() {
  local text setting
  text=$(<"$1")
  shift
  for setting in "$@"; do
    text=${text//"\${${setting%%=*}}"/"${setting#*=}"}
  done
  printf '%s\n' "$text"
}

# write_gateway_configuration FOLDER : everything Nginx reads, filled in.
write_gateway_configuration() {
  local folder=$1 settings template
  mapfile -t settings < <(gateway_settings)
  rm -rf "$folder"
  mkdir -p "$folder"
  cp -R "$gateway_templates/js" "$gateway_templates"/*.conf "$folder"
  for template in "$gateway_templates"/*.conf.template; do
    fill_template "$template" "${settings[@]}" >"$folder/$(basename "$template" .template)"
  done
}

gateway_configuration_current() {
  write_gateway_configuration "$gateway_folder/next"
  diff -qr "$gateway_folder/next" "$gateway_folder/conf" >/dev/null 2>&1
}

launch_gateway() {
  mkdir -p "$gateway_folder"/{body,proxy}
  write_gateway_configuration "$gateway_folder/conf"
  launch gateway '' env -i PATH=/usr/sbin:/usr/bin:/bin nginx -e "$log/gateway.log" \
    -p "$gateway_folder" -c "$gateway_folder/conf/nginx.conf"
}

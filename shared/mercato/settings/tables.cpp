#include <algorithm>
#include <utility>
#include <vector>

#include "mercato/settings/settings.hpp"

namespace mercato::settings {
namespace {

std::string column_range(const Setting& setting) {
  if (setting.kind == Kind::boolean) return "true, false";
  std::string range;
  for (const auto& choice : setting.choices) range += (range.empty() ? "" : ", ") + choice;
  if (setting.kind == Kind::integer && setting.min != INT64_MIN) {
    range = std::to_string(setting.min) + " …";
    if (setting.max != INT64_MAX) range += " " + std::to_string(setting.max);
  }
  return range;
}

std::string default_of(const Setting& setting) {
  if (!setting.default_value) return "*required*";
  if (setting.default_value->empty()) return "*none*";
  return "`" + *setting.default_value + "`";
}

std::vector<Setting> telemetry_settings() {
  return {
      {.name = "METRICS",
       .kind = Kind::boolean,
       .default_value = "true",
       .meaning = "Whether anything is counted; without, /metrics and the console are empty."},
      {.name = "OTEL_TRACES_EXPORTER",
       .default_value = "otlp",
       .meaning = "Where spans go: `otlp`, to the collector; `console`, into the log as lines.",
       .choices = {"otlp", "console", "none"}},
      {.name = "OTEL_EXPORTER_OTLP_ENDPOINT",
       .default_value = "",
       .meaning = "Base URL of the collector that spans are sent to (OTLP over HTTP); empty: none.",
       .may_be_empty = true},
      {.name = "OTEL_TRACES_SAMPLER",
       .default_value = "parentbased_traceidratio",
       .meaning = "Which traces are sent; `parentbased`: only those that the caller records.",
       .choices = {"always_on", "always_off", "traceidratio", "parentbased_traceidratio"}},
      {.name = "OTEL_TRACES_SAMPLER_ARG",
       .default_value = "1",
       .meaning = "The share of traces that is sent, from 0 to 1."},
  };
}

std::vector<Setting> limit_settings() {
  return {
      {.name = "HTTP_WORKERS",
       .kind = Kind::integer,
       .default_value = "8",
       .meaning = "Threads that answer requests.",
       .min = 1,
       .max = 512},
      {.name = "MAX_CONNECTIONS",
       .kind = Kind::integer,
       .default_value = "20000",
       .meaning = "Open client connections, or fewer if the limit of open files is lower; more are "
                  "refused.",
       .min = 1,
       .max = 1'000'000},
      {.name = "RATE_LIMIT_PER_SECOND",
       .kind = Kind::integer,
       .default_value = "100",
       .meaning = "Requests a second of one signed-in caller, per process; 0 is no limit.",
       .min = 0,
       .max = 1'000'000},
      {.name = "RATE_LIMIT_BURST",
       .kind = Kind::integer,
       .default_value = "200",
       .meaning = "Requests of one caller at once before that limit holds.",
       .min = 0,
       .max = 1'000'000},
  };
}

std::vector<Setting> deprecation_settings() {
  return {
      {.name = "API_V1_DEPRECATED_SINCE",
       .default_value = "",
       .meaning = "RFC 3339 time since which /api/v1 is deprecated, said with every answer."},
      {.name = "API_V1_SUNSET",
       .default_value = "",
       .meaning = "RFC 3339 time after which a deprecated /api/v1 may be gone."},
      {.name = "API_V1_SUCCESSOR_URL",
       .default_value = "",
       .meaning = "Where users of a deprecated /api/v1 read what to do."},
  };
}

}  // namespace

std::vector<Setting> service_settings() {
  return join({telemetry_settings(), {
      {.name = "PORT",
       .kind = Kind::integer,
       .default_value = "8080",
       .meaning = "TCP port of the API.",
       .min = 1,
       .max = 65535},
      {.name = "HEALTH_PORT",
       .kind = Kind::integer,
       .default_value = "0",
       .meaning = "TCP port of health checks and metrics; 0 is PORT + 1000.",
       .min = 0,
       .max = 65535},
      {.name = "BIND_ADDRESS",
       .default_value = "127.0.0.1",
       .meaning = "Address that both ports listen on."},
      {.name = "TRUSTED_GATEWAYS",
       .default_value = "",
       .meaning = "Networks of gateways at other than private addresses, such as 2001:db8::/32, "
                  "with commas: what their X-Forwarded-For says is believed.",
       .may_be_empty = true},
      {.name = "HANDOVER_SOCKET",
       .default_value = "",
       .meaning = "Path of a Unix socket through which a new process takes over the ports of a "
                  "running one, which then drains; none: the ports are bound anew.",
       .may_be_empty = true},
      {.name = "DRAIN_IDLE_S",
       .kind = Kind::integer,
       .default_value = "0",
       .meaning = "Seconds for which connections without a request stay open at shutdown. Longer "
                  "than callers keep idle ones (30 at the gateway): none ever sends on one that "
                  "is being closed. 0 is a quarter of a second.",
       .min = 0,
       .max = 300},
      {.name = "TLS_CERTIFICATE_FILE",
       .default_value = "",
       .meaning = "Certificate and chain (PEM). With it PORT speaks TLS and nothing else; the "
                  "authorities that a neighbour's certificate is checked against are the system's, "
                  "or those of SSL_CERT_FILE."},
      {.name = "TLS_KEY_FILE",
       .default_value = "",
       .meaning = "Its private key (PEM)."},
      {.name = "LOG_LEVEL",
       .default_value = "info",
       .meaning = "Lines below this level are not logged.",
       .choices = {"debug", "info", "warn", "error"}},
  }, limit_settings(), deprecation_settings()});
}

std::vector<Setting> storage_settings() {
  return {
      {.name = "DATABASE_URL",
       .meaning = "postgresql://role:password@host:port/database",
       .secret = true},
      {.name = "DB_POOL_SIZE",
       .kind = Kind::integer,
       .default_value = "8",
       .meaning = "Connections to the database.",
       .min = 2,
       .max = 200},
      {.name = "REDIS_URL",
       .default_value = "redis://127.0.0.1:6379",
       .meaning = "redis[s]://[:password@]host:port[/db]; empty: work without Redis.",
       .secret = true,
       .may_be_empty = true},
  };
}

std::vector<Setting> token_settings() {
  return {
      {.name = "TOKEN_ISSUER",
       .default_value = "https://mercato.example",
       .meaning = "The `iss` that access tokens must carry."},
      {.name = "TOKEN_AUDIENCE",
       .default_value = "mercato",
       .meaning = "The `aud` that access tokens must carry."},
      {.name = "SERVICE_KEY_FILE",
       .meaning = "PEM file of the private ES256 key that signs our tokens for other services."},
      {.name = "SERVICE_KEY_SET_FILE",
       .meaning = "JWKS file with the public keys of all services; each has `kid` and `iss`."},
  };
}

std::vector<Setting> join(std::vector<std::vector<Setting>> tables) {
  std::vector<Setting> joined;
  for (auto& table : tables) {
    for (auto& row : table) {
      const auto same = std::find_if(joined.begin(), joined.end(), [&](const Setting& earlier) {
        return earlier.name == row.name;
      });
      if (same == joined.end()) {
        joined.push_back(std::move(row));
      } else {
        *same = std::move(row);
      }
    }
  }
  return joined;
}

std::string to_markdown(const std::vector<Setting>& table) {
  std::string text = "| Setting | Default | Values | Meaning |\n|---|---|---|---|\n";
  for (const Setting& setting : table) {
    text += "| `" + setting.name + "` | " + default_of(setting) + " | ";
    text += column_range(setting) + " | " + setting.meaning;
    if (setting.secret)
      text += " Secret: a file may hold it, named by `" + setting.name + "_FILE`.";
    text += " |\n";
  }
  return text;
}

}  // namespace mercato::settings

#include "mercato/http/deprecation.hpp"

#include <array>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <utility>
#include <vector>

#include "mercato/http/syntax.hpp"

namespace mercato::http {
namespace {

struct Announcement {
  std::string path_prefix;
  std::vector<std::pair<std::string, std::string>> headers;  // none: nothing was announced
};

Announcement& announcement() {
  static Announcement made;
  return made;
}

}  // namespace

void announce_deprecation(Deprecation deprecation) {
  Announcement made{std::move(deprecation.path_prefix), {}};
  if (deprecation.since) {
    made.headers.emplace_back("Deprecation",
                              "@" + std::to_string(unix_seconds(*deprecation.since)));
    if (deprecation.sunset) made.headers.emplace_back("Sunset", to_http_date(*deprecation.sunset));
    if (!deprecation.link.empty()) {
      made.headers.emplace_back("Link", "<" + deprecation.link + ">; rel=\"deprecation\"");
      if (!syntax::is_field_value(deprecation.link)) {
        throw std::invalid_argument("a link that cannot stand in a header");
      }
    }
  }
  announcement() = std::move(made);
}

void add_deprecation(std::string_view path, Headers& headers) {
  const auto& made = announcement();
  if (made.headers.empty() || !path.starts_with(made.path_prefix)) return;
  for (const auto& [name, value] : made.headers) headers.add(name, value);
}

std::string to_http_date(Timestamp at) {
  const std::time_t seconds = unix_seconds(at);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text.data(), size};
}

}  // namespace mercato::http

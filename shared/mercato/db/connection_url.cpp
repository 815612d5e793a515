#include "mercato/db/connection_url.hpp"

#include <libpq-fe.h>

#include <cctype>
#include <memory>
#include <stdexcept>

namespace mercato::db {
namespace {

std::string encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kHex[byte >> 4];
      encoded += kHex[byte & 0x0fU];
    }
  }
  return encoded;
}

/// libpq takes any text for a host or a port until it connects, and tells it then: half a password,
/// where one has a '@' or a '/' that is not encoded. A host that begins with an encoded '@' is
/// meant: a Unix socket without a file.
bool is_plausible(std::string_view name, std::string_view value, bool is_socket) {
  if (name == "host") return value.find('@', is_socket ? 1 : 0) == std::string_view::npos;
  if (name == "port") return value.find_first_not_of("0123456789,") == std::string_view::npos;
  return true;
}

// What libpq would say repeats the part that it does not understand, which may be the password.
void require_valid(const std::string& url) {
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), nullptr), &PQconninfoFree);
  const bool is_socket = url.find("@%40") != std::string::npos ||
                         url.find("host=%40") != std::string::npos;
  bool valid = options != nullptr;
  for (const auto* option = options.get(); valid && option->keyword != nullptr; ++option) {
    valid = option->val == nullptr || is_plausible(option->keyword, option->val, is_socket);
  }
  if (!valid) {
    throw std::invalid_argument(
        "no valid URL of a database; what is special in a password has to be percent-encoded");
  }
}

}  // namespace

std::string with_parameters(std::string_view url,
                            const std::vector<std::pair<std::string, std::string>>& parameters) {
  if (url.rfind("postgresql://", 0) != 0 && url.rfind("postgres://", 0) != 0) {
    throw std::invalid_argument("the database's URL must start with postgresql://");
  }
  std::string result(url);
  char separator = url.find('?') == std::string_view::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    result.append(1, separator).append(name).append(1, '=').append(encode(value));
    separator = '&';
  }
  return result;
}

std::string connection_url(std::string_view url, const std::string& application_name,
                           const std::vector<std::pair<std::string, std::string>>& session) {
  require_valid(std::string(url));
  std::string options = "-c TimeZone=UTC -c DateStyle=ISO";
  for (const auto& [name, value] : session) options += " -c " + name + "=" + value;
  return with_parameters(url, {{"application_name", application_name},
                               {"client_encoding", "UTF8"},
                               // Else each connection looks for Kerberos tickets first.
                               {"gssencmode", "disable"},
                               {"connect_timeout", "2"},
                               {"tcp_user_timeout", "5000"},
                               {"keepalives_idle", "10"},
                               {"keepalives_interval", "5"},
                               {"keepalives_count", "3"},
                               {"options", options}});
}

}  // namespace mercato::db

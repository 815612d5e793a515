#include <algorithm>
#include <optional>
#include <utility>

#include "mercato/crypto/crypto.hpp"
#include "mercato/error/error.hpp"
#include "mercato/idempotency/idempotency.hpp"

namespace mercato::idempotency {
namespace {

constexpr std::string_view kHeader = "Idempotency-Key";
constexpr std::size_t kMaxLength = 255;

Error invalid_key() {
  return {ErrorKind::bad_request, "invalid_idempotency_key",
          "Idempotency-Key must be 1 to 255 visible ASCII characters."};
}

bool is_visible(char c) {
  return c > ' ' && c < '\x7f';
}

/// The content of a quoted string (RFC 8941 section 3.3.3); nothing if it is none.
std::optional<std::string> unquote(std::string_view text) {
  if (text.size() < 2 || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string content;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') return std::nullopt;
    if (text[at] == '\\') {
      ++at;
      if (at == text.size() || (text[at] != '"' && text[at] != '\\')) return std::nullopt;
    }
    content += text[at];
  }
  return content;
}

/// Puts a length before each part, so that no two requests read alike.
void add(std::string& text, std::string_view part) {
  text.append(std::to_string(part.size())).append(1, ':').append(part);
}

}  // namespace

std::optional<std::string> key_of(const http::Request& request) {
  const auto header = request.header(kHeader);
  if (!header) return std::nullopt;
  if (request.headers.count(kHeader) > 1) throw invalid_key();
  const bool quoted = !header->empty() && header->front() == '"';
  auto key = quoted ? unquote(*header) : std::optional<std::string>(*header);
  if (!key || key->empty() || key->size() > kMaxLength ||
      !std::all_of(key->begin(), key->end(), is_visible)) {
    throw invalid_key();
  }
  return key;
}

std::string required_key_of(const http::Request& request) {
  auto key = key_of(request);
  if (key) return std::move(*key);
  throw Error(ErrorKind::bad_request, "idempotency_key_missing",
              "This request needs an Idempotency-Key header.");
}

std::string fingerprint_of(const http::Request& request) {
  std::string text;
  text.reserve(request.body.size() + 256);
  add(text, http::name(request.method));
  add(text, request.path);
  add(text, "");  // as before, when the query counted: kept fingerprints stay what they are
  add(text, request.body);
  return crypto::to_hex(crypto::sha256(text));
}

bool is_stored(int status) {
  return (status >= 200 && status < 300) || status == 402 || status == 409;
}

}  // namespace mercato::idempotency

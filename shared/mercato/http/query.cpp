#include "mercato/http/query.hpp"

#include <algorithm>
#include <charconv>

#include "mercato/crypto/crypto.hpp"
#include "mercato/json/utf8.hpp"

namespace mercato::http {
namespace {

constexpr std::size_t kDefaultLimit = 20;
constexpr std::int64_t kMaxLimit = 100;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kMaxCursorBytes = 4096;

/// A plain decimal integer, the whole text; clamped to 64 bits so that a huge one is "out of range"
/// rather than "no integer".
std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return text.front() == '-' ? INT64_MIN : INT64_MAX;
  return error == std::errc() ? std::optional(value) : std::nullopt;
}

std::string join(const std::vector<std::string_view>& words) {
  std::string text;
  for (const auto word : words) text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

/// Binds a cursor's content to the filters of the list it walks. The lengths are hashed too, so
/// that bytes cannot be moved from one part to the other.
std::string tag_of(std::string_view content, std::string_view filters) {
  std::string bound = "mercato.cursor.1:" + std::to_string(filters.size()) + ":";
  bound.append(filters).append(content);
  return crypto::sha256(bound).substr(0, kTagBytes);
}

}  // namespace

std::optional<std::string_view> QueryReader::shown(std::string_view name) {
  auto mistake = request_.query_mistake(name);
  if (!mistake) return request_.query(name);
  errors_.push_back(std::move(*mistake));
  return std::nullopt;
}

std::optional<std::string> QueryReader::text(std::string_view name, std::size_t max_length) {
  const auto value = shown(name);
  if (!value) return std::nullopt;
  if (json::length(*value) > max_length) {
    fail(name, "too_long", "At most " + std::to_string(max_length) + " characters.");
    return std::nullopt;
  }
  return std::string(*value);
}

std::optional<std::int64_t> QueryReader::integer(std::string_view name, std::int64_t min,
                                                 std::int64_t max) {
  const auto text = shown(name);
  if (!text) return std::nullopt;
  const auto value = parse_integer(*text);
  if (!value) {
    fail(name, "wrong_type", "Must be an integer.");
  } else if (*value < min || *value > max) {
    fail(name, "out_of_range",
         "Must be from " + std::to_string(min) + " to " + std::to_string(max) + ".");
  } else {
    return value;
  }
  return std::nullopt;
}

std::optional<bool> QueryReader::boolean(std::string_view name) {
  const auto text = shown(name);
  if (!text) return std::nullopt;
  if (*text == "true") return true;
  if (*text == "false") return false;
  fail(name, "wrong_type", "Must be true or false.");
  return std::nullopt;
}

std::optional<Uuid> QueryReader::uuid(std::string_view name) {
  const auto text = shown(name);
  if (!text) return std::nullopt;
  const auto value = Uuid::parse(*text);
  if (!value) fail(name, "invalid_format", "Must be a UUID.");
  return value;
}

std::optional<Timestamp> QueryReader::timestamp(std::string_view name) {
  const auto text = shown(name);
  if (!text) return std::nullopt;
  const auto value = parse_rfc3339(*text);
  if (!value) fail(name, "invalid_format", "Must be a time as RFC 3339 writes it.");
  return value;
}

std::optional<std::string> QueryReader::choice(std::string_view name,
                                               const std::vector<std::string_view>& allowed) {
  const auto text = shown(name);
  if (!text) return std::nullopt;
  if (std::find(allowed.begin(), allowed.end(), *text) == allowed.end()) {
    fail(name, "invalid_format", "Must be one of: " + join(allowed) + ".");
    return std::nullopt;
  }
  return std::string(*text);
}

std::size_t QueryReader::limit() {
  const auto value = integer("limit", 1, INT64_MAX);
  return value ? static_cast<std::size_t>(std::min(*value, kMaxLimit)) : kDefaultLimit;
}

void QueryReader::fail(std::string_view name, std::string_view code, std::string_view detail) {
  errors_.push_back({"?" + std::string(name), std::string(code), std::string(detail)});
}

void QueryReader::finish() {
  if (!errors_.empty()) throw invalid_query(std::move(errors_));
}

// Content: for each part its length as two bytes, high first, then the part. The tag goes in front.
std::string encode_cursor(const std::vector<std::string>& key, std::string_view filters) {
  std::string content;
  for (const auto& part : key) {
    content.push_back(static_cast<char>((part.size() >> 8U) & 0xffU));
    content.push_back(static_cast<char>(part.size() & 0xffU));
    content.append(part);
  }
  return crypto::base64url(tag_of(content, filters) + content);
}

Error invalid_cursor() {
  const auto* const why = "The cursor was not made by this list with these filters.";
  return {ErrorKind::bad_request, "invalid_cursor", why, {{"?cursor", "invalid_format", why}}};
}

std::optional<std::string_view> shown_cursor(const Request& request) {
  const auto& malformed = request.malformed_parameters;
  if (std::find(malformed.begin(), malformed.end(), "cursor") != malformed.end()) {
    throw invalid_cursor();
  }
  return request.query("cursor");
}

std::vector<std::string> decode_cursor(std::string_view cursor, std::string_view filters) {
  if (cursor.size() > kMaxCursorBytes) throw invalid_cursor();
  const auto bytes = crypto::parse_base64url(cursor);
  if (!bytes || bytes->size() < kTagBytes) throw invalid_cursor();
  std::string_view content = std::string_view(*bytes).substr(kTagBytes);
  if (tag_of(content, filters) != std::string_view(*bytes).substr(0, kTagBytes)) {
    throw invalid_cursor();
  }
  std::vector<std::string> key;
  while (!content.empty()) {
    if (content.size() < 2) throw invalid_cursor();
    const auto size = static_cast<std::size_t>(static_cast<unsigned char>(content[0])) * 256U +
                      static_cast<unsigned char>(content[1]);
    if (content.size() - 2 < size) throw invalid_cursor();
    key.emplace_back(content.substr(2, size));
    content.remove_prefix(2 + size);
  }
  return key;
}

}  // namespace mercato::http

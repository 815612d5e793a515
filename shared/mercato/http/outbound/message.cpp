#include "mercato/http/outbound/message.hpp"

#include <algorithm>
#include <stdexcept>

#include "mercato/http/syntax.hpp"
#include "mercato/tracing/trace.hpp"

namespace mercato::http::outbound {
namespace {

constexpr char kHost[] = "Host";
constexpr char kDeadline[] = "X-Request-Deadline-Ms";

using Fields = std::vector<std::pair<std::string, std::string>>;

bool is_path(std::string_view path) {
  return path.starts_with('/') &&
         std::all_of(path.begin(), path.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

void add_if_absent(Fields& fields, std::string_view name, std::string value) {
  const bool present = std::any_of(fields.begin(), fields.end(), [&](const auto& field) {
    return syntax::equal_ignoring_case(field.first, name);
  });
  if (!present) fields.emplace_back(name, std::move(value));
}

void replace(Fields& fields, std::string_view name, std::string value) {
  for (auto& field : fields) {
    if (field.first != name) continue;
    field.second = std::move(value);
    return;
  }
  fields.emplace_back(name, std::move(value));
}

}  // namespace

Message Message::make(const ClientRequest& request, const ClientOptions& options) {
  if (!is_path(request.path)) throw std::invalid_argument("not a path: " + request.path);
  Message message;
  message.method = name(request.method);
  message.path = request.path;
  message.body = request.body;
  message.headers = request.headers.entries();
  auto& fields = message.headers;
  add_if_absent(fields, "User-Agent", "mercato");
  add_if_absent(fields, "Accept", "application/json");
  if (!request.body.empty()) add_if_absent(fields, "Content-Type", request.content_type);
  if (options.authorization) add_if_absent(fields, "Authorization", options.authorization());
  const auto& trace = tracing::current();
  if (!trace.trace_id.empty()) add_if_absent(fields, "traceparent", trace.traceparent());
  const auto request_id = tracing::current_request_id();
  if (!request_id.empty()) add_if_absent(fields, "X-Request-Id", std::string(request_id));
  for (const auto& [field, value] : fields) {
    // httplib writes what it is given, line breaks included.
    if (!syntax::is_token(field)) throw std::invalid_argument("not a header name: " + field);
    if (!syntax::is_field_value(value)) throw std::invalid_argument("bad value of header " + field);
  }
  return message;
}

void Message::address_to(const std::string& authority, Deadline deadline) {
  replace(headers, kHost, authority);
  replace(headers, kDeadline, std::to_string(deadline.remaining().count()));
}

}  // namespace mercato::http::outbound

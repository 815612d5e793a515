#include "http/session_json.hpp"

#include <optional>

#include <mercato/json/or_null.hpp>
#include <mercato/json/reader.hpp>

#include "http/client_network.hpp"
#include "http/email_address.hpp"
#include "http/password_json.hpp"
#include "http/user_json.hpp"

namespace user::api {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

constexpr std::size_t kMaxUserAgentBytes = 300;

/// What the client says it is; nothing if it says so in no text.
std::optional<std::string> user_agent_of(const http::Request& request) {
  auto text = request.header("User-Agent").value_or("");
  if (text.empty() || !json::is_valid_utf8(text)) return std::nullopt;
  text = text.substr(0, kMaxUserAgentBytes);
  while (!json::is_valid_utf8(text)) text.remove_suffix(1);  // cut inside a character
  return std::string(text);
}

/// What no account can have is wrong as any other: it is read as the empty one, which is nobody's.
std::string read_known_email(json::Reader& body) {
  auto email = body.text("email", {.max = std::string::npos});
  return email.size() <= kMaxEmailLength ? email : std::string();
}

}  // namespace

SignIn::Command parse_sign_in(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  SignIn::Command command;
  command.email = read_known_email(body);
  command.password = read_known_password(body, "password");
  command.address = client_network(request.remote_address);
  command.user_agent = user_agent_of(request);
  body.finish();
  return command;
}

std::string parse_refresh_token(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  auto token = body.text("refresh_token", {.max = 500, .trim = false});
  body.finish();
  return token;
}

Json to_json(const SignedIn& signed_in) {
  const auto& tokens = signed_in.tokens;
  Json json = Json::object();
  json["access_token"] = tokens.access_token;
  json["token_type"] = "Bearer";
  json["expires_in"] = tokens.expires_in.count();
  json["refresh_token"] = tokens.refresh_token;
  json["session_id"] = signed_in.session.str();
  json["user"] = to_json(signed_in.user);
  return json;
}

Json to_json(const Session& session, bool current) {
  Json json = Json::object();
  json["id"] = session.id.str();
  json["created_at"] = mercato::to_rfc3339(session.created_at);
  json["last_used_at"] = mercato::to_rfc3339(session.last_used_at);
  json["user_agent"] = mercato::json::or_null(session.user_agent);
  json["current"] = current;
  return json;
}

}  // namespace user::api

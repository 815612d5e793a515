#include "http/user_json.hpp"

#include <initializer_list>
#include <string_view>
#include <utility>

#include <mercato/json/reader.hpp>
#include <mercato/json/spelling.hpp>

#include "http/address_json.hpp"
#include "http/caller.hpp"
#include "http/client_network.hpp"
#include "http/email_address.hpp"
#include "http/password_json.hpp"

namespace user::api {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

constexpr std::size_t kMaxName = 200;

std::string read_email(json::Reader& body) {
  auto email = body.text("email", {.max = kMaxEmailLength});
  if (!email.empty() && !is_email_address(email)) {
    body.fail("email", "invalid_format", "Must be an e-mail address.");
  }
  return email;
}

void refuse_changes(json::Reader& body, std::initializer_list<std::string_view> members) {
  for (const auto member : members) {
    if (body.raw(member) != nullptr) body.fail(member, "immutable_field", "Cannot be changed.");
  }
}

}  // namespace

RegisterUser::Command parse_registration(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  RegisterUser::Command command;
  command.email = read_email(body);
  if (auto password = read_new_password(body, "password")) {
    if (const auto weakness = weakness_of(*password, json::spelling_key(command.email))) {
      body.fail("password", "weak_password", *weakness);
    }
    command.password = std::move(password->text);
  }
  command.name = body.text("name", {.max = kMaxName});
  command.trace_id = request.trace.trace_id;
  body.finish();
  return command;
}

std::optional<std::string> parse_profile(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  std::optional<std::string> name;
  if (body.has("name")) name = body.text("name", {.max = kMaxName});
  refuse_changes(body,
                 {"id", "email", "email_verified", "role", "status", "created_at", "updated_at"});
  body.finish();
  return name;
}

UserChange parse_user_change(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  UserChange change;
  if (body.has("role")) {
    const auto role = body.text("role");
    change.role = parse_role(role);
    if (!role.empty() && !change.role) {
      body.fail("role", "invalid_format", "Must be customer or admin.");
    }
  }
  if (body.has("status")) {
    const auto status = body.text("status");
    change.status = parse_status(status);
    if (!status.empty() && !change.status) {
      body.fail("status", "invalid_format", "Must be active or disabled.");
    }
  }
  refuse_changes(body, {"id", "email", "email_verified", "name", "created_at", "updated_at"});
  body.finish();
  return change;
}

ChangePassword::Command parse_password_change(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  ChangePassword::Command command;
  command.user = user_of(request);
  command.session = session_of(request);
  command.current_password = read_known_password(body, "current_password");
  command.new_password = read_new_password(body, "new_password").value_or(NewPassword());
  command.address = client_network(request.remote_address);
  body.finish();
  return command;
}

std::string parse_mail_request(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  auto email = body.text("email", {.max = kMaxEmailLength});
  body.finish();
  return email;
}

NewPassword parse_reset_password(const http::Request& request) {
  json::Reader body(json::parse(request.body));
  auto password = read_new_password(body, "password");
  body.finish();
  return std::move(*password);
}

UserFilter read_user_filter(http::QueryReader& query) {
  UserFilter filter;
  filter.email_prefix = query.text("email_prefix", kMaxEmailLength);
  if (const auto role = query.choice("role", {"customer", "admin"})) {
    filter.role = parse_role(*role);
  }
  if (const auto status = query.choice("status", {"active", "disabled"})) {
    filter.status = parse_status(*status);
  }
  return filter;
}

Json to_json(const User& user) {
  Json json = Json::object();
  json["id"] = user.id.str();
  json["email"] = user.email;
  json["email_verified"] = user.email_verified;
  json["name"] = user.name;
  json["role"] = name(user.role);
  json["status"] = name(user.status);
  json["created_at"] = mercato::to_rfc3339(user.created_at);
  json["updated_at"] = mercato::to_rfc3339(user.updated_at);
  return json;
}

Json to_json(const UserCheck& check) {
  Json json = Json::object();
  json["id"] = check.user.str();
  json["status"] = name(check.status);
  json["role"] = name(check.role);
  if (check.address) json["address"] = to_json(*check.address);
  return json;
}

}  // namespace user::api

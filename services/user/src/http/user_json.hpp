#pragma once

#include <optional>
#include <string>

#include <mercato/http/message.hpp>
#include <mercato/http/query.hpp>
#include <nlohmann/json_fwd.hpp>

#include "domain/change_password.hpp"
#include "domain/register_user.hpp"
#include "domain/user_repository.hpp"

namespace user::api {

using Json = nlohmann::ordered_json;

// What clients write and read; openapi.yaml describes the shapes. Reading: Error 400, 422.

[[nodiscard]] RegisterUser::Command parse_registration(const mercato::http::Request& request);
/// The new name, if one was given.
[[nodiscard]] std::optional<std::string> parse_profile(const mercato::http::Request& request);
[[nodiscard]] UserChange parse_user_change(const mercato::http::Request& request);
[[nodiscard]] ChangePassword::Command parse_password_change(const mercato::http::Request& request);
/// The e-mail address to send a token to.
[[nodiscard]] std::string parse_mail_request(const mercato::http::Request& request);
/// The new password.
[[nodiscard]] NewPassword parse_reset_password(const mercato::http::Request& request);
[[nodiscard]] UserFilter read_user_filter(mercato::http::QueryReader& query);

[[nodiscard]] Json to_json(const User& user);
[[nodiscard]] Json to_json(const UserCheck& check);

}  // namespace user::api

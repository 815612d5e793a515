#pragma once

#include <string>

#include <mercato/http/message.hpp>
#include <nlohmann/json_fwd.hpp>

#include "domain/session.hpp"
#include "domain/sign_in.hpp"

namespace user::api {

// Error 400, 422.
[[nodiscard]] SignIn::Command parse_sign_in(const mercato::http::Request& request);
[[nodiscard]] std::string parse_refresh_token(const mercato::http::Request& request);

[[nodiscard]] nlohmann::ordered_json to_json(const SignedIn& signed_in);
/// `current`: whether it is the session that the request comes from.
[[nodiscard]] nlohmann::ordered_json to_json(const Session& session, bool current);

}  // namespace user::api

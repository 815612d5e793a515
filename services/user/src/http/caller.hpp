#pragma once

#include <mercato/http/message.hpp>

#include "domain/user_repository.hpp"

namespace user::api {

// Who is calling, as the access token says.

[[nodiscard]] inline UserId user_of(const mercato::http::Request& request) {
  return UserId(request.caller.subject);
}

[[nodiscard]] inline SessionId session_of(const mercato::http::Request& request) {
  return SessionId::parse(request.caller.session_id).value_or(SessionId());
}

[[nodiscard]] inline Actor actor_of(const mercato::http::Request& request) {
  return {user_of(request), request.trace.trace_id};
}

}  // namespace user::api

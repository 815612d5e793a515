#pragma once

#include "domain/session_repository.hpp"

namespace user {

/// DELETE /sessions/{id}: its refresh token is refused from now on. Error 404 if the user has no
/// such session.
void end_session(SessionRepository& sessions, UserId user, SessionId session);

}  // namespace user

#include "domain/end_session.hpp"

#include <mercato/error/error.hpp>

namespace user {

void end_session(SessionRepository& sessions, UserId user, SessionId session) {
  if (!sessions.end(user, session)) throw mercato::not_found();
}

}  // namespace user

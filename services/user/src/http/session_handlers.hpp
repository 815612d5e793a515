#pragma once

#include <mercato/http/router.hpp>

#include "domain/refresh_session.hpp"
#include "domain/session_repository.hpp"
#include "domain/sign_in.hpp"
#include "http/lane.hpp"

namespace user::api {

/// Sessions over HTTP. From any thread; does not own what it is given.
class SessionHandlers {
 public:
  SessionHandlers(SignIn& sign_in, RefreshSession& refresh_session, SessionRepository& sessions,
                  Lane& lane)
      : sign_in_(sign_in), refresh_session_(refresh_session), sessions_(sessions), lane_(lane) {}

  mercato::http::Answer sign_in(const mercato::http::Request& request);
  mercato::http::Answer refresh_session(const mercato::http::Request& request);
  mercato::http::Answer list_sessions(const mercato::http::Request& request);
  mercato::http::Answer end_session(const mercato::http::Request& request);
  mercato::http::Answer end_current_session(const mercato::http::Request& request);

 private:
  SignIn& sign_in_;
  RefreshSession& refresh_session_;
  SessionRepository& sessions_;
  Lane& lane_;
};

}  // namespace user::api

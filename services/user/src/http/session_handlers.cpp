#include "http/session_handlers.hpp"

#include <mercato/http/pages.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/query.hpp>
#include <mercato/json/json.hpp>

#include "domain/end_session.hpp"
#include "http/caller.hpp"
#include "http/session_json.hpp"

namespace user::api {
namespace {

namespace http = mercato::http;

/// Tokens must not stay in anybody's cache (RFC 6749 section 5.1).
http::Response token_response(const SignedIn& signed_in, int status) {
  auto response = http::json_response(to_json(signed_in), status);
  response.headers.set("Cache-Control", "no-store");
  return response;
}

}  // namespace

http::Answer SessionHandlers::sign_in(const http::Request& request) {
  return lane_.run(request, [this, command = parse_sign_in(request)] {
    return token_response(sign_in_.sign_in(command), 201);
  });
}

http::Answer SessionHandlers::refresh_session(const http::Request& request) {
  return token_response(refresh_session_.refresh(parse_refresh_token(request)), 200);
}

http::Answer SessionHandlers::list_sessions(const http::Request& request) {
  http::QueryReader query(request);
  const http::PageRequest<SessionId> page(request, query);
  return page.render(sessions_.list(user_of(request), page.before(), page.rows()),
                     [current = session_of(request)](const Session& session) {
                       return to_json(session, session.id == current);
                     });
}

http::Answer SessionHandlers::end_session(const http::Request& request) {
  user::end_session(sessions_, user_of(request), SessionId(request.path_uuid("id")));
  return http::no_content();
}

http::Answer SessionHandlers::end_current_session(const http::Request& request) {
  sessions_.end(user_of(request), session_of(request));  // ended before: that is what was asked
  return http::no_content();
}

}  // namespace user::api

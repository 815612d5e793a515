#include "http/export_handlers.hpp"

#include "http/caller.hpp"
#include "http/export_json.hpp"

namespace user::api {

namespace http = mercato::http;

http::Answer ExportHandlers::export_me(const http::Request& request) {
  const auto me = user_of(request);
  return lane_.run(
      request,
      [this, me, session = session_of(request), deadline = request.deadline] {
        http::Response response;
        response.body = to_json_text(export_me_.export_me(me, deadline), session);
        response.headers.set("Cache-Control", "no-store");
        return response;
      },
      me.str());
}

}  // namespace user::api

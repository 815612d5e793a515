#include "http/key_handlers.hpp"

#include <mercato/error/error.hpp>

namespace user::api {

namespace http = mercato::http;

http::Answer KeyHandlers::get_key_set(const http::Request&) {
  const auto keys = keys_.published();
  if (!keys) throw mercato::unavailable("The keys are not known yet.");
  http::Response response;
  response.body = keys->to_jwks();
  response.headers.set("Cache-Control", "public, max-age=60");
  return response;
}

}  // namespace user::api

#include "http/recovery_handlers.hpp"

#include <string>

#include <mercato/http/problem.hpp>
#include <mercato/json/json.hpp>

#include "http/user_json.hpp"

namespace user::api {
namespace {

namespace http = mercato::http;

std::string token_in(const http::Request& request) {
  return std::string(request.path_parameter("token"));
}

}  // namespace

http::Answer RecoveryHandlers::request_password_reset(const http::Request& request) {
  tokens_.send(Purpose::password_reset, parse_reset_request(request));
  return http::json_response(Json::object(), 202);
}

http::Answer RecoveryHandlers::reset_password(const http::Request& request) {
  return lane_.run(request,
                   [this, token = token_in(request), password = parse_reset_password(request)] {
                     reset_password_.reset_password(token, password);
                     return http::no_content();
                   });
}

http::Answer RecoveryHandlers::verify_email(const http::Request& request) {
  user::verify_email(tokens_, token_in(request));
  return http::no_content();
}

}  // namespace user::api

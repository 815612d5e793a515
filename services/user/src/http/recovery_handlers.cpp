#include "http/recovery_handlers.hpp"

#include <chrono>
#include <string>

#include <mercato/error/error.hpp>
#include <mercato/http/body.hpp>
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
  return request_mail(Purpose::password_reset, request);
}

http::Answer RecoveryHandlers::request_email_verification(const http::Request& request) {
  return request_mail(Purpose::email_verification, request);
}

http::Response RecoveryHandlers::request_mail(Purpose purpose, const http::Request& request) {
  const auto email = parse_mail_request(request);
  if (limiter_.take("") > std::chrono::milliseconds::zero()) throw mercato::unavailable();
  tokens_.request(purpose, email);
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
  http::refuse_body(request);
  user::verify_email(tokens_, token_in(request));
  return http::no_content();
}

}  // namespace user::api

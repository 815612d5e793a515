#include "http/recovery_handlers.hpp"

#include <chrono>
#include <string>

#include <mercato/error/error.hpp>
#include <mercato/error/rate_limited.hpp>
#include <mercato/http/body.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/json/json.hpp>

#include "http/client_network.hpp"
#include "http/user_json.hpp"

namespace user::api {
namespace {

namespace http = mercato::http;

constexpr double kPerSecond = 1;
constexpr double kBurst = 100;
constexpr const char* kPolicy = R"("mails";q=100;w=100)";

// Of everybody together: more than mail servers send, and less than a flood that would fill the
// table.
constexpr double kPerSecondOfAll = 100;
constexpr double kBurstOfAll = 1'000;

constexpr std::chrono::milliseconds kNone{0};

std::string token_in(const http::Request& request) {
  return std::string(request.path_parameter("token"));
}

}  // namespace

RecoveryHandlers::RecoveryHandlers(AccountTokens& tokens, ResetPassword& reset_password, Lane& lane,
                                   bool limited)
    : of_networks_(limited ? kPerSecond : 0, kBurst),
      of_all_(kPerSecondOfAll, kBurstOfAll, 1),
      tokens_(tokens),
      reset_password_(reset_password),
      lane_(lane) {}

http::Answer RecoveryHandlers::request_password_reset(const http::Request& request) {
  return request_mail(Purpose::password_reset, request);
}

http::Answer RecoveryHandlers::request_email_verification(const http::Request& request) {
  return request_mail(Purpose::email_verification, request);
}

http::Response RecoveryHandlers::request_mail(Purpose purpose, const http::Request& request) {
  const auto email = parse_mail_request(request);
  const auto wait = of_networks_.take(client_network(request.remote_address));
  if (wait > kNone) {
    throw mercato::RateLimited("Too many mails were asked for. Try again later.",
                               std::chrono::ceil<std::chrono::seconds>(wait), kPolicy);
  }
  if (of_all_.take("") > kNone) throw mercato::unavailable();
  tokens_.request(purpose, email);
  return http::json_response(Json::object(), 202);
}

http::Answer RecoveryHandlers::reset_password(const http::Request& request) {
  return lane_.run(
      request, [this, token = token_in(request), password = parse_reset_password(request)] {
        return http::json_response(to_json(reset_password_.reset_password(token, password)));
      });
}

http::Answer RecoveryHandlers::verify_email(const http::Request& request) {
  http::refuse_body(request);
  return http::json_response(to_json(user::verify_email(tokens_, token_in(request))));
}

}  // namespace user::api

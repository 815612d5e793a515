#include <support/catch.hpp>

#include <vector>

#include "user_service.hpp"

using namespace user::test;

namespace {

struct Route {
  std::string method;
  std::string path;
  Json good;
  bool anonymous = false;
};

std::vector<Route> write_routes() {
  const Json address = {{"name", "A"},   {"line1", "B"},       {"line2", "C"},    {"city", "D"},
                        {"region", "E"}, {"postal_code", "F"}, {"country", "GB"}, {"phone", "1"}};
  const std::string id = mercato::Uuid::v7().str();
  return {
      {"POST",
       "/api/v1/users",
       {{"email", "bad@example.com"}, {"password", kPassword}, {"name", "A"}},
       true},
      {"POST", "/api/v1/sessions", {{"email", "bad@example.com"}, {"password", kPassword}}, true},
      {"POST", "/api/v1/sessions/refresh", {{"refresh_token", "x"}}, true},
      {"POST", "/api/v1/users/password-resets", {{"email", "bad@example.com"}}, true},
      {"POST", "/api/v1/users/password-resets/x", {{"password", kPassword}}, true},
      {"PATCH", "/api/v1/users/me", {{"name", "A"}}},
      {"PUT",
       "/api/v1/users/me/password",
       {{"current_password", "x"}, {"new_password", kPassword}}},
      {"POST", "/api/v1/users/me/addresses", address},
      {"PUT", "/api/v1/users/me/addresses/" + id, address},
      {"PATCH", "/api/v1/users/" + id, {{"role", "admin"}, {"status", "active"}}},
  };
}

/// The good body with each member replaced by each of these.
std::vector<std::string> bad_bodies(const Json& good) {
  const std::vector<std::string> values = {"5",
                                           "1.5",
                                           "true",
                                           "[]",
                                           "{}",
                                           "[\"a\"]",
                                           "1e400",
                                           "-1",
                                           "9223372036854775808",
                                           "\"\\u0000\"",
                                           "\"\\ud800\"",
                                           "\"a\\r\\nb\"",
                                           "\"\\u0007\"",
                                           "\"" + std::string(20'000, 'x') + "\""};
  std::vector<std::string> bodies = {"",
                                     "{",
                                     "null",
                                     "[]",
                                     "5",
                                     "\"text\"",
                                     "{\"a\":1,}",
                                     "{} {}",
                                     "\xef\xbb\xbf{}",
                                     "{\"x\":\"\xff\"}",
                                     "{\"x\":\"\xc0\xaf\"}",
                                     std::string(100'000, '['),
                                     "{\"x\":NaN}"};
  const auto whole = mercato::json::dump(good);
  bodies.push_back(whole.substr(0, whole.size() - 1));
  bodies.push_back(whole.substr(0, whole.size() - 1) + ",\"is_admin\":true}");
  for (const auto& [member, value] : good.items()) {
    bodies.push_back(whole.substr(0, whole.size() - 1) + ",\"" + member + "\":1}");
    for (const auto& bad : values) {
      auto copy = good;
      copy[member] = "@here@";
      auto text = mercato::json::dump(copy);
      text.replace(text.find("\"@here@\""), 8, bad);
      bodies.push_back(std::move(text));
    }
  }
  return bodies;
}

}  // namespace

TEST_CASE("no bad body is ever a failure of ours, or changes anything", "[bad_input]") {
  auto& service = UserService::shared();
  const auto admin = service.admin();
  const auto before = service.sql("SELECT count(*) || ' ' || sum(version) FROM users");
  int sent = 0;
  for (const auto& route : write_routes()) {
    for (const auto& body : bad_bodies(route.good)) {
      HeaderList headers;
      if (!route.anonymous) headers.emplace_back("Authorization", "Bearer " + admin.access_token);
      const auto answer = service.send(route.method, route.path, body, std::move(headers));
      INFO(route.method << " " << route.path << " " << body.substr(0, 200) << "\n"
                        << answer.http.body);
      const bool fits = answer.status >= 400 && answer.status < 500 &&
                        answer.http.header("Content-Type") == "application/problem+json" &&
                        !answer.problem().empty();
      CHECK(fits);
      ++sent;
    }
  }
  CHECK(sent > 400);
  CHECK(service.sql("SELECT count(*) || ' ' || sum(version) FROM users") == before);
}

TEST_CASE("every route refuses who has no business there", "[bad_input]") {
  auto& service = UserService::shared();
  const auto customer = service.customer();
  const std::string id = mercato::Uuid::v7().str();
  const std::vector<std::pair<std::string, std::string>> signed_in = {
      {"GET", "/api/v1/users/me"},
      {"PATCH", "/api/v1/users/me"},
      {"DELETE", "/api/v1/users/me"},
      {"PUT", "/api/v1/users/me/password"},
      {"GET", "/api/v1/users/me/addresses"},
      {"POST", "/api/v1/users/me/addresses"},
      {"GET", "/api/v1/users/me/addresses/" + id},
      {"PUT", "/api/v1/users/me/addresses/" + id},
      {"DELETE", "/api/v1/users/me/addresses/" + id},
      {"GET", "/api/v1/sessions"},
      {"DELETE", "/api/v1/sessions/current"},
      {"DELETE", "/api/v1/sessions/" + id}};
  const std::vector<std::pair<std::string, std::string>> for_admins = {
      {"GET", "/api/v1/users"},
      {"GET", "/api/v1/users/" + id},
      {"PATCH", "/api/v1/users/" + id},
      {"GET", "/api/v1/admin/audit"}};
  const auto forged = service.keys().bearer(mercato::Uuid::v7());  // by a key that is not ours
  for (const auto& routes : {signed_in, for_admins}) {
    for (const auto& [method, path] : routes) {
      INFO(method << " " << path);
      CHECK(service.call(method, path).problem() == "unauthenticated");
      CHECK(service.call(method, path).http.header("WWW-Authenticate") == "Bearer");
      CHECK(service.call(method, path, nullptr, {}, {{"Authorization", forged}}).status == 401);
      CHECK(service
                .call(method, path, nullptr, {},
                      {{"Authorization", service.keys().peer_bearer("order", "user")}})
                .status == 401);
    }
  }
  for (const auto& [method, path] : for_admins) {
    INFO(method << " " << path);
    CHECK(service.call(method, path, nullptr, customer.access_token).problem() == "forbidden");
  }
}

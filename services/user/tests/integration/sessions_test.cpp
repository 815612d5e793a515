#include <support/catch.hpp>

#include <chrono>
#include <set>
#include <thread>
#include <vector>

#include <mercato/auth/jwt.hpp>

#include "user_service.hpp"

using namespace user::test;
namespace auth = mercato::auth;

namespace {

auth::KeySet key_set(const UserService& service) {
  return auth::KeySet::parse(service.call("GET", "/.well-known/jwks.json").http.body);
}

/// The answer without what differs from request to request.
std::string essence(Answer answer) {
  answer.body.erase("trace_id");
  return std::to_string(answer.status) + answer.body.dump();
}

void make_used_long_ago(const UserService& service, const std::string& session) {
  service.sql("UPDATE session SET used_at = now() - interval '11 s' WHERE id = '" + session + "'");
}

}  // namespace

TEST_CASE("access tokens say who and until when, to whoever has the key set", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto verified =
      auth::verify(user.access_token, key_set(service),
                   {"https://mercato.example", "mercato", "at+jwt"}, mercato::system_clock().now());
  REQUIRE(verified.verdict == auth::Verdict::valid);
  CHECK(verified.claims.subject == user.id);
  CHECK(verified.claims.other.at("sid") == user.session_id);
  CHECK(verified.claims.other.at("role") == "customer");
  CHECK(mercato::Uuid::parse(verified.claims.id).has_value());
  CHECK(verified.claims.expires_at - verified.claims.issued_at == std::chrono::seconds(900));
}

TEST_CASE("a wrong password and an unknown e-mail address look the same", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto wrong = service.sign_in(user.email, "another long phrase");
  CHECK(wrong.status == 401);
  CHECK(wrong.problem() == "invalid_credentials");
  CHECK(essence(wrong) == essence(service.sign_in(fresh_email(), "another long phrase")));
  CHECK(essence(wrong) == essence(service.sign_in("no address", "")));
}

TEST_CASE("what no account can have is wrong like anything else", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto wrong = essence(service.sign_in(user.email, "another long phrase"));
  CHECK(essence(service.sign_in(user.email, kPassword + std::string(1'000, ' '))) == wrong);
  CHECK(essence(service.sign_in(user.email, std::string(500'000, 'x'))) == wrong);
  CHECK(essence(service.sign_in(user.email, "another\tphrase\n")) == wrong);
  CHECK(essence(service.sign_in(std::string(300, 'x') + "@example.com", kPassword)) == wrong);
  CHECK(service
            .call("PUT", "/api/v1/users/me/password",
                  {{"current_password", std::string(1'001, 'x')},
                   {"new_password", "a brand new phrase"}},
                  user.access_token)
            .problem() == "invalid_credentials");
}

TEST_CASE("a refresh token is good once, for the next pair", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto second = service.refresh(user.refresh_token);
  REQUIRE(second.status == 200);
  CHECK(second.text("session_id") == user.session_id);
  CHECK(second.text("access_token") != user.access_token);
  CHECK(second.body.at("user").at("id") == user.id);
  CHECK(service.call("GET", "/api/v1/users/me", nullptr, second.text("access_token")).status ==
        200);
  const auto third = service.refresh(second.text("refresh_token"));
  CHECK(third.status == 200);
}

TEST_CASE("a used token shown again ends the session", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto second = service.refresh(user.refresh_token).text("refresh_token");
  const auto third = service.refresh(second).text("refresh_token");
  const auto reused = service.refresh(user.refresh_token);
  CHECK(reused.status == 401);
  CHECK(reused.problem() == "refresh_token_reused");
  CHECK(service.refresh(third).problem() == "refresh_token_invalid");
}

TEST_CASE("a lost answer is given again, until its token is used or ten seconds have passed",
          "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto first = service.refresh(user.refresh_token);
  const auto again = service.refresh(user.refresh_token);
  CHECK(again.status == 200);
  CHECK(again.body == first.body);
  CHECK(service.refresh(first.text("refresh_token")).status == 200);
  CHECK(service.refresh(user.refresh_token).problem() == "refresh_token_reused");

  const auto other = service.customer();
  const auto next = service.refresh(other.refresh_token).text("refresh_token");
  make_used_long_ago(service, other.session_id);
  CHECK(service.refresh(other.refresh_token).problem() == "refresh_token_reused");
  CHECK(service.refresh(next).problem() == "refresh_token_invalid");
}

TEST_CASE("ten refreshes at once with one token get one pair", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  std::vector<Answer> answers(10);
  std::vector<std::thread> threads;
  for (auto& answer : answers) {
    threads.emplace_back([&] { answer = service.refresh(user.refresh_token); });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::string> pairs;
  for (const auto& answer : answers) {
    CHECK(answer.status == 200);
    pairs.insert(answer.text("refresh_token") + answer.text("access_token"));
  }
  CHECK(pairs.size() == 1);
}

TEST_CASE("a token that nobody made is refused without a look into the database", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  auto forged = user.refresh_token;
  forged[30] = forged[30] == 'A' ? 'B' : 'A';
  for (const auto& token : {forged, user.access_token.substr(0, 86), std::string("x")}) {
    CHECK(service.refresh(token).problem() == "refresh_token_invalid");
  }
  CHECK(service.refresh(user.refresh_token).status == 200);
}

TEST_CASE("a user sees their sessions and ends them one by one", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto phone =
      service.call("POST", "/api/v1/sessions", {{"email", user.email}, {"password", kPassword}}, {},
                   {{"User-Agent", "Phone/1.0"}});
  REQUIRE(phone.status == 201);

  const auto listed = service.call("GET", "/api/v1/sessions", nullptr, user.access_token);
  REQUIRE(listed.body.at("data").size() == 2);
  CHECK(listed.body.at("next_cursor").is_null());
  CHECK(listed.body.at("data")[0].at("id") == phone.text("session_id"));
  CHECK(listed.body.at("data")[0].at("user_agent") == "Phone/1.0");
  CHECK(listed.body.at("data")[0].at("current") == false);
  CHECK(listed.body.at("data")[1].at("current") == true);

  const auto path = "/api/v1/sessions/" + phone.text("session_id");
  const auto stranger = service.customer();
  CHECK(service.call("DELETE", path, nullptr, stranger.access_token).status == 404);
  CHECK(service.call("DELETE", path, nullptr, user.access_token).status == 204);
  CHECK(service.call("DELETE", path, nullptr, user.access_token).status == 404);
  CHECK(service.refresh(phone.text("refresh_token")).problem() == "refresh_token_invalid");

  CHECK(service.call("DELETE", "/api/v1/sessions/current", nullptr, user.access_token).status ==
        204);
  CHECK(service.refresh(user.refresh_token).problem() == "refresh_token_invalid");
}

TEST_CASE("an account keeps its newest thousand sessions", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  // Of yesterday; the newest of them ended, and do not count.
  service.sql(R"(
    INSERT INTO session (id, user_id, token_hash, expires_at, ended_at)
    SELECT (lpad(to_hex(floor(extract(epoch FROM now()) * 1000)::bigint - 86400000), 12, '0') ||
            '7000b000' || lpad(n::text, 12, '0'))::uuid,
           ')" + user.id + R"(', '', now() + interval '1 day',
           CASE WHEN n > 1005 THEN now() END
      FROM generate_series(1, 1015) AS n)");
  const auto live = [&] {
    return service.sql("SELECT count(*) FROM session WHERE ended_at IS NULL AND user_id = '" +
                       user.id + "'");
  };
  const auto next = service.sign_in(user.email);
  REQUIRE(next.status == 201);
  CHECK(live() == "1000");
  CHECK(service.refresh(next.text("refresh_token")).status == 200);
  CHECK(service.refresh(user.refresh_token).status == 200);

  CHECK(service.sign_in(user.email).status == 201);
  CHECK(live() == "1000");
  CHECK(service.sql("SELECT count(*) FROM session WHERE ended_at IS NOT NULL AND user_id = '" +
                    user.id + "'") == "10");
}

TEST_CASE("an account keeps its newest thousand sessions that ended", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  service.sql(R"(
    INSERT INTO session (id, user_id, user_agent, token_hash, expires_at, ended_at)
    SELECT (lpad(to_hex(floor(extract(epoch FROM now()) * 1000)::bigint - 86400000), 12, '0') ||
            '7000b000' || lpad(n::text, 12, '0'))::uuid,
           ')" + user.id + R"(', n, '', now() + interval '1 day', now()
      FROM generate_series(1, 1015) AS n)");
  const auto ended = [&] {
    return service.sql("SELECT count(*) FROM session WHERE ended_at IS NOT NULL AND user_id = '" +
                       user.id + "'");
  };
  CHECK(service.sign_in(user.email).status == 201);
  CHECK(ended() == "1005");
  CHECK(service.sign_in(user.email).status == 201);
  CHECK(service.sign_in(user.email).status == 201);
  CHECK(ended() == "1000");
  CHECK(service.sql("SELECT min(user_agent::int) FROM session WHERE ended_at IS NOT NULL AND "
                    "user_id = '" + user.id + "'") == "16");
  CHECK(service.refresh(user.refresh_token).status == 200);
}

TEST_CASE("a user agent that is no text is not kept", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto body = mercato::json::dump({{"email", user.email}, {"password", kPassword}});
  for (const std::string agent : {"caf\xe9", "\xf0\x9f\xa6"}) {
    const auto answer = service.send("POST", "/api/v1/sessions", body, {{"User-Agent", agent}});
    CHECK((answer.status == 201 || answer.status == 400));
  }
  std::string longer(301, 'a');
  longer.replace(299, 2, "\u00e9");
  REQUIRE(service.send("POST", "/api/v1/sessions", body, {{"User-Agent", longer}}).status == 201);
  CHECK(service.sql("SELECT max(length(user_agent)) FROM session WHERE user_id = '" + user.id +
                    "'") == "299");
}

TEST_CASE("a changed password ends all other sessions", "[sessions]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto other = service.sign_in(user.email);
  const auto change = [&](const std::string& current, const std::string& next) {
    return service.call("PUT", "/api/v1/users/me/password",
                        {{"current_password", current}, {"new_password", next}}, user.access_token);
  };
  CHECK(change("not the password", "a brand new phrase").problem() == "invalid_credentials");
  CHECK(change(kPassword, "password1234").problem() == "/new_password weak_password");
  CHECK(change(kPassword, user.email).problem() == "/new_password weak_password");
  CHECK(change(kPassword, "a brand new phrase").status == 204);

  CHECK(service.refresh(other.text("refresh_token")).problem() == "refresh_token_invalid");
  CHECK(service.refresh(user.refresh_token).status == 200);
  CHECK(service.sign_in(user.email).problem() == "invalid_credentials");
  CHECK(service.sign_in(user.email, "a brand new phrase").status == 201);
}

#include <support/await.hpp>
#include <support/catch.hpp>

#include <mercato/auth/jwt.hpp>
#include <mercato/crypto/crypto.hpp>
#include <mercato/db/pool.hpp>

#include "storage/pg_signing_key_repository.hpp"
#include "user_service.hpp"

using namespace user::test;
using namespace std::chrono_literals;
using mercato::auth::KeySet;
using mercato::test::ServiceProcess;

namespace {

UserService a_service() {
  return UserService(UserService::Environment{{"SIGN_IN_LIMITS", "false"}});
}

Answer get_key_set(const UserService& service) {
  return service.call("GET", "/.well-known/jwks.json");
}

std::string another_key() {
  return mercato::crypto::base64(std::string(32, 'x'));
}

std::size_t count_of(const std::string& words, const std::string& text) {
  std::size_t count = 0;
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++count;
  return count;
}

std::string kid_of(const std::string& token) {
  const auto header = mercato::crypto::parse_base64url(token.substr(0, token.find('.')));
  return mercato::json::parse(*header).at("kid").get<std::string>();
}

}  // namespace

TEST_CASE("the key set holds the key that signs and the next one, and no secret", "[keys]") {
  const auto& service = UserService::shared();
  const auto answer = get_key_set(service);
  CHECK(answer.status == 200);
  CHECK(answer.http.header("Cache-Control") == "public, max-age=60");
  REQUIRE(answer.body.at("keys").size() == 2);
  for (const auto& key : answer.body.at("keys")) {
    CHECK(key.at("kty") == "EC");
    CHECK(key.at("use") == "sig");
    CHECK(!key.contains("d"));
  }
  CHECK(kid_of(service.customer().access_token) ==
        answer.body.at("keys")[0].at("kid").get<std::string>());
  CHECK(service.sql("SELECT count(*) FROM signing_key WHERE "
                    "encode(sealed_private_key, 'escape') LIKE '%PRIVATE%'") == "0");
}

TEST_CASE("tokens of the key before go on while they live, then it is withdrawn", "[keys]") {
  auto service = a_service();
  const auto user = service.customer();
  service.sql("UPDATE signing_key SET signs_from = signs_from - interval '30 days'");
  service.process().terminate();
  service.process().start();

  const auto keys = get_key_set(service).body.at("keys");
  REQUIRE(keys.size() == 3);
  CHECK(kid_of(user.access_token) == keys[0].at("kid").get<std::string>());
  const auto next = service.sign_in(user.email).text("access_token");
  CHECK(kid_of(next) == keys[1].at("kid").get<std::string>());
  for (const auto& token : {user.access_token, next}) {
    CHECK(service.call("GET", "/api/v1/users/me", nullptr, token).status == 200);
  }

  service.sql("UPDATE signing_key SET signs_from = signs_from - interval '21 minutes'");
  service.process().terminate();
  service.process().start();
  CHECK(get_key_set(service).body.at("keys").size() == 2);
  CHECK(service.call("GET", "/api/v1/users/me", nullptr, user.access_token).status == 401);
  CHECK(service.call("GET", "/api/v1/users/me", nullptr, next).status == 200);
}

TEST_CASE("the next key is seen for minutes before it signs", "[keys]") {
  auto service = a_service();
  service.sql("UPDATE signing_key SET signs_from = signs_from - interval '90 days'");
  service.process().terminate();
  service.process().start();
  CHECK(service.sql("SELECT max(signs_from) BETWEEN now() + interval '4 minutes' AND "
                    "now() + interval '6 minutes' FROM signing_key") == "t");
}

TEST_CASE("keys are rotated by command while the service runs", "[keys]") {
  auto service = a_service();
  const auto user = service.customer();
  const auto rotate = [&](const std::vector<std::string>& words) {
    const auto done = ServiceProcess::run(SERVICE_BINARY, words, service.environment());
    INFO(done.output);
    CHECK(done.exit_code == 0);
    CHECK(done.output.find("PRIVATE") == std::string::npos);
    service.process().terminate();  // for not to wait until it looks again
    service.process().start();
  };
  const auto works = [&](const std::string& token) {
    return service.call("GET", "/api/v1/users/me", nullptr, token).status;
  };
  service.sql("UPDATE signing_key SET created_at = created_at - interval '5 minutes'");
  rotate({"rotate-keys"});
  CHECK(get_key_set(service).body.at("keys").size() == 3);
  const auto second = service.sign_in(user.email);
  CHECK(kid_of(second.text("access_token")) != kid_of(user.access_token));
  CHECK(works(user.access_token) == 200);

  // The one after is too new to sign: others may not have seen it yet.
  const auto times = [&] {
    return service.sql("SELECT string_agg(signs_from::text, ' ' ORDER BY kid) FROM signing_key");
  };
  const auto after_once = times();
  rotate({"rotate-keys"});
  CHECK(times() == after_once);
  CHECK(kid_of(service.sign_in(user.email).text("access_token")) ==
        kid_of(second.text("access_token")));

  rotate({"rotate-keys", "--withdraw"});
  CHECK(works(user.access_token) == 401);
  CHECK(works(second.text("access_token")) == 200);
  CHECK(service.refresh(user.refresh_token).status == 200);
  CHECK(ServiceProcess::run(SERVICE_BINARY, {"rotate-keys", "now"}, service.environment())
            .exit_code == 2);
}

TEST_CASE("a key that others may know goes once a next key that is new may sign", "[keys]") {
  auto service = a_service();
  const auto user = service.customer();
  const auto first = kid_of(user.access_token);
  const auto withdraw = [&] {
    const auto done =
        ServiceProcess::run(SERVICE_BINARY, {"rotate-keys", "--withdraw"}, service.environment());
    INFO(done.output);
    CHECK(done.exit_code == 0);
    CHECK(count_of(first + " is still good", done.output) == 1);
  };
  const auto restart = [&] {
    service.process().terminate();  // for not to wait until it looks again
    service.process().start();
  };
  const auto get_me = [&](const std::string& token) {
    return service.call("GET", "/api/v1/users/me", nullptr, token).status;
  };
  withdraw();
  withdraw();
  restart();
  CHECK(service.sql("SELECT count(*) FROM signing_key") == "2");
  CHECK(service.sql("SELECT max(signs_from) = max(created_at) + interval '5 minutes' "
                    "FROM signing_key") == "t");
  CHECK(get_me(user.access_token) == 200);

  service.sql("UPDATE signing_key SET signs_from = signs_from - interval '5 minutes'");
  restart();
  CHECK(get_me(user.access_token) == 401);
  CHECK(get_key_set(service).body.at("keys").size() == 2);
  const auto refreshed = service.refresh(user.refresh_token);
  REQUIRE(refreshed.status == 200);
  CHECK(kid_of(refreshed.text("access_token")) != first);
  CHECK(get_me(refreshed.text("access_token")) == 200);
}

TEST_CASE("keys that others may know go, too, where nobody has made a next one yet", "[keys]") {
  auto service = a_service();
  const auto user = service.customer();
  service.process().terminate();
  service.sql("UPDATE signing_key SET signs_from = signs_from - interval '31 days', "
              "created_at = created_at - interval '31 days'");
  const auto signing = service.sql("SELECT kid FROM signing_key ORDER BY signs_from DESC LIMIT 1");
  const auto done =
      ServiceProcess::run(SERVICE_BINARY, {"rotate-keys", "--withdraw"}, service.environment());
  INFO(done.output);
  CHECK(done.exit_code == 0);
  CHECK(count_of(signing + " is still good", done.output) == 1);
  CHECK(service.sql("SELECT count(*) FROM signing_key") == "2");
  CHECK(service.sql("SELECT max(signs_from) = max(created_at) + interval '5 minutes' "
                    "FROM signing_key") == "t");
  service.process().start();
  CHECK(service.call("GET", "/api/v1/users/me", nullptr, user.access_token).status == 401);
}

TEST_CASE("replicas that start at once on an empty database agree on the keys", "[keys]") {
  auto first = a_service();
  first.process().terminate();
  first.sql("DELETE FROM signing_key");
  first.process().start(false);
  ServiceProcess second(SERVICE_BINARY, first.environment());
  REQUIRE(first.process().await_ready());
  CHECK(first.sql("SELECT count(*) FROM signing_key") == "2");
  CHECK(get_key_set(first).http.body == second.call({.target = "/.well-known/jwks.json"}).body);
}

TEST_CASE("a KEY_ENCRYPTION_KEY that is none is refused at the start", "[keys]") {
  const auto service = a_service();
  auto environment = service.environment();
  environment["PORT"] = std::to_string(mercato::test::free_port());
  environment["HEALTH_PORT"] = std::to_string(mercato::test::free_port());
  environment["KEY_ENCRYPTION_KEY"] = "c2hvcnQ=";
  const auto refused = ServiceProcess::run(SERVICE_BINARY, {"serve"}, environment);
  CHECK(refused.exit_code == 2);
  CHECK(refused.output.find("KEY_ENCRYPTION_KEY") != std::string::npos);
}

TEST_CASE("a backup is good without its KEY_ENCRYPTION_KEY, but for what the lost keys signed",
          "[keys]") {
  auto before = a_service();
  const auto user = before.customer();
  before.process().terminate();

  auto environment = before.environment();
  environment["KEY_ENCRYPTION_KEY"] = another_key();
  const ServiceProcess restored(SERVICE_BINARY, environment);
  const auto call = [&](const mercato::test::HttpCall& request) { return restored.call(request); };
  const auto keys = mercato::json::parse(call({.target = "/.well-known/jwks.json"}).body);
  CHECK(keys.at("keys").size() == 2);
  const auto get_me = [&](const std::string& token) {
    return call({"GET", "/api/v1/users/me", {{"Authorization", "Bearer " + token}}, ""}).status;
  };
  CHECK(get_me(user.access_token) == 401);
  CHECK(call({"POST", "/api/v1/sessions/refresh", {},
              mercato::json::dump({{"refresh_token", user.refresh_token}})})
            .status == 401);
  const Json credentials{{"email", user.email}, {"password", kPassword}};
  const auto session =
      call({"POST", "/api/v1/sessions", {}, mercato::json::dump(credentials)});
  REQUIRE(session.status == 201);
  const auto token = mercato::json::parse(session.body).at("access_token").get<std::string>();
  CHECK(kid_of(token) == keys.at("keys")[0].at("kid").get<std::string>());
  CHECK(get_me(token) == 200);
  // Both were looked at more often than they are told of.
  CHECK(count_of("does not open a signing key", restored.log()) == 2);

  // With the key that was lost and found again, it is as if nothing had been.
  before.process().start();
  CHECK(get_key_set(before).body.at("keys").size() == 2);
  CHECK(before.call("GET", "/api/v1/users/me", nullptr, user.access_token).status == 200);
}

TEST_CASE("keys are rotated by command where none of those before opens", "[keys]") {
  auto service = a_service();
  service.process().terminate();
  auto environment = service.environment();
  environment["KEY_ENCRYPTION_KEY"] = another_key();
  const auto rotate = [&](const std::vector<std::string>& words) {
    const auto done = ServiceProcess::run(SERVICE_BINARY, words, environment);
    INFO(done.output);
    CHECK(done.exit_code == 0);
    CHECK(count_of(" signs from ", done.output) == 2);
  };
  rotate({"rotate-keys"});
  CHECK(service.sql("SELECT count(*) FROM signing_key") == "4");
  rotate({"rotate-keys", "--withdraw"});
  CHECK(service.sql("SELECT count(*) FROM signing_key") == "2");

  // What is made because nothing opens is known to nobody, and signs for as long as others do.
  environment["KEY_ENCRYPTION_KEY"] = mercato::crypto::base64(std::string(32, 'y'));
  rotate({"rotate-keys", "--withdraw"});
  CHECK(service.sql("SELECT max(signs_from) > now() + interval '1 day' FROM signing_key") == "t");
}

TEST_CASE("a replica leaves keys alone that another KEY_ENCRYPTION_KEY sealed", "[keys]") {
  auto service = a_service();
  service.process().terminate();
  service.sql("DELETE FROM signing_key");
  mercato::db::PoolOptions options;
  options.url = service.database_url();
  mercato::db::Pool pool(options);
  const user::security::KeySchedule schedule{24h, 300s, 0s};
  user::storage::PgSigningKeyRepository right(pool, std::string(32, 'r'), schedule);
  user::storage::PgSigningKeyRepository wrong(pool, std::string(32, 'w'), schedule);
  right.rotate();
  const auto first = right.list();
  REQUIRE(first.size() == 2);

  wrong.rotate();
  wrong.rotate();  // what signs since before now() makes those before it over
  const auto made = wrong.list();
  REQUIRE(made.size() == 2);
  CHECK(service.sql("SELECT count(*) FROM signing_key WHERE signs_from <= now()") == "2");
  CHECK(made.back().signs_from < made.front().signs_from + 25h);
  right.rotate();
  const auto left = right.list();
  REQUIRE(left.size() == 2);
  CHECK(left.front().kid == first.front().kid);
  CHECK(left.back().kid == first.back().kid);
}

TEST_CASE("the database's absence is a 503, and its return is noticed", "[keys]") {
  mercato::test::PostgresServer postgres;
  const auto url = postgres.create_database();
  auto service =
      UserService(UserService::Environment{{"DATABASE_URL", url}, {"SIGN_IN_LIMITS", "false"}});
  const auto user = service.customer();
  postgres.kill();
  REQUIRE(mercato::test::await([&] { return service.sign_in(user.email).status == 503; }, 5s));
  const auto refused = service.call("GET", "/api/v1/users/me", nullptr, user.access_token);
  CHECK(refused.status == 503);
  CHECK(!refused.http.header("Retry-After").empty());
  CHECK(get_key_set(service).status == 200);
  postgres.restart();
  CHECK(mercato::test::await([&] { return service.sign_in(user.email).status == 201; }, 5s));
}

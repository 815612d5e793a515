#include <support/catch.hpp>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <mercato/redis/client.hpp>

#include "user_service.hpp"

using namespace user::test;
using mercato::test::RedisServer;

namespace {

constexpr const char* kWrong = "not the password it has";

/// Signs in from that address, as the gateway would report it.
Answer sign_in_from(const UserService& service, const std::string& address,
                    const std::string& email, const std::string& password) {
  return service.call("POST", "/api/v1/sessions", {{"email", email}, {"password", password}}, {},
                      {{"X-Forwarded-For", address}});
}

/// Whether Redis once took so long to answer that the service did without it for a while: failures
/// are counted in two places then, and in each there may be as many as are free.
bool redis_was_late(const mercato::test::ServiceProcess& service) {
  return service.log().find("Redis is unreachable") != std::string::npos;
}

/// Guesses on, where not all failures were counted in one place, until it is refused.
template <class Guess>
void fail_in_both_places(const mercato::test::ServiceProcess& service, int free,
                         const Guess& guess) {
  for (int i = 0; i < free && redis_was_late(service) && guess() == 401; ++i) {
  }
}

void fail(const UserService& service, const std::string& email, int times) {
  for (int i = 0; i < times; ++i) {
    CHECK(sign_in_from(service, "192.0.2.1", email, kWrong).problem() == "invalid_credentials");
  }
}

void check_is_slowed_down(const UserService& service, const std::string& email) {
  fail_in_both_places(service.process(), 10, [&] {
    return sign_in_from(service, "192.0.2.1", email, kWrong).status;
  });
  const auto refused = sign_in_from(service, "192.0.2.1", email, kPassword);
  CHECK(refused.status == 429);
  CHECK(refused.problem() == "rate_limited");
  CHECK(std::stoi(refused.http.header("Retry-After")) >= 1);
  CHECK(std::stoi(refused.http.header("Retry-After")) <= 60);
  CHECK(refused.http.header("RateLimit-Policy") == "\"sign-in\";q=10;w=900");
}

/// Lets all failures that are remembered lie an hour ahead, as if Redis' clock had been set back.
void set_clock_back(const RedisServer& server) {
  mercato::redis::ClientOptions options;
  options.url = server.url();
  options.connect_timeout = options.command_timeout = std::chrono::seconds(10);
  mercato::redis::Client redis(options);
  const auto moved = redis.command({"EVAL", R"lua(
local moved = 0
for _, key in ipairs(redis.call('KEYS', 'user:failures:*')) do
  for _, attempt in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    redis.call('ZINCRBY', key, 3600000, attempt)
    moved = moved + 1
  end
end
return moved
)lua", "0"});
  REQUIRE(moved);
  REQUIRE(moved->integer > 0);
}

}  // namespace

TEST_CASE("who guesses passwords is slowed down, and the owner elsewhere is not", "[limits]") {
  const bool with_redis = GENERATE(false, true);
  const UserService service(
      UserService::Environment{{"REDIS_URL", with_redis ? RedisServer::shared().url() : ""}});
  const auto email = fresh_email();
  REQUIRE(service.register_user(email).status == 201);
  fail(service, email, 10);
  check_is_slowed_down(service, email);
  CHECK(sign_in_from(service, "192.0.2.2", email, kPassword).status == 201);

  const auto unknown = fresh_email();
  fail(service, unknown, 10);
  check_is_slowed_down(service, unknown);
}

TEST_CASE("a hundred guesses at once are as many as a hundred in a row", "[limits]") {
  const bool with_redis = GENERATE(false, true);
  const UserService service(
      UserService::Environment{{"REDIS_URL", with_redis ? RedisServer::shared().url() : ""}});
  const auto email = fresh_email();
  std::atomic<int> tried{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 10; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 10; ++j) {
        if (sign_in_from(service, "198.51.100.7", email, kWrong).status == 401) ++tried;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(tried >= 10);
  CHECK(tried <= (redis_was_late(service.process()) ? 20 : 10));
}

TEST_CASE("who guesses at many accounts meets the limit of the address", "[limits]") {
  const bool with_redis = GENERATE(false, true);
  const UserService service(
      UserService::Environment{{"REDIS_URL", with_redis ? RedisServer::shared().url() : ""}});
  const auto address = with_redis ? "198.51.100.8" : "198.51.100.9";
  for (int i = 0; i < 100; ++i) {
    CHECK(sign_in_from(service, address, fresh_email(), kWrong).problem() == "invalid_credentials");
  }
  const auto guess = [&] { return sign_in_from(service, address, fresh_email(), kWrong); };
  fail_in_both_places(service.process(), 100, [&] { return guess().status; });
  const auto refused = guess();
  CHECK(refused.status == 429);
  CHECK(refused.http.header("RateLimit-Policy") == "\"sign-in-address\";q=100;w=3600");
}

TEST_CASE("a clock that is set back locks nobody out", "[limits]") {
  const RedisServer redis;
  const UserService service(UserService::Environment{{"REDIS_URL", redis.url()}});
  const auto email = fresh_email();
  REQUIRE(service.register_user(email).status == 201);
  fail(service, email, 10);
  set_clock_back(redis);
  CHECK(sign_in_from(service, "192.0.2.1", email, kPassword).status == 201);
  fail(service, email, 10);
  check_is_slowed_down(service, email);
}

TEST_CASE("who asks for many mails has to wait, and nobody else", "[limits]") {
  const UserService service(UserService::Environment{});
  const auto ask = [&](const std::string& path, const std::string& address) {
    return service.call("POST", "/api/v1/users/" + path, {{"email", fresh_email()}}, {},
                        {{"X-Forwarded-For", address}});
  };
  auto answer = ask("password-resets", "192.0.2.1");
  for (int i = 0; i < 1'000 && answer.status == 202; ++i) {
    answer = ask(i % 2 == 0 ? "email-verifications" : "password-resets", "192.0.2.1");
  }
  CHECK(answer.status == 429);
  CHECK(answer.problem() == "rate_limited");
  CHECK(answer.http.header("RateLimit-Policy") == "\"mails\";q=100;w=100");
  CHECK(answer.http.header("Retry-After") == "1");
  CHECK(ask("password-resets", "192.0.2.2").status == 202);
}

TEST_CASE("replicas count together while they have Redis, and alone without", "[limits]") {
  RedisServer redis;
  UserService first(UserService::Environment{{"REDIS_URL", redis.url()}});
  mercato::test::ServiceProcess second(SERVICE_BINARY, first.environment());
  const auto email = fresh_email();
  fail(first, email, 10);
  const auto at_second = [&] {
    return second
        .call({"POST",
               "/api/v1/sessions",
               {{"X-Forwarded-For", "192.0.2.1"}},
               mercato::json::dump({{"email", email}, {"password", kWrong}})})
        .status;
  };
  fail_in_both_places(first.process(), 10, at_second);
  auto refused = at_second();
  if (redis_was_late(second)) refused = at_second();
  CHECK(refused == 429);
  redis.kill();
  CHECK(at_second() == 401);
  fail(first, fresh_email(), 10);
}

TEST_CASE("who asks too often has to wait, and nobody else", "[limits]") {
  const UserService service(
      UserService::Environment{{"RATE_LIMIT_PER_SECOND", "1"}, {"RATE_LIMIT_BURST", "3"}});
  const auto eager = service.customer();
  const auto other = service.customer();
  const auto ask = [&](const SignedInUser& who) {
    return service.call("GET", "/api/v1/users/me", nullptr, who.access_token);
  };
  auto answer = ask(eager);
  for (int i = 0; i < 10 && answer.status == 200; ++i) answer = ask(eager);
  CHECK(answer.status == 429);
  CHECK(answer.problem() == "rate_limited");
  CHECK(answer.body.at("retryable") == true);
  CHECK(answer.http.header("Content-Type") == "application/problem+json");
  CHECK(answer.http.header("Retry-After") == "1");
  CHECK(answer.http.header("RateLimit-Policy") == R"("caller";q=3;w=3)");
  CHECK(ask(other).status == 200);
}

TEST_CASE("a flood of sign-ins leaves everything else alone", "[limits]") {
  const UserService service(UserService::Environment{{"SIGN_IN_LIMITS", "false"}});
  const auto user = service.customer();
  std::atomic<bool> stop{false};
  std::atomic<int> refused{0};
  std::atomic<int> other{0};
  std::vector<std::thread> flood;
  for (int i = 0; i < 32; ++i) {
    flood.emplace_back([&] {
      while (!stop) {
        const auto answer = service.sign_in(user.email, kWrong);
        if (answer.status == 503 && answer.http.header("Retry-After").empty()) ++other;
        if (answer.status != 401 && answer.status != 503) ++other;
        ++refused;
      }
    });
  }
  while (refused < 32) std::this_thread::yield();
  for (int i = 0; i < 20; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(service.call("GET", "/api/v1/users/me", nullptr, user.access_token).status == 200);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
  }
  stop = true;
  for (auto& thread : flood) thread.join();
  CHECK(other == 0);
}

#include <support/catch.hpp>

#include <optional>

#include "fakes.hpp"
#include "storage/local_sign_in_limits.hpp"

using namespace std::chrono_literals;
using user::PasswordAttempt;
using user::storage::LocalSignInLimits;
using user::test::ManualClock;

namespace {

PasswordAttempt attempt(const std::string& account, const std::string& address = "192.0.2.1") {
  return {.account = account, .address = address};
}

/// How long the next attempt has to wait.
std::optional<std::chrono::seconds> wait_of(LocalSignInLimits& limits,
                                            const PasswordAttempt& next) {
  const auto refused = limits.begin(next);
  return refused ? std::optional(refused->wait) : std::nullopt;
}

}  // namespace

TEST_CASE("the eleventh failure of an account from one address has to wait", "[limits]") {
  ManualClock clock;
  LocalSignInLimits limits(clock);
  for (int i = 0; i < 10; ++i) CHECK(!limits.begin(attempt("ada")));
  CHECK(limits.begin(attempt("ada"))->limit.failures == 10);
  CHECK(wait_of(limits, attempt("ada")) == 5s);
  CHECK(wait_of(limits, attempt("ada")) == 5s);
  CHECK(!limits.begin(attempt("ada", "192.0.2.2")));
  CHECK(!limits.begin(attempt("grace")));
}

TEST_CASE("delays grow up to a minute and end with the window", "[limits]") {
  ManualClock clock;
  LocalSignInLimits limits(clock);
  for (int i = 0; i < 10; ++i) CHECK(!limits.begin(attempt("ada")));
  for (const auto delay : {5s, 10s, 20s, 40s, 60s, 60s}) {
    CHECK(wait_of(limits, attempt("ada")) == delay);
    clock.advance(delay);
    CHECK(!limits.begin(attempt("ada")));
  }
  clock.advance(15min);
  for (int i = 0; i < 10; ++i) CHECK(!limits.begin(attempt("ada")));
}

TEST_CASE("a success forgets an account's failures, and only itself at its address", "[limits]") {
  ManualClock clock;
  LocalSignInLimits limits(clock);
  for (int account = 0; account < 11; ++account) {
    for (int i = 0; i < 9; ++i) CHECK(!limits.begin(attempt(std::to_string(account))));
  }
  const auto right = attempt("0");
  REQUIRE(!limits.begin(right));
  const auto refused = limits.begin(attempt("another"));  // the address has had its hundred
  REQUIRE(refused);
  CHECK(refused->limit.failures == 100);
  limits.succeeded(right);
  CHECK(!limits.begin(attempt("0")));
  CHECK(wait_of(limits, attempt("0")) == 5s);
}

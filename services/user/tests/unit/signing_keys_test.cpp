#include <support/catch.hpp>

#include "fakes.hpp"
#include "security/jwt_access_tokens.hpp"
#include "security/sealed_refresh_tokens.hpp"
#include "security/signing_keys.hpp"

using namespace std::chrono_literals;
using namespace user;
using namespace user::security;
using user::test::error_of;
using user::test::ManualClock;

namespace {

SigningKey a_key(const std::string& kid, mercato::Timestamp signs_from) {
  return {kid, mercato::crypto::PrivateKey::generate(), signs_from};
}

}  // namespace

TEST_CASE("a key signs from its time on until the next one's", "[signing_keys]") {
  ManualClock clock;
  SigningKeys keys(clock);
  CHECK(!keys.current());
  CHECK(keys.published() == nullptr);
  keys.replace({a_key("next", clock.now() + 1h), a_key("current", clock.now() - 1h),
                a_key("previous", clock.now() - 2h)});
  CHECK(keys.current()->kid == "current");
  CHECK(keys.published()->keys().size() == 3);
  clock.advance(1h);
  CHECK(keys.current()->kid == "next");
}

TEST_CASE("the published set stays the same object while nothing changed", "[signing_keys]") {
  ManualClock clock;
  SigningKeys keys(clock);
  const auto key = a_key("one", clock.now());
  keys.replace({key});
  const auto before = keys.published();
  keys.replace({key});
  CHECK(keys.published() == before);
  keys.replace({key, a_key("two", clock.now() + 1h)});
  CHECK(keys.published() != before);
}

TEST_CASE("a key whose time was brought forward signs from then on", "[signing_keys]") {
  ManualClock clock;
  SigningKeys keys(clock);
  const auto one = a_key("one", clock.now() - 1h);
  auto two = a_key("two", clock.now() + 720h);
  keys.replace({one, two});
  const auto before = keys.published();
  two.signs_from = clock.now();
  keys.replace({one, two});
  CHECK(keys.current()->kid == "two");
  CHECK(keys.published() == before);
}

TEST_CASE("an access token cannot be made without a key", "[access_tokens]") {
  ManualClock clock;
  SigningKeys keys(clock);
  JwtAccessTokens tokens(keys, {"issuer", "audience", 900s}, clock);
  const auto issue = [&] {
    return tokens.issue(UserId::make(), Role::customer, SessionId::make());
  };
  CHECK(error_of(issue) == "unavailable");
  keys.replace({a_key("one", clock.now())});
  CHECK(error_of(issue).empty());
}

TEST_CASE("a refresh token is recognised by those who could have made it", "[refresh_tokens]") {
  SealedRefreshTokens tokens(std::string(32, 'a'));
  SealedRefreshTokens others(std::string(32, 'b'));
  const auto session = SessionId::make();
  const auto made = tokens.make(session);
  const auto known = tokens.recognise(made.text);
  REQUIRE(known);
  CHECK(known->session == session);
  CHECK(known->hash == made.hash);
  CHECK(!others.recognise(made.text));
  for (std::size_t i = 0; i < made.text.size(); ++i) {
    auto altered = made.text;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    CHECK(!tokens.recognise(altered));
  }
  CHECK(!tokens.recognise(""));
  CHECK(!tokens.recognise(made.text + "A"));
}

TEST_CASE("a sealed pair opens for the token it was exchanged for alone", "[refresh_tokens]") {
  SealedRefreshTokens tokens(std::string(32, 'a'));
  const auto shown = tokens.make(SessionId::make());
  const auto sealed = tokens.seal({"access", 900s, "refresh"}, shown);
  const auto pair = tokens.unseal(sealed, shown);
  REQUIRE(pair);
  CHECK(pair->access_token == "access");
  CHECK(pair->expires_in == 900s);
  CHECK(pair->refresh_token == "refresh");
  CHECK(!tokens.unseal(sealed, tokens.make(shown.session)));
  CHECK(!tokens.unseal("", shown));
}

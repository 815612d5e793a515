#include <support/catch.hpp>

#include <set>

#include "domain/refresh_session.hpp"
#include "fakes.hpp"

using namespace user;
using namespace user::test;

namespace {

struct House {
  House() {
    const auto token = refresh_tokens.make(SessionId::make());
    session = token.session;
    first = token.text;
    static_cast<void>(sessions.insert({token, {}, {}, std::nullopt}));
  }
  std::string refresh(const std::string& token) {
    return refreshing.refresh(token).tokens.refresh_token;
  }
  std::string error(const std::string& token) {
    return error_of([&] { return refreshing.refresh(token); });
  }

  FakeSessions sessions;
  FakeAccessTokens access_tokens;
  FakeRefreshTokens refresh_tokens;
  RefreshSession refreshing{sessions, access_tokens, refresh_tokens};
  SessionId session;
  std::string first;
};

}  // namespace

TEST_CASE("each refresh token is exchanged for the next", "[refresh_session]") {
  House house;
  const auto second = house.refresh(house.first);
  const auto third = house.refresh(second);
  CHECK(std::set<std::string>{house.first, second, third}.size() == 3);
}

TEST_CASE("a new access token has the role that the user has now", "[refresh_session]") {
  House house;
  house.sessions.owner.role = Role::admin;
  CHECK(house.refreshing.refresh(house.first).tokens.access_token == "access 1 of admin");
}

TEST_CASE("the same pair is given again while its token was not used", "[refresh_session]") {
  House house;
  const auto second = house.refresh(house.first);
  CHECK(house.refresh(house.first) == second);
  CHECK(house.access_tokens.issued == 1);
  static_cast<void>(house.refresh(second));
  CHECK(house.error(house.first) == "refresh_token_reused");
}

TEST_CASE("a token used long ago ends the session for everybody", "[refresh_session]") {
  House house;
  const auto second = house.refresh(house.first);
  house.sessions.rows[house.session].used_long_ago = true;
  CHECK(house.error(house.first) == "refresh_token_reused");
  CHECK(house.error(second) == "refresh_token_invalid");
  CHECK(house.error(house.first) == "refresh_token_reused");
}

TEST_CASE("who loses the race for a token gets the winner's pair", "[refresh_session]") {
  House house;
  std::string winner;
  house.sessions.before_rotation = [&] { winner = house.refresh(house.first); };
  CHECK(house.refresh(house.first) == winner);
}

TEST_CASE("a session that ends during the refresh gives nothing", "[refresh_session]") {
  House house;
  house.sessions.before_rotation = [&] { house.sessions.end(house.session); };
  CHECK(house.error(house.first) == "refresh_token_invalid");
}

TEST_CASE("what was not made by us, or for a forgotten session, is invalid", "[refresh_session]") {
  House house;
  CHECK(house.error("something else") == "refresh_token_invalid");
  house.sessions.rows.clear();
  CHECK(house.error(house.first) == "refresh_token_invalid");
}

TEST_CASE("a disabled user cannot refresh", "[refresh_session]") {
  House house;
  house.sessions.owner.status = Status::disabled;
  CHECK(house.error(house.first) == "refresh_token_invalid");
}

#include <support/catch.hpp>

#include "domain/change_password.hpp"
#include "domain/register_user.hpp"
#include "domain/reset_password.hpp"
#include "domain/sign_in.hpp"
#include "fakes.hpp"

using namespace user;
using namespace user::test;

namespace {

constexpr const char* kEmail = "ada@example.com";
constexpr const char* kPassword = "a phrase nobody guesses";

struct FrontDoor {
  FrontDoor() {
    static_cast<void>(registering.register_user({kEmail, kPassword, "Ada", {}}));
    sessions.owner = users.accounts[kEmail].user;
  }
  SignedIn sign_in(const std::string& email, const std::string& password) {
    return signing_in.sign_in({email, password, "192.0.2.1", std::nullopt});
  }

  FakeUsers users;
  FakeSessions sessions;
  FakePasswords passwords;
  FakeLimits limits;
  FakeAccessTokens access_tokens;
  FakeRefreshTokens refresh_tokens;
  FakeAccountTokens account_tokens;
  RegisterUser registering{users, passwords};
  ResetPassword resetting{account_tokens, passwords};
  SignIn signing_in{{users, sessions, passwords, limits, access_tokens, refresh_tokens}};
  ChangePassword changing{users, passwords, limits};
};

}  // namespace

TEST_CASE("the right password opens a session", "[sign_in]") {
  FrontDoor house;
  const auto signed_in = house.sign_in(kEmail, kPassword);
  CHECK(signed_in.user.email == kEmail);
  CHECK(signed_in.tokens.access_token == "access 1 of customer");
  CHECK(house.sessions.rows.at(signed_in.session).current == signed_in.tokens.refresh_token);
}

TEST_CASE("an unknown e-mail address costs a hash like a known one", "[sign_in]") {
  FrontDoor house;
  CHECK(error_of([&] { return house.sign_in(kEmail, "wrong"); }) == "invalid_credentials");
  CHECK(error_of([&] { return house.sign_in("eve@example.com", "wrong"); }) ==
        "invalid_credentials");
  CHECK(house.passwords.verified == 2);
}

TEST_CASE("failures are counted before the password is looked at", "[sign_in]") {
  FrontDoor house;
  static_cast<void>(error_of([&] { return house.sign_in(kEmail, "wrong"); }));
  CHECK(house.limits.failures == std::vector<std::string>{"[ada@example.com] from 192.0.2.1"});
  static_cast<void>(house.sign_in(kEmail, kPassword));
  CHECK(house.limits.failures.empty());

  house.limits.wait = std::chrono::seconds(5);
  house.passwords.verified = 0;
  CHECK(error_of([&] { return house.sign_in(kEmail, kPassword); }) == "rate_limited");
  CHECK(house.passwords.verified == 0);
}

TEST_CASE("only who knows the password learns that an account is disabled", "[sign_in]") {
  FrontDoor house;
  house.users.accounts[kEmail].user.status = Status::disabled;
  CHECK(error_of([&] { return house.sign_in(kEmail, "wrong"); }) == "invalid_credentials");
  CHECK(error_of([&] { return house.sign_in(kEmail, kPassword); }) == "user_disabled");
  CHECK(house.sessions.rows.empty());
}

TEST_CASE("a password that changes during the sign-in opens nothing", "[sign_in]") {
  FrontDoor house;
  house.sessions.refuse_insert = true;
  CHECK(error_of([&] { return house.sign_in(kEmail, kPassword); }) == "invalid_credentials");
}

TEST_CASE("an e-mail address is registered once", "[register_user]") {
  FrontDoor house;
  CHECK(error_of([&] {
          return house.registering.register_user({kEmail, "another phrase", "Eve", {}});
        }) == "email_taken");
}

TEST_CASE("changing a password takes the current one", "[change_password]") {
  FrontDoor house;
  const auto session = SessionId::make();
  const auto change = [&](const std::string& current, const std::string& next) {
    return error_of([&] {
      house.changing.change_password(
          {house.users.accounts[kEmail].user.id, session, current, {next, next}, "192.0.2.1"});
      return 0;
    });
  };
  CHECK(change("wrong", "a brand new phrase") == "invalid_credentials");
  CHECK(house.limits.failures.size() == 1);
  CHECK(change(kPassword, "short") == "/new_password weak_password");
  CHECK(change(kPassword, "a brand new phrase").empty());
  CHECK(house.users.kept == session);
  CHECK(change(kPassword, "a brand new phrase") == "invalid_credentials");
  house.limits.wait = std::chrono::seconds(5);
  CHECK(change("a brand new phrase", "an even newer phrase") == "rate_limited");
}

TEST_CASE("a forgotten password is replaced by who reads the account's mail", "[reset_password]") {
  FrontDoor house;
  const std::string token = "password_reset:ada@example.com";
  const auto reset = [&](const std::string& password) {
    return error_of([&] {
      return house.resetting.reset_password(token, {password, password}).email;
    });
  };
  CHECK(reset("a brand new phrase") == "not_found");
  house.account_tokens.request(Purpose::password_reset, kEmail);
  CHECK(reset("password1234") == "/password weak_password");
  CHECK(reset(kEmail) == "/password weak_password");
  CHECK(reset("a brand new phrase").empty());
  CHECK(house.account_tokens.new_hash == "hash of a brand new phrase");
  CHECK(reset("a brand new phrase") == "not_found");
}

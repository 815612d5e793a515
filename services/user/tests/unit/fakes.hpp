#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <mercato/clock/clock.hpp>
#include <mercato/error/error.hpp>

#include "domain/account_tokens.hpp"
#include "domain/password_hasher.hpp"
#include "domain/session_repository.hpp"
#include "domain/sign_in_limits.hpp"
#include "domain/tokens.hpp"
#include "domain/user_repository.hpp"

namespace user::test {

/// A clock that stands still until it is moved.
class ManualClock : public mercato::Clock {
 public:
  mercato::Timestamp now() const override { return now_; }
  std::chrono::steady_clock::time_point steady_now() const override { return steady_; }
  void advance(std::chrono::milliseconds by) {
    now_ += by;
    steady_ += by;
  }

 private:
  mercato::Timestamp now_ = *mercato::parse_rfc3339("2026-01-31T12:00:00.000Z");
  std::chrono::steady_clock::time_point steady_ = std::chrono::steady_clock::now();
};

/// The hash of a password is "hash of " and the password.
class FakePasswords : public PasswordHasher {
 public:
  std::string hash(const std::string& password) override { return "hash of " + password; }
  bool verify(const std::string& password, const std::optional<std::string>& hash) override {
    ++verified;
    return hash && *hash == "hash of " + password;
  }

  int verified = 0;
};

class FakeLimits : public SignInLimits {
 public:
  std::optional<TooManyFailures> begin(const PasswordAttempt& attempt) override {
    if (wait) return TooManyFailures{*wait, kAccountAndAddressLimit};
    failures.push_back(attempt.account + " from " + attempt.address);
    return std::nullopt;
  }
  void succeeded(const PasswordAttempt&) override { failures.clear(); }

  std::optional<std::chrono::seconds> wait;
  std::vector<std::string> failures;
};

class FakeAccessTokens : public AccessTokens {
 public:
  Issued issue(UserId, Role role, SessionId) override {
    return {"access " + std::to_string(++issued) + " of " + std::string(name(role)),
            std::chrono::seconds(900)};
  }

  int issued = 0;
};

/// A token's text is its hash, and what is sealed can be read by everybody.
class FakeRefreshTokens : public RefreshTokens {
 public:
  RefreshToken make(SessionId session) override {
    const auto text = "refresh " + std::to_string(++made);
    sessions[text] = session;
    return {text, session, text};
  }
  std::optional<RefreshToken> recognise(std::string_view text) override {
    const auto found = sessions.find(std::string(text));
    if (found == sessions.end()) return std::nullopt;
    return RefreshToken{found->first, found->second, found->first};
  }
  std::string seal(const TokenPair& pair, const RefreshToken& shown) override {
    return shown.text + "|" + pair.access_token + "|" + pair.refresh_token;
  }
  std::optional<TokenPair> unseal(std::string_view sealed, const RefreshToken& shown) override {
    const std::string text(sealed);
    if (text.rfind(shown.text + "|", 0) != 0) return std::nullopt;
    const auto begin = shown.text.size() + 1;
    const auto end = text.find('|', begin);
    return TokenPair{text.substr(begin, end - begin), std::chrono::seconds(900),
                     text.substr(end + 1)};
  }

  int made = 0;
  std::map<std::string, SessionId> sessions;
};

/// Sessions of one user. `before_rotation` is what somebody else does just before.
class FakeSessions : public SessionRepository {
 public:
  struct Row {
    std::string current;
    std::string used;
    std::string sealed;
    bool used_long_ago = false;
    bool ended = false;
  };

  bool insert(const NewSession& session) override {
    if (refuse_insert) return false;
    rows[session.token.session] = {session.token.hash, {}, {}, false, false};
    return true;
  }
  std::optional<Presented> find_presented(const RefreshToken& token) override {
    const auto found = rows.find(token.session);
    if (found == rows.end()) return std::nullopt;
    const auto& row = found->second;
    Presented presented;
    presented.user = owner;
    presented.live = !row.ended && owner.status == Status::active;
    presented.sealed_successor = row.sealed;
    if (row.current == token.hash) {
      presented.as = Presented::As::current;
    } else if (row.used == token.hash && !row.used_long_ago) {
      presented.as = Presented::As::used_just_now;
    }
    return presented;
  }
  bool rotate(const RefreshToken& shown, const RefreshToken& next,
              const std::string& sealed_successor) override {
    if (auto interfere = std::exchange(before_rotation, nullptr)) interfere();
    auto& row = rows[shown.session];
    if (row.ended || row.current != shown.hash) return false;
    row = {next.hash, shown.hash, sealed_successor, false, false};
    return true;
  }
  std::vector<Session> list(UserId, std::optional<SessionId>, std::size_t) override { return {}; }
  std::vector<Session> list_held(UserId, std::optional<SessionId>, std::size_t) override {
    return {};
  }
  bool end(UserId, SessionId session) override {
    end(session);
    return true;
  }
  void end(SessionId session) override { rows[session].ended = true; }

  User owner;
  std::map<SessionId, Row> rows;
  bool refuse_insert = false;
  std::function<void()> before_rotation;
};

/// Accounts by e-mail address; the key is the address in brackets.
class FakeUsers : public UserRepository {
 public:
  std::optional<User> insert(const NewUser& user) override {
    if (accounts.count(user.email) != 0) return std::nullopt;
    auto& made = accounts[user.email];
    made.user.id = user.id;
    made.user.email = user.email;
    made.user.name = user.name;
    made.password_hash = user.password_hash;
    return made.user;
  }
  Credentials find_credentials(const std::string& email) override {
    const auto found = accounts.find(email);
    if (found == accounts.end()) return {"[" + email + "]", std::nullopt, std::nullopt};
    return {"[" + email + "]", found->second.user, found->second.password_hash};
  }
  std::optional<Credentials> find_credentials(UserId id) override {
    for (const auto& [email, account] : accounts) {
      if (account.user.id == id) return find_credentials(email);
    }
    return std::nullopt;
  }
  bool change_password(const PasswordChange& change) override {
    for (auto& [email, account] : accounts) {
      if (account.user.id != change.user || account.password_hash != change.old_hash) continue;
      account.password_hash = change.new_hash;
      kept = change.keep;
      return true;
    }
    return false;
  }

  std::optional<User> find(UserId) override { return std::nullopt; }
  std::vector<User> list(const UserFilter&, std::optional<UserId>, std::size_t) override {
    return {};
  }
  std::optional<UserCheck> check(UserId, std::optional<AddressId>) override { return std::nullopt; }
  std::optional<User> rename(UserId, const std::string&) override { return std::nullopt; }
  std::optional<User> update(UserId, const UserChange&, const Actor&) override {
    return std::nullopt;
  }
  bool anonymise(UserId, const std::string&) override { return false; }
  MadeAdmin insert_or_promote_admin(const NewUser&) override { return MadeAdmin::unchanged; }

  struct Account {
    User user;
    std::string password_hash;
  };
  std::map<std::string, Account> accounts;
  std::optional<SessionId> kept;
};

/// Tokens are their purpose and the e-mail address: "password_reset:ada@example.com".
class FakeAccountTokens : public AccountTokens {
 public:
  void request(Purpose purpose, const std::string& email) override {
    User user;
    user.email = email;
    good[std::string(name(purpose)) + ":" + email] = user;
  }
  std::optional<std::string> find_email_key(Purpose, const std::string& token) override {
    const auto found = good.find(token);
    return found == good.end() ? std::nullopt : std::optional<std::string>(found->second.email);
  }
  std::optional<User> reset_password(const std::string& token,
                                     const std::string& password_hash) override {
    auto user = verify_email(token);
    if (user) new_hash = password_hash;
    return user;
  }
  std::optional<User> verify_email(const std::string& token) override {
    const auto used = good.extract(token);
    return used.empty() ? std::nullopt : std::optional<User>(used.mapped());
  }

  std::map<std::string, User> good;
  std::string new_hash;
};

/// The code of the Error that `act` throws, and of its first mistake; "" if it throws none.
template <class Act>
std::string error_of(const Act& act) {
  try {
    static_cast<void>(act());
  } catch (const mercato::Error& error) {
    if (error.fields().empty()) return error.code();
    return error.fields().front().pointer + " " + error.fields().front().code;
  }
  return "";
}

}  // namespace user::test

#pragma once

#include <functional>
#include <optional>
#include <string>

#include <mercato/json/json.hpp>
#include <support/postgres_server.hpp>
#include <support/redis_server.hpp>
#include <support/service_process.hpp>
#include <support/test_keys.hpp>

namespace user::test {

using Json = mercato::json::Value;
using mercato::test::HeaderList;
using mercato::test::HttpAnswer;

constexpr const char* kPassword = "a phrase nobody guesses";

/// An answer with its body as JSON, null if it has none.
struct Answer {
  int status = 0;
  Json body;
  HttpAnswer http;

  [[nodiscard]] std::string text(const char* member) const;
  /// The problem's code, and for 422 "pointer code" of each mistake.
  [[nodiscard]] std::string problem() const;
};

struct SignedInUser {
  std::string id;
  std::string email;
  std::string access_token;
  std::string refresh_token;
  std::string session_id;
};

/// The real binary on a database of its own, migrated. One thread at a time, but for call().
class UserService {
 public:
  using Environment = mercato::test::ServiceProcess::Environment;

  explicit UserService(const Environment& environment);
  /// The one that tests share which leave nothing behind that others mind. Counts no failures.
  [[nodiscard]] static UserService& shared();

  [[nodiscard]] Answer call(const std::string& method, const std::string& target,
                            const Json& body = nullptr, const std::string& token = {},
                            const HeaderList& headers = {}) const;
  /// As call(), with a body that need not be JSON.
  [[nodiscard]] Answer send(const std::string& method, const std::string& target,
                            const std::string& body, HeaderList headers = {}) const;

  /// A new account; Answer of POST /users.
  [[nodiscard]] Answer register_user(const std::string& email,
                                     const std::string& password = kPassword) const;
  [[nodiscard]] Answer sign_in(const std::string& email,
                               const std::string& password = kPassword) const;
  [[nodiscard]] Answer refresh(const std::string& refresh_token) const;
  /// A new customer of that name in the e-mail address, signed in.
  [[nodiscard]] SignedInUser customer(const std::string& name = "customer") const;
  /// A new admin, made by the command.
  [[nodiscard]] SignedInUser admin();

  std::string sql(const std::string& statement) const;
  /// From now on who does that ("UPDATE ON users") goes on only when another does it as well, or
  /// waits for what it holds; if it has to wait for the other in turn, that is a deadlock at once.
  /// Who finds nobody in time is given up, as who waits too long is: see settled().
  void let_meet(const std::string& change) const;
  [[nodiscard]] const std::string& database_url() const { return database_url_; }
  [[nodiscard]] const Environment& environment() const { return environment_; }
  [[nodiscard]] const mercato::test::TestKeys& keys() const { return keys_; }
  [[nodiscard]] mercato::test::ServiceProcess& process() { return *process_; }
  [[nodiscard]] const mercato::test::ServiceProcess& process() const { return *process_; }

 private:
  mercato::test::TestKeys keys_;
  std::string database_url_;
  Environment environment_;
  std::optional<mercato::test::ServiceProcess> process_;
};

/// What is answered in the end: a request that was given up is called again.
[[nodiscard]] Answer settled(const std::function<Answer()>& call);

/// An e-mail address that nobody had before.
[[nodiscard]] std::string fresh_email(const std::string& name = "somebody");

}  // namespace user::test

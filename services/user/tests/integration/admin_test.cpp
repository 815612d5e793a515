#include <support/catch.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <set>
#include <thread>

#include <mercato/db/pool.hpp>

#include "user_service.hpp"

using namespace user::test;
namespace db = mercato::db;
using mercato::test::ServiceProcess;

namespace {

Answer change(const UserService& service, const SignedInUser& by, const SignedInUser& whom,
              const Json& body) {
  return service.call("PATCH", "/api/v1/users/" + whom.id, body, by.access_token);
}

ServiceProcess::Finished create_admin(const UserService& service, const std::string& email,
                                      const std::string& password) {
  auto environment = service.environment();
  environment["ADMIN_EMAIL"] = email;
  environment["ADMIN_PASSWORD"] = password;
  return ServiceProcess::run(SERVICE_BINARY, {"create-admin"}, environment);
}

/// What the audit log has of the command, oldest first.
std::string promotions(const UserService& service, const SignedInUser& whom) {
  return service.sql(
      "SELECT string_agg(changes::text, ' ' ORDER BY id) FROM audit_log "
      "WHERE action = 'create_admin' AND user_id = '" +
      whom.id + "'");
}

constexpr db::Statement kRegister{
    "register", "INSERT INTO users (id, email, name, password_hash) VALUES ($1, $2, 'Eve', 'x')"};

/// Ends when somebody waits for what its transaction holds.
constexpr const char* kAwaitWaiting = R"sql(
  DO $$ BEGIN
    WHILE NOT EXISTS (SELECT FROM pg_locks
                       WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid))) LOOP
      PERFORM pg_sleep(0.005);
    END LOOP;
  END $$)sql";

}  // namespace

TEST_CASE("only admins see other accounts", "[admin]") {
  auto& service = UserService::shared();
  const auto admin = service.admin();
  const auto user = service.customer();
  const auto path = "/api/v1/users/" + user.id;
  const auto seen = service.call("GET", path, nullptr, admin.access_token);
  CHECK(seen.status == 200);
  CHECK(seen.body == service.call("GET", "/api/v1/users/me", nullptr, user.access_token).body);
  CHECK(service.call("GET", path, nullptr, user.access_token).problem() == "forbidden");
  CHECK(service.call("GET", "/api/v1/users", nullptr, user.access_token).problem() == "forbidden");
  CHECK(service.call("GET", path).problem() == "unauthenticated");
  CHECK(service.call("GET", "/api/v1/users/1", nullptr, admin.access_token).status == 404);
  CHECK(
      service.call("GET", "/api/v1/users/" + mercato::Uuid::v7().str(), nullptr, admin.access_token)
          .problem() == "not_found");
}

TEST_CASE("a disabled user is out at once, and back when enabled", "[admin]") {
  auto& service = UserService::shared();
  const auto admin = service.admin();
  const auto user = service.customer();
  CHECK(change(service, admin, user, {{"status", "disabled"}}).text("status") == "disabled");
  CHECK(service.refresh(user.refresh_token).problem() == "refresh_token_invalid");
  CHECK(service.sign_in(user.email).problem() == "user_disabled");
  CHECK(service.sign_in(user.email, "another long phrase").problem() == "invalid_credentials");
  CHECK(change(service, admin, user, {{"status", "active"}}).text("status") == "active");
  CHECK(service.sign_in(user.email).status == 201);
}

TEST_CASE("a new role counts from the next token on", "[admin]") {
  auto& service = UserService::shared();
  const auto admin = service.admin();
  const auto user = service.customer();
  CHECK(change(service, admin, user, {{"role", "admin"}}).text("role") == "admin");
  const auto next = service.refresh(user.refresh_token).text("access_token");
  CHECK(service.call("GET", "/api/v1/users", nullptr, next).status == 200);
}

TEST_CASE("who is no admin any more cannot use the rest of a token to become one again",
          "[admin]") {
  auto& service = UserService::shared();
  const auto admin = service.admin();
  const auto fallen = service.admin();
  REQUIRE(change(service, admin, fallen, {{"role", "customer"}}).status == 200);
  CHECK(change(service, fallen, fallen, {{"role", "admin"}}).problem() == "forbidden");
}

TEST_CASE("bad changes of an account are refused", "[admin]") {
  auto& service = UserService::shared();
  const auto admin = service.admin();
  const auto user = service.customer();
  CHECK(change(service, admin, user, {{"role", "owner"}, {"status", 1}}).problem() ==
        "/role invalid_format, /status wrong_type");
  CHECK(change(service, admin, user, {{"role", nullptr}, {"name", "X"}}).problem() ==
        "/role required, /name immutable_field");
}

TEST_CASE("accounts are listed by pages and filters", "[admin]") {
  auto& service = UserService::shared();
  const auto admin = service.admin();
  const auto prefix = "walk-" + mercato::Uuid::v7().str();
  std::set<std::string> made;
  for (int i = 0; i < 5; ++i) {
    made.insert(service.register_user(prefix + std::to_string(i) + "@example.com").text("id"));
  }
  std::set<std::string> seen;
  std::string cursor;
  for (int pages = 0; pages < 3; ++pages) {
    const auto page = service.call("GET",
                                   "/api/v1/users?limit=2&email_prefix=" + prefix +
                                       (cursor.empty() ? "" : "&cursor=" + cursor),
                                   nullptr, admin.access_token);
    REQUIRE(page.status == 200);
    for (const auto& user : page.body.at("data")) seen.insert(user.at("id").get<std::string>());
    cursor = page.text("next_cursor");
  }
  CHECK(seen == made);
  CHECK(cursor.empty());

  const auto get = [&](const std::string& query) {
    return service.call("GET", "/api/v1/users?" + query, nullptr, admin.access_token);
  };
  CHECK(get("role=admin&email_prefix=" + prefix).body.at("data").empty());
  CHECK(get("status=active&email_prefix=WALK-").body.at("data").size() >= 5);
  const auto other = get("limit=1&status=active").text("next_cursor");
  CHECK(get("limit=1&status=disabled&cursor=" + other).text("code") == "invalid_cursor");
  for (const std::string bad : {"limit=0", "limit=x", "role=owner", "status=", "cursor=x",
                                "email_prefix=%00", "email_prefix=%ff"}) {
    INFO(bad);
    CHECK(get(bad).status == 400);
  }
}

TEST_CASE("the last admin stays one", "[admin]") {
  UserService service(UserService::Environment{{"SIGN_IN_LIMITS", "false"}});
  const auto admin = service.admin();
  CHECK(change(service, admin, admin, {{"role", "customer"}}).problem() == "last_admin");
  CHECK(change(service, admin, admin, {{"status", "disabled"}}).problem() == "last_admin");
  CHECK(service.call("DELETE", "/api/v1/users/me", nullptr, admin.access_token).problem() ==
        "last_admin");
  const auto second = service.admin();
  CHECK(service.call("DELETE", "/api/v1/users/me", nullptr, admin.access_token).status == 204);
  CHECK(change(service, second, second, {{"role", "customer"}}).problem() == "last_admin");
}

TEST_CASE("admins who dismiss each other at once leave one", "[admin]") {
  UserService service(UserService::Environment{{"SIGN_IN_LIMITS", "false"}});
  for (int round = 0; round < 5; ++round) {
    const auto first = service.admin();
    const auto second = service.admin();
    // Whoever was left over from the round before.
    service.sql("UPDATE users SET role = 'customer' WHERE role = 'admin' AND id NOT IN ('" +
                first.id + "', '" + second.id + "')");
    int one = 0;
    std::thread other([&] { one = change(service, first, second, {{"role", "customer"}}).status; });
    const int another = change(service, second, first, {{"status", "disabled"}}).status;
    other.join();
    CHECK((one == 200) != (another == 200));
    CHECK(std::max(one, another) < 500);
    CHECK(service.sql("SELECT count(*) FROM users WHERE role = 'admin' AND status = 'active'") ==
          "1");
  }
}

TEST_CASE("admins who dismiss each other do not wait for one another", "[admin]") {
  UserService service(UserService::Environment{{"SIGN_IN_LIMITS", "false"}});
  const auto first = service.admin();
  const auto second = service.admin();
  service.let_meet("UPDATE ON users");
  const auto dismiss = [&](const SignedInUser& by, const SignedInUser& whom) {
    return settled([&] { return change(service, by, whom, {{"role", "customer"}}); }).status;
  };
  auto dismissing = std::async(std::launch::async, [&] { return dismiss(first, second); });
  const int one = dismiss(second, first);
  const int another = dismissing.get();
  CHECK(std::min(one, another) == 200);
  CHECK(std::max(one, another) == 403);
  CHECK(service.process().log().find("deadlock detected") == std::string::npos);
}

TEST_CASE("what admins change is on record", "[admin]") {
  auto& service = UserService::shared();
  const auto admin = service.admin();
  const auto user = service.customer();
  REQUIRE(change(service, admin, user, {{"status", "disabled"}, {"role", "admin"}}).status == 200);
  REQUIRE(change(service, admin, user, {{"status", "disabled"}}).status == 200);
  const auto log =
      service.call("GET", "/api/v1/admin/audit?user_id=" + user.id, nullptr, admin.access_token);
  REQUIRE(log.status == 200);
  REQUIRE(log.body.at("data").size() == 1);
  const auto& entry = log.body.at("data")[0];
  CHECK(entry.at("actor_id") == admin.id);
  CHECK(entry.at("action") == "update_user");
  CHECK(entry.at("changes") == Json{{"role", {{"from", "customer"}, {"to", "admin"}}},
                                    {"status", {{"from", "active"}, {"to", "disabled"}}}});
  CHECK(entry.at("trace_id").get<std::string>().size() == 32);
  CHECK(service.call("GET", "/api/v1/admin/audit", nullptr, user.access_token).problem() ==
        "forbidden");
  CHECK_THROWS(service.sql("DELETE FROM audit_log"));
}

TEST_CASE("create-admin promotes whoever showed that the address is theirs, once", "[admin]") {
  auto& service = UserService::shared();
  const auto user = service.customer();
  service.sql("UPDATE users SET email_verified_at = now() WHERE id = '" + user.id + "'");
  for (const std::string outcome : {" was made an admin and keeps its password", " is an admin"}) {
    const auto made = create_admin(service, user.email, "not the password it has");
    CHECK(made.exit_code == 0);
    CHECK(made.output.find(user.email + outcome) != std::string::npos);
  }
  const auto session = service.sign_in(user.email);
  REQUIRE(session.status == 201);
  CHECK(session.body.at("user").at("role") == "admin");
  CHECK(service.refresh(user.refresh_token).status == 200);
  CHECK(promotions(service, user) == R"({"role": {"to": "admin", "from": "customer"}})");

  REQUIRE(change(service, service.admin(), user, {{"status", "disabled"}}).status == 200);
  CHECK(create_admin(service, user.email, "not the password it has").exit_code == 0);
  CHECK(promotions(service, user) == R"({"role": {"to": "admin", "from": "customer"}} )"
                                     R"({"status": {"to": "active", "from": "disabled"}})");
}

TEST_CASE("create-admin takes an address from who registered it without showing that it is theirs",
          "[admin]") {
  auto& service = UserService::shared();
  const auto stranger = service.customer();
  const std::string given = "what the operator has chosen";
  const auto made = create_admin(service, stranger.email, given);
  CHECK(made.exit_code == 0);
  CHECK(made.output.find("its address was never verified") != std::string::npos);

  CHECK(service.sign_in(stranger.email).problem() == "invalid_credentials");
  CHECK(service.refresh(stranger.refresh_token).problem() == "refresh_token_invalid");
  // What is left of their access token is a customer's.
  CHECK(service.call("GET", "/api/v1/users", nullptr, stranger.access_token).problem() ==
        "forbidden");
  CHECK(change(service, stranger, stranger, {{"role", "admin"}}).problem() == "forbidden");
  const auto session = service.sign_in(stranger.email, given);
  REQUIRE(session.status == 201);
  CHECK(session.body.at("user").at("role") == "admin");
  const auto log = service.call("GET", "/api/v1/admin/audit?user_id=" + stranger.id, nullptr,
                                session.text("access_token"));
  REQUIRE(log.body.at("data").size() == 1);
  CHECK(log.body.at("data")[0].at("changes") ==
        Json{{"role", {{"from", "customer"}, {"to", "admin"}}},
             {"password", {{"from", "of an unverified address"}, {"to", "given by an operator"}}},
             {"sessions", {{"from", "open"}, {"to", "ended"}}}});

  // An admin's password is theirs, whoever runs the command again.
  CHECK(create_admin(service, stranger.email, "not the password it has").exit_code == 0);
  CHECK(service.sign_in(stranger.email, given).status == 201);
}

TEST_CASE("a disabled admin of an unverified address comes back with the given password",
          "[admin]") {
  auto& service = UserService::shared();
  const auto user = service.customer();
  const auto admin = service.admin();
  REQUIRE(change(service, admin, user, {{"role", "admin"}, {"status", "disabled"}}).status == 200);
  CHECK(create_admin(service, user.email, "what the operator has chosen").exit_code == 0);
  CHECK(service.sign_in(user.email).problem() == "invalid_credentials");
  CHECK(service.sign_in(user.email, "what the operator has chosen").status == 201);
}

TEST_CASE("whoever registers the admin's address in the same moment gets no admin's account",
          "[admin]") {
  auto& service = UserService::shared();
  const auto email = fresh_email("admin");
  std::future<ServiceProcess::Finished> command;
  db::PoolOptions options;
  options.url = service.database_url();
  options.wait_timeout = options.statement_timeout = std::chrono::seconds(30);
  db::Pool(options).transact([&](db::Transaction& registration) {
    registration.execute(kRegister, mercato::Uuid::v7(), email);
    command = std::async(std::launch::async,
                         [&] { return create_admin(service, email, kPassword); });
    registration.execute_script(kAwaitWaiting);
  });
  const auto made = command.get();
  INFO(made.output);
  CHECK(made.output.find("its address was never verified") != std::string::npos);
  CHECK(service.sign_in(email).status == 201);
}

TEST_CASE("create-admin refuses what no account can have", "[admin]") {
  const auto refused = create_admin(UserService::shared(), "nobody", "short");
  CHECK(refused.exit_code == 2);
  CHECK(refused.output.find("ADMIN_EMAIL") != std::string::npos);
  CHECK(refused.output.find("ADMIN_PASSWORD") != std::string::npos);
}

#include "user_service.hpp"

#include <stdexcept>

#include <mercato/crypto/crypto.hpp>
#include <mercato/id/uuid.hpp>
#include <support/await.hpp>

namespace user::test {
namespace {

using mercato::test::PostgresServer;
using mercato::test::ServiceProcess;

// Both are then in the midst of it for certain, however busy the machine is: no lock of the test's
// holds one up for as long as it takes to see the other, which would be given up before.
constexpr const char* kMeetAnother = R"sql(
  CREATE FUNCTION meet_another() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('mercato.test.meeting'));
    WHILE NOT EXISTS (
      SELECT FROM pg_locks
       WHERE pid <> pg_backend_pid()
         AND (locktype = 'advisory' AND mode = 'ShareLock'
              OR NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))) LOOP
      PERFORM pg_sleep(0.005);
    END LOOP;
    SET LOCAL deadlock_timeout = '1ms';
    RETURN NULL;
  END $$;
  CREATE TRIGGER meet_another AFTER )sql";

SignedInUser signed_in(const Answer& answer) {
  if (answer.status != 201) throw std::runtime_error("no sign-in: " + answer.http.body);
  return {answer.body.at("user").at("id").get<std::string>(),
          answer.body.at("user").at("email").get<std::string>(), answer.text("access_token"),
          answer.text("refresh_token"), answer.text("session_id")};
}

}  // namespace

std::string Answer::text(const char* member) const {
  const auto found = body.is_object() ? body.find(member) : body.end();
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string Answer::problem() const {
  auto text = this->text("code");
  if (!body.is_object() || !body.contains("errors")) return text;
  text.clear();
  for (const auto& error : body.at("errors")) {
    text += (text.empty() ? "" : ", ") + error.at("pointer").get<std::string>() + " " +
            error.at("code").get<std::string>();
  }
  return text;
}

UserService::UserService(const Environment& environment)
    : keys_({"user", "order"}),
      database_url_(PostgresServer::shared().create_database()),
      environment_(keys_.environment("user")) {
  environment_["DATABASE_URL"] = database_url_;
  environment_["REDIS_URL"] = "";
  environment_["KEY_ENCRYPTION_KEY"] = mercato::crypto::base64(std::string(32, 'k'));
  environment_["RATE_LIMIT_PER_SECOND"] = "0";
  environment_["ORDER_URL"] = "http://127.0.0.1:9";  // where nobody listens
  environment_["PAYMENT_URL"] = "http://127.0.0.1:9";
  for (const auto& [name, value] : environment) environment_[name] = value;
  const auto migrated = ServiceProcess::run(SERVICE_BINARY, {"migrate"}, environment_);
  if (migrated.exit_code != 0) throw std::runtime_error(migrated.output);
  process_.emplace(SERVICE_BINARY, environment_);
}

UserService& UserService::shared() {
  static UserService service(Environment{{"SIGN_IN_LIMITS", "false"}});
  return service;
}

Answer UserService::call(const std::string& method, const std::string& target, const Json& body,
                         const std::string& token, const HeaderList& headers) const {
  HeaderList all = headers;
  if (!token.empty()) all.emplace_back("Authorization", "Bearer " + token);
  return send(method, target, body.is_null() ? std::string() : mercato::json::dump(body),
              std::move(all));
}

Answer UserService::send(const std::string& method, const std::string& target,
                         const std::string& body, HeaderList headers) const {
  Answer answer;
  answer.http = process_->call({method, target, std::move(headers), body});
  answer.status = answer.http.status;
  if (!answer.http.body.empty()) {
    answer.body = mercato::json::parse(answer.http.body, mercato::json::kNeighbourLimits);
  }
  return answer;
}

Answer UserService::register_user(const std::string& email, const std::string& password) const {
  return call("POST", "/api/v1/users",
              {{"email", email}, {"password", password}, {"name", "Ada Lovelace"}});
}

Answer UserService::sign_in(const std::string& email, const std::string& password) const {
  return call("POST", "/api/v1/sessions", {{"email", email}, {"password", password}});
}

Answer UserService::refresh(const std::string& refresh_token) const {
  return call("POST", "/api/v1/sessions/refresh", {{"refresh_token", refresh_token}});
}

SignedInUser UserService::customer(const std::string& name) const {
  const auto email = fresh_email(name);
  if (const auto answer = register_user(email); answer.status != 201) {
    throw std::runtime_error("no registration: " + answer.http.body);
  }
  return signed_in(sign_in(email));
}

SignedInUser UserService::admin() {
  const auto email = fresh_email("admin");
  auto environment = environment_;
  environment["ADMIN_EMAIL"] = email;
  environment["ADMIN_PASSWORD"] = kPassword;
  const auto made = ServiceProcess::run(SERVICE_BINARY, {"create-admin"}, environment);
  if (made.exit_code != 0) throw std::runtime_error(made.output);
  return signed_in(sign_in(email));
}

std::string UserService::sql(const std::string& statement) const {
  return PostgresServer::sql(database_url_, statement);
}

void UserService::let_meet(const std::string& change) const {
  sql(kMeetAnother + change + " FOR EACH ROW EXECUTE FUNCTION meet_another()");
}

Answer settled(const std::function<Answer()>& call) {
  Answer answer;
  static_cast<void>(mercato::test::await([&] {
    answer = call();
    return answer.status != 503;
  }));
  return answer;
}

std::string fresh_email(const std::string& name) {
  return name + "-" + mercato::Uuid::v7().str() + "@example.com";
}

}  // namespace user::test

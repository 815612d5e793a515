#include <support/catch.hpp>

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>

#include <support/await.hpp>

#include <mercato/crypto/crypto.hpp>

#include "smtp_peer.hpp"
#include "user_service.hpp"

using namespace user::test;
using namespace std::chrono_literals;

namespace {

/// A service that puts its mails where the test finds them.
class MailingService {
 public:
  /// Waits for the mail with that subject to that address, and takes the token out of it.
  std::string token_for(const std::string& email, const std::string& subject) {
    std::string token;
    const auto arrived = [&] {
      for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
        if (file.path().extension() != ".eml") continue;
        std::ifstream stream(file.path());
        const std::string mail{std::istreambuf_iterator<char>(stream), {}};
        if (mail.find("\r\nTo: " + email + "\r\n") == std::string::npos) continue;
        if (mail.find("\r\nSubject: " + subject + "\r\n") == std::string::npos) continue;
        const auto begin = mail.find("\r\n    ") + 6;
        token = mail.substr(begin, mail.find('\r', begin) - begin);
        std::filesystem::remove(file.path());
        return true;
      }
      return false;
    };
    CHECK(mercato::test::await(arrived, 10s));
    return token;
  }
  [[nodiscard]] std::size_t mails() const {
    using Iterator = std::filesystem::directory_iterator;
    return static_cast<std::size_t>(std::distance(Iterator(folder_.path()), Iterator()));
  }

  const UserService& service() const { return service_; }

 private:
  mercato::test::TempDirectory folder_;
  UserService service_{
      UserService::Environment{{"SIGN_IN_LIMITS", "false"}, {"MAIL_FOLDER", folder_.path()}}};
};

}  // namespace

TEST_CASE("a forgotten password is replaced with the token from the mail", "[mails]") {
  MailingService mailing;
  const auto& service = mailing.service();
  const auto user = service.customer();
  const auto ask = [&](const std::string& email) {
    return service.call("POST", "/api/v1/users/password-resets", {{"email", email}});
  };
  const auto asked = ask(user.email);
  CHECK(asked.status == 202);
  CHECK(asked.http.body == ask(fresh_email()).http.body);
  CHECK(ask("no address").status == 202);

  const auto token = mailing.token_for(user.email, "Choose a new password");
  const auto reset = [&](const std::string& with, const std::string& password) {
    return service.call("POST", "/api/v1/users/password-resets/" + with, {{"password", password}});
  };
  CHECK(reset("made-up", "a brand new phrase").problem() == "not_found");
  CHECK(reset(token, "password1234").problem() == "/password weak_password");
  const auto done = reset(token, "a brand new phrase");
  CHECK(done.status == 200);
  CHECK(done.text("id") == user.id);
  CHECK(done.body.at("email_verified") == true);  // who read the mail has shown that
  CHECK(reset(token, "a brand new phrase").problem() == "not_found");
  CHECK(service.refresh(user.refresh_token).problem() == "refresh_token_invalid");
  CHECK(service.sign_in(user.email).problem() == "invalid_credentials");
  CHECK(service.sign_in(user.email, "a brand new phrase").status == 201);
}

TEST_CASE("a forgotten password's token goes with the password, and with a disabling", "[mails]") {
  UserService service(UserService::Environment{{"SIGN_IN_LIMITS", "false"}});
  const auto admin = service.admin();
  const auto put = [&](const SignedInUser& user) {
    // One that was sent, and one that is asked for.
    service.sql("INSERT INTO account_token (hash, user_id, purpose) VALUES (sha256('t-" + user.id +
                "'), '" + user.id + "', 'password_reset')");
    REQUIRE(service.call("POST", "/api/v1/users/password-resets", {{"email", user.email}}).status ==
            202);
  };
  const auto left = [&](const SignedInUser& user) {
    return service.sql("SELECT (SELECT count(*) FROM account_token WHERE user_id = '" + user.id +
                       "') || ' ' || (SELECT count(*) FROM mail_request JOIN users USING "
                       "(email_key) WHERE users.id = '" +
                       user.id + "' AND purpose = 'password_reset')");
  };
  const auto reset = [&](const SignedInUser& user) {
    return service.call("POST", "/api/v1/users/password-resets/t-" + user.id,
                        {{"password", "a phrase of a stranger"}});
  };
  const auto set_status = [&](const SignedInUser& user, const char* status) {
    return service
        .call("PATCH", "/api/v1/users/" + user.id, {{"status", status}}, admin.access_token)
        .status;
  };

  const auto changed = service.customer();
  put(changed);
  CHECK(left(changed) == "1 1");
  REQUIRE(service
              .call("PUT", "/api/v1/users/me/password",
                    {{"current_password", kPassword}, {"new_password", "a brand new phrase"}},
                    changed.access_token)
              .status == 204);
  CHECK(left(changed) == "0 0");
  CHECK(reset(changed).problem() == "not_found");
  CHECK(service.sign_in(changed.email, "a brand new phrase").status == 201);

  const auto disabled = service.customer();
  put(disabled);
  REQUIRE(set_status(disabled, "disabled") == 200);
  REQUIRE(set_status(disabled, "active") == 200);
  CHECK(left(disabled) == "0 0");
  CHECK(reset(disabled).problem() == "not_found");
  CHECK(service.sign_in(disabled.email).status == 201);
}

TEST_CASE("an e-mail address is verified with the token from the mail", "[mails]") {
  MailingService mailing;
  const auto& service = mailing.service();
  const auto user = service.customer();
  const auto me = [&] {
    return service.call("GET", "/api/v1/users/me", nullptr, user.access_token).body;
  };
  CHECK(me().at("email_verified") == false);
  const auto path = "/api/v1/users/email-verifications/" +
                    mailing.token_for(user.email, "Confirm your e-mail address");
  const auto verified = service.call("POST", path);
  CHECK(verified.status == 200);
  CHECK(verified.body.at("email_verified") == true);
  CHECK(verified.body == me());
  CHECK(service.call("POST", path).problem() == "not_found");
}

TEST_CASE("an account that is deleted as a mail is asked for leaves no token behind", "[mails]") {
  MailingService mailing;
  const auto& service = mailing.service();
  const auto user = service.customer();
  static_cast<void>(mailing.token_for(user.email, "Confirm your e-mail address"));
  // As a deletion does it, which commits as soon as somebody waits for it.
  auto deleting = std::async(std::launch::async, [&] {
    return service.sql(R"(DO $$ BEGIN
      UPDATE users SET email = NULL, name = NULL, password_hash = NULL, status = 'disabled',
                       deleted_at = now() WHERE id = ')" + user.id + R"(';
      DELETE FROM account_token WHERE user_id = ')" + user.id + R"(';
      FOR i IN 1..500 LOOP
        PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
        EXIT WHEN EXISTS (SELECT FROM pg_stat_activity
                           WHERE datname = current_database() AND wait_event_type = 'Lock');
      END LOOP; END $$)");
  });
  REQUIRE(mercato::test::await([&] {
    return service.sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                       "AND wait_event = 'PgSleep'") == "1";
  }));
  CHECK(service.call("POST", "/api/v1/users/password-resets", {{"email", user.email}}).status ==
        202);
  deleting.get();
  CHECK(mercato::test::await(
      [&] { return service.sql("SELECT count(*) FROM mail_request") == "0"; }));
  CHECK(service.sql("SELECT count(*) FROM account_token") == "0");
}

TEST_CASE("tokens run out, and are sent once a minute at most", "[mails]") {
  MailingService mailing;
  const auto& service = mailing.service();
  const auto user = service.customer();
  for (int i = 0; i < 3; ++i) {
    CHECK(service.call("POST", "/api/v1/users/password-resets", {{"email", user.email}}).status ==
          202);
  }
  const auto token = mailing.token_for(user.email, "Choose a new password");
  static_cast<void>(mailing.token_for(user.email, "Confirm your e-mail address"));
  CHECK(mailing.mails() == 0);
  CHECK(mercato::test::await([&] {
    return service.sql("SELECT count(*) FROM account_token WHERE sealed_token IS NOT NULL") == "0";
  }));

  service.sql("UPDATE account_token SET expires_at = now()");
  CHECK(service
            .call("POST", "/api/v1/users/password-resets/" + token,
                  {{"password", "a brand new phrase"}})
            .problem() == "not_found");
}

TEST_CASE("mails are handed to a mail server, and again if it refused them", "[mails]") {
  SmtpPeer peer;
  const UserService service(UserService::Environment{{"SMTP_URL", peer.url()},
                                                     {"SMTP_REQUIRE_TLS", "false"},
                                                     {"SMTP_USER", "shop"},
                                                     {"SMTP_PASSWORD", "canary-of-the-mail-server"},
                                                     {"MAIL_FROM", "Shop <shop@example.com>"}});
  const auto user = service.customer();
  REQUIRE(mercato::test::await([&] { return peer.mails().size() == 1; }, 10s));
  const auto mail = peer.mails().front();
  CHECK(mail.from == "<shop@example.com>");
  CHECK(mail.to == "<" + user.email + ">");
  CHECK(mail.credentials ==
        mercato::crypto::base64(std::string("\0shop\0canary-of-the-mail-server", 31)));
  CHECK(mail.text.find("From: Shop <shop@example.com>\r\nTo: " + user.email + "\r\n") == 0);
  CHECK(mail.text.find("\r\nSubject: Confirm your e-mail address\r\n") != std::string::npos);

  peer.refuse("451 try again later");
  CHECK(service.call("POST", "/api/v1/users/password-resets", {{"email", user.email}}).status ==
        202);
  REQUIRE(mercato::test::await([&] { return peer.refused() == 1; }, 10s));
  peer.refuse("");
  service.sql("UPDATE account_token SET send_at = now() WHERE send_at IS NOT NULL");
  REQUIRE(mercato::test::await([&] { return peer.mails().size() == 2; }, 10s));
  CHECK(peer.mails().back().text.find("Choose a new password") != std::string::npos);
}

TEST_CASE("mails that are refused for good are dropped, and hold up no other", "[mails]") {
  SmtpPeer peer;
  peer.refuse_recipients("<gone-", "550 no such mailbox");
  const UserService service(UserService::Environment{
      {"SMTP_URL", peer.url()}, {"SMTP_REQUIRE_TLS", "false"}, {"MAIL_FOLDER", ""}});
  constexpr int kGone = 20;
  for (int i = 0; i < kGone; ++i) {
    REQUIRE(service.register_user(fresh_email("gone")).status == 201);
  }
  const auto user = service.customer();
  REQUIRE(mercato::test::await([&] { return peer.mails().size() == 1; }, 10s));
  CHECK(peer.mails().front().to == "<" + user.email + ">");
  CHECK(peer.refused() == kGone);
  CHECK(mercato::test::await([&] {
    return service.sql("SELECT count(*) FROM account_token WHERE send_at IS NOT NULL") == "0";
  }));
}

TEST_CASE("without encryption no mail is sent, unless that is allowed", "[mails]") {
  SmtpPeer peer;
  UserService service(UserService::Environment{{"SMTP_URL", peer.url()}});
  REQUIRE(service.register_user(fresh_email()).status == 201);
  CHECK(mercato::test::await(
      [&] { return service.process().log().find("the mail server: ") != std::string::npos; }, 10s));
  CHECK(peer.mails().empty());
}

TEST_CASE("a mail server that hangs does not keep the service from stopping", "[mails]") {
  SmtpPeer peer;
  peer.hang();
  UserService service(
      UserService::Environment{{"SMTP_URL", peer.url()}, {"SMTP_REQUIRE_TLS", "false"}});
  REQUIRE(service.register_user(fresh_email()).status == 201);
  REQUIRE(mercato::test::await([&] { return peer.left_hanging() == 1; }));
  CHECK(service.process().terminate(15s) == 0);
}

TEST_CASE("whether an e-mail address has an account shows in nothing that asking does", "[mails]") {
  MailingService mailing;
  const auto& service = mailing.service();
  const auto user = service.customer();
  static_cast<void>(mailing.token_for(user.email, "Confirm your e-mail address"));
  for (const auto* path : {"/api/v1/users/password-resets", "/api/v1/users/email-verifications"}) {
    const auto known = service.call("POST", path, {{"email", user.email}});
    const auto unknown = service.call("POST", path, {{"email", fresh_email()}});
    CHECK(known.status == 202);
    CHECK(unknown.status == 202);
    CHECK(known.http.body == unknown.http.body);
  }
  static_cast<void>(mailing.token_for(user.email, "Choose a new password"));
  CHECK(mercato::test::await(
      [&] { return service.sql("SELECT count(*) FROM mail_request") == "0"; }));
}

TEST_CASE("a lost verification mail can be asked for again, until it was of use", "[mails]") {
  MailingService mailing;
  const auto& service = mailing.service();
  const auto user = service.customer();
  const auto subject = "Confirm your e-mail address";
  const auto lost = mailing.token_for(user.email, subject);
  const auto ask = [&] {
    service.sql("UPDATE account_token SET created_at = now() - interval '2 minutes'");
    return service.call("POST", "/api/v1/users/email-verifications", {{"email", user.email}});
  };
  const auto use = [&](const std::string& token) {
    return service.call("POST", "/api/v1/users/email-verifications/" + token).status;
  };
  CHECK(ask().status == 202);
  const auto found = mailing.token_for(user.email, subject);
  CHECK(use(lost) == 404);
  CHECK(use(found) == 200);
  CHECK(ask().status == 202);
  CHECK(mercato::test::await(
      [&] { return service.sql("SELECT count(*) FROM mail_request") == "0"; }));
  CHECK(service.sql("SELECT count(*) FROM account_token") == "0");
}

#include <support/catch.hpp>

#include "user_service.hpp"

using namespace user::test;

TEST_CASE("a new customer can sign in and sees their own account", "[accounts]") {
  const auto& service = UserService::shared();
  const auto email = fresh_email();
  const auto registered = service.register_user(email);
  REQUIRE(registered.status == 201);
  CHECK(registered.http.header("Location") == "/api/v1/users/me");
  CHECK(registered.text("email") == email);
  CHECK(registered.text("name") == "Ada Lovelace");
  CHECK(registered.text("role") == "customer");
  CHECK(registered.text("status") == "active");
  CHECK(registered.text("created_at").size() == 24);

  const auto session = service.sign_in(email);
  REQUIRE(session.status == 201);
  CHECK(session.text("token_type") == "Bearer");
  CHECK(session.body.at("expires_in") == 900);
  CHECK(session.http.header("Cache-Control") == "no-store");
  CHECK(session.body.at("user") == registered.body);

  const auto me = service.call("GET", "/api/v1/users/me", nullptr, session.text("access_token"));
  CHECK(me.status == 200);
  CHECK(me.body == registered.body);
}

TEST_CASE("an e-mail address is taken in every spelling", "[accounts]") {
  const auto& service = UserService::shared();
  const auto email = fresh_email("jos\u00e9");
  REQUIRE(service.register_user(email).status == 201);
  auto upper = email;
  upper.replace(0, std::string("jos\u00e9").size(), "JOS\u00c9");
  auto decomposed = email;
  decomposed.replace(0, std::string("jos\u00e9").size(), "jose\u0301");
  for (const auto& spelling : {email, upper, decomposed, "  " + email + " "}) {
    INFO(spelling);
    const auto again = service.register_user(spelling);
    CHECK(again.status == 409);
    CHECK(again.problem() == "email_taken");
    CHECK(service.sign_in(spelling).status == 201);
  }
}

TEST_CASE("whose address would be refused today signs in as before", "[accounts]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto unseen = "a\u034f" + user.email;
  CHECK(service.register_user(unseen).problem() == "/email invalid_format");
  service.sql("UPDATE users SET email = '" + unseen + "' WHERE id = '" + user.id + "'");
  CHECK(service.sign_in(unseen).status == 201);
}

TEST_CASE("what is wrong with a registration is said for each field", "[accounts]") {
  const auto& service = UserService::shared();
  const auto answer = service.call(
      "POST", "/api/v1/users", {{"email", "nobody"}, {"password", "short"}, {"is_admin", true}});
  CHECK(answer.status == 422);
  CHECK(answer.text("code") == "validation_failed");
  CHECK(answer.problem() ==
        "/email invalid_format, /password weak_password, /name required, /is_admin unknown_field");
}

TEST_CASE("the length of a password counts in characters", "[accounts]") {
  const auto& service = UserService::shared();
  const auto repeat = [](const std::string& unit, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += unit;
    return text;
  };
  CHECK(service.register_user(fresh_email(), repeat("\U0001f98a", 11)).problem() ==
        "/password weak_password");
  CHECK(service.register_user(fresh_email(), repeat("\U0001f98a", 12)).status == 201);
  CHECK(service.register_user(fresh_email(), repeat("\U0001f98a", 128)).status == 201);
  CHECK(service.register_user(fresh_email(), repeat("\U0001f98a", 129)).problem() ==
        "/password too_long");
}

TEST_CASE("a password is the same however its letters were composed", "[accounts]") {
  const auto& service = UserService::shared();
  const std::string six = "e\xcc\x81 e\xcc\x81 e\xcc\x81 ";  // nine characters as they were typed
  CHECK(service.register_user(fresh_email(), six + "123").problem() == "/password weak_password");
  const auto email = fresh_email();
  const std::string rest = "lephant du matin";
  REQUIRE(service.register_user(email, "e\xcc\x81" + rest).status == 201);
  CHECK(service.sign_in(email, "\xc3\xa9" + rest).status == 201);
}

TEST_CASE("neither a common password nor the e-mail address will do", "[accounts]") {
  const auto& service = UserService::shared();
  const auto email = fresh_email();
  for (const std::string password :
       {"password1234", "qwertyuiopas", "123456789012", email.c_str()}) {
    INFO(password);
    CHECK(service.register_user(email, password).problem() == "/password weak_password");
  }
}

TEST_CASE("no spelling of the e-mail address will do as its password", "[accounts]") {
  const auto& service = UserService::shared();
  const auto email = fresh_email("j\u00f6rg");
  const auto shouted = "J\u00d6RG" + email.substr(std::string("j\u00f6rg").size());
  const auto spaced = " \t" + email + "\u3000";
  for (const auto& spelling : {shouted, spaced}) {
    INFO(spelling);
    CHECK(service.register_user(email, spelling).problem() == "/password weak_password");
  }
  const auto user = service.customer("j\u00f6rg");
  const auto change = [&](const std::string& next) {
    return service.call("PUT", "/api/v1/users/me/password",
                        {{"current_password", kPassword}, {"new_password", next}},
                        user.access_token);
  };
  CHECK(change(" " + user.email).problem() == "/new_password weak_password");
  CHECK(change("J\u00d6RG" + user.email.substr(std::string("j\u00f6rg").size())).problem() ==
        "/new_password weak_password");
}

TEST_CASE("a password is made of any characters there are", "[accounts]") {
  const auto& service = UserService::shared();
  for (const std::string password : {"tab\tand line\nfeed", "next\xc2\x85line and more",
                                     "\x01\x02\x03 bells \x07 and \x7f", "  blanks around  "}) {
    INFO(password);
    const auto email = fresh_email();
    REQUIRE(service.register_user(email, password).status == 201);
    CHECK(service.sign_in(email, password).status == 201);
    CHECK(service.sign_in(email, password + " ").problem() == "invalid_credentials");
  }
}

TEST_CASE("customers change their name and nothing else", "[accounts]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto renamed =
      service.call("PATCH", "/api/v1/users/me", {{"name", "Grace Hopper"}}, user.access_token);
  CHECK(renamed.status == 200);
  CHECK(renamed.text("name") == "Grace Hopper");
  CHECK(service.call("PATCH", "/api/v1/users/me", Json::object(), user.access_token).body ==
        renamed.body);
  CHECK(service
            .call("PATCH", "/api/v1/users/me",
                  {{"email", "other@example.com"}, {"role", "admin"}, {"age", 3}},
                  user.access_token)
            .problem() == "/email immutable_field, /role immutable_field, /age unknown_field");
  CHECK(
      service.call("PATCH", "/api/v1/users/me", {{"name", nullptr}}, user.access_token).problem() ==
      "/name required");
}

TEST_CASE("a name is kept in NFC, and as long as it then is", "[accounts]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto rename = [&](const std::string& name) {
    return service.call("PATCH", "/api/v1/users/me", {{"name", name}}, user.access_token);
  };
  CHECK(rename("jose\u0301").text("name") == "jos\u00e9");
  std::string comes_apart;  // one letter, which NFC makes two of
  for (int i = 0; i < 150; ++i) comes_apart += "\u0958";
  CHECK(rename(comes_apart).problem() == "/name too_long");
  CHECK(service
            .call("POST", "/api/v1/users",
                  {{"email", fresh_email()}, {"password", kPassword}, {"name", comes_apart}})
            .problem() == "/name too_long");
}

TEST_CASE("an account that did not change is not sent again", "[accounts]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto first = service.call("GET", "/api/v1/users/me", nullptr, user.access_token);
  const auto etag = first.http.header("ETag");
  REQUIRE(!etag.empty());
  const auto same = service.call("GET", "/api/v1/users/me", nullptr, user.access_token,
                                 {{"If-None-Match", "\"x\", W/" + etag}});
  CHECK(same.status == 304);
  CHECK(same.http.body.empty());
  CHECK(service.call("PATCH", "/api/v1/users/me", {{"name", "New"}}, user.access_token)
            .http.header("ETag") != etag);
  const auto other = service.customer();
  CHECK(service
            .call("GET", "/api/v1/users/me", nullptr, other.access_token, {{"If-None-Match", etag}})
            .status == 200);
}

TEST_CASE("a deleted account leaves nothing but its id, and its e-mail address is free",
          "[accounts]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  REQUIRE(service
              .call("POST", "/api/v1/users/me/addresses",
                    {{"name", "A"},
                     {"line1", "1"},
                     {"city", "C"},
                     {"postal_code", "P"},
                     {"country", "GB"}},
                    user.access_token, {{"Idempotency-Key", "k"}})
              .status == 201);
  CHECK(service.call("DELETE", "/api/v1/users/me", nullptr, user.access_token).status == 204);

  CHECK(service.refresh(user.refresh_token).problem() == "refresh_token_invalid");
  CHECK(service.sign_in(user.email).problem() == "invalid_credentials");
  CHECK(service.call("GET", "/api/v1/users/me", nullptr, user.access_token).problem() ==
        "unauthenticated");
  CHECK(service.call("DELETE", "/api/v1/users/me", nullptr, user.access_token).status == 401);
  for (const std::string list : {"/api/v1/users/me/addresses", "/api/v1/sessions"}) {
    CHECK(service.call("GET", list, nullptr, user.access_token).problem() == "unauthenticated");
  }
  CHECK(service
            .call("POST", "/api/v1/users/me/addresses",
                  {{"name", "A"},
                   {"line1", "1"},
                   {"city", "C"},
                   {"postal_code", "P"},
                   {"country", "GB"}},
                  user.access_token)
            .problem() == "unauthenticated");
  CHECK(service.sql("SELECT num_nonnulls(email, email_key, name, password_hash) FROM users "
                    "WHERE id = '" +
                    user.id + "'") == "0");
  // Registering had asked for a mail, which this service does not send.
  CHECK(service.sql("SELECT count(*) FROM mail_request WHERE email_key = normalized_email('" +
                    user.email + "')") == "0");
  for (const std::string table :
       {"address WHERE user_id", "session WHERE user_id", "idempotency_key WHERE subject"}) {
    CHECK(service.sql("SELECT count(*) FROM " + table + " = '" + user.id + "'") == "0");
  }
  CHECK(service.register_user(user.email).status == 201);
}

TEST_CASE("each change of an account is an event, in order and without gaps", "[accounts]") {
  auto& service = UserService::shared();
  const auto admin = service.admin();
  const auto user = service.customer();
  const auto path = "/api/v1/users/" + user.id;
  for (const char* status : {"disabled", "disabled", "active"}) {
    REQUIRE(service.call("PATCH", path, {{"status", status}}, admin.access_token).status == 200);
  }
  REQUIRE(service.call("DELETE", "/api/v1/users/me", nullptr, user.access_token).status == 204);
  CHECK(service.sql("SELECT string_agg(type || ' ' || version, ', ' ORDER BY id) FROM outbox "
                    "WHERE aggregate_id = '" +
                    user.id + "'") ==
        "user.registered 1, user.disabled 2, user.enabled 3, user.deleted 4");
  CHECK(service.sql("SELECT count(*) FROM outbox WHERE data::text LIKE '%example.com%'") == "0");
}

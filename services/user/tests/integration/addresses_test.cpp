#include <support/catch.hpp>

#include <future>
#include <set>
#include <vector>

#include "user_service.hpp"

using namespace user::test;

namespace {

constexpr const char* kPath = "/api/v1/users/me/addresses";

Json an_address() {
  return {{"name", "Ada Lovelace"},
          {"line1", "12 St James's Square"},
          {"city", "London"},
          {"postal_code", "SW1Y 4JH"},
          {"country", "GB"}};
}

}  // namespace

TEST_CASE("an address book is kept by its owner", "[addresses]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  auto fields = an_address();
  fields["line2"] = "Second floor";
  const auto added = service.call("POST", kPath, fields, user.access_token);
  REQUIRE(added.status == 201);
  const auto path = kPath + ("/" + added.text("id"));
  CHECK(added.http.header("Location") == path);
  CHECK(added.text("line2") == "Second floor");
  CHECK(!added.body.contains("phone"));
  CHECK(service.call("GET", path, nullptr, user.access_token).body == added.body);

  const auto etag = service.call("GET", path, nullptr, user.access_token).http.header("ETag");
  CHECK(service.call("GET", path, nullptr, user.access_token, {{"If-None-Match", etag}}).status ==
        304);

  auto other = an_address();
  other["city"] = "Paris";
  other["country"] = "FR";
  const auto replaced = service.call("PUT", path, other, user.access_token);
  CHECK(replaced.status == 200);
  CHECK(replaced.text("city") == "Paris");
  CHECK(replaced.http.header("ETag") != etag);
  CHECK(!replaced.body.contains("line2"));

  CHECK(service.call("GET", kPath, nullptr, user.access_token).body.at("data").size() == 1);
  CHECK(service.call("DELETE", path, nullptr, user.access_token).status == 204);
  CHECK(service.call("DELETE", path, nullptr, user.access_token).status == 404);
  CHECK(service.call("GET", path, nullptr, user.access_token).status == 404);
  CHECK(service.call("PUT", path, other, user.access_token).status == 404);
}

TEST_CASE("another's address is as one that does not exist", "[addresses]") {
  const auto& service = UserService::shared();
  const auto owner = service.customer();
  const auto stranger = service.customer();
  const auto id = service.call("POST", kPath, an_address(), owner.access_token).text("id");
  for (const std::string method : {"GET", "PUT", "DELETE"}) {
    const auto body = method == "PUT" ? an_address() : Json();
    auto theirs = service.call(method, kPath + ("/" + id), body, stranger.access_token);
    auto nobodys = service.call(method, kPath + ("/" + mercato::Uuid::v7().str()), body,
                                stranger.access_token);
    CHECK(theirs.status == 404);
    for (auto* answer : {&theirs, &nobodys}) {
      answer->body.erase("trace_id");
      answer->body.erase("instance");
    }
    CHECK(theirs.body == nobodys.body);
  }
  CHECK(service.call("GET", kPath, nullptr, stranger.access_token).body.at("data").empty());
}

TEST_CASE("what is wrong with an address is said for each field", "[addresses]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  auto fields = an_address();
  fields["country"] = "gb";
  fields["line1"] = 5;
  fields["city"] = std::string(201, 'x');
  fields["planet"] = "Mars";
  fields.erase("name");
  CHECK(service.call("POST", kPath, fields, user.access_token).problem() ==
        "/name required, /line1 wrong_type, /city too_long, /country invalid_format, "
        "/planet unknown_field");
}

TEST_CASE("adding an address twice with one key adds it once", "[addresses]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto add = [&](const Json& fields) {
    return service.call("POST", kPath, fields, user.access_token, {{"Idempotency-Key", "once"}});
  };
  const auto first = add(an_address());
  const auto again = add(an_address());
  CHECK(again.status == 201);
  CHECK(again.http.body == first.http.body);
  CHECK(again.http.header("Location") == first.http.header("Location"));
  CHECK(again.http.header("Idempotent-Replayed") == "true");
  auto other = an_address();
  other["city"] = "Paris";
  CHECK(add(other).problem() == "idempotency_key_reused");
  CHECK(service.call("GET", kPath, nullptr, user.access_token).body.at("data").size() == 1);
}

TEST_CASE("an address book has room for a hundred addresses", "[addresses]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  service.sql(
      "INSERT INTO address (id, user_id, name, line1, city, postal_code, country) "
      "SELECT gen_random_uuid(), '" +
      user.id +
      "', 'A', 'B', 'C', 'D', 'GB' "
      "FROM generate_series(1, 99)");
  CHECK(service.call("POST", kPath, an_address(), user.access_token).status == 201);
  CHECK(service.call("POST", kPath, an_address(), user.access_token).problem() == " out_of_range");

  std::set<std::string> seen;
  std::string cursor;
  do {
    const auto page = service.call(
        "GET", kPath + std::string("?limit=30") + (cursor.empty() ? "" : "&cursor=" + cursor),
        nullptr, user.access_token);
    for (const auto& row : page.body.at("data")) seen.insert(row.at("id").get<std::string>());
    cursor = page.text("next_cursor");
  } while (!cursor.empty());
  CHECK(seen.size() == 100);
}

TEST_CASE("who adds many addresses at once finds the book full in time", "[addresses]") {
  const UserService service(UserService::Environment{{"SIGN_IN_LIMITS", "false"}});
  const auto user = service.customer();
  service.sql(
      "INSERT INTO address (id, user_id, name, line1, city, postal_code, country) "
      "SELECT gen_random_uuid(), '" +
      user.id + "', 'A', 'B', 'C', 'D', 'GB' FROM generate_series(1, 99)");
  service.let_meet("INSERT ON address");
  constexpr int kAtOnce = 4;
  std::vector<std::future<Answer>> adding;
  for (int i = 0; i < kAtOnce; ++i) {
    adding.push_back(std::async(std::launch::async, [&] {
      return settled(
          [&] { return service.call("POST", kPath, an_address(), user.access_token); });
    }));
  }
  int added = 0;
  int refused = 0;
  for (auto& each : adding) {
    const auto answer = each.get();
    if (answer.status == 201) ++added;
    if (answer.problem() == " out_of_range") ++refused;
  }
  CHECK(added == 1);
  CHECK(refused == kAtOnce - 1);
  CHECK(service.sql("SELECT count(*) FROM address WHERE user_id = '" + user.id + "'") == "100");
}

TEST_CASE("a key is looked at before the address", "[addresses]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto add = [&](const std::string& body, const std::string& key) {
    return service
        .send("POST", kPath, body,
              {{"Authorization", "Bearer " + user.access_token}, {"Idempotency-Key", key}})
        .problem();
  };
  CHECK(add("{}", "a b") == "invalid_idempotency_key");
  CHECK(add("{", "a b") == "invalid_idempotency_key");
  CHECK(add(mercato::json::dump(an_address()), "once") == "");
  CHECK(add("{}", "once") == "idempotency_key_reused");
  CHECK(add("{", "once") == "idempotency_key_reused");
  CHECK(add("{", "another") == "malformed_json");
  CHECK(add(mercato::json::dump(an_address()), "another") == "");  // a mistake takes no key
}

TEST_CASE("other services learn a user's status, role and address", "[addresses]") {
  const auto& service = UserService::shared();
  const auto user = service.customer();
  const auto address = service.call("POST", kPath, an_address(), user.access_token);
  const auto ask = [&](const std::string& id, const std::string& query, const std::string& header) {
    return service.call("GET", "/internal/v1/users/" + id + query, nullptr, {},
                        {{"Authorization", header}});
  };
  const auto peer = service.keys().peer_bearer("order", "user");
  CHECK(ask(user.id, "", peer).body ==
        Json{{"id", user.id}, {"status", "active"}, {"role", "customer"}});
  CHECK(ask(user.id, "?address_id=" + address.text("id"), peer).body.at("address") == address.body);
  CHECK(!ask(user.id, "?address_id=" + user.id, peer).body.contains("address"));
  CHECK(ask(user.id, "?address_id=x", peer).problem() == "?address_id invalid_format");
  CHECK(ask(mercato::Uuid::v7().str(), "", peer).problem() == "not_found");
  CHECK(ask(user.id, "", "Bearer " + user.access_token).status == 401);
  CHECK(ask(user.id, "", service.keys().peer_bearer("order", "catalog")).status == 401);
  CHECK(service.call("GET", "/api/v1/users/me", nullptr, {}, {{"Authorization", peer}}).status ==
        401);
}

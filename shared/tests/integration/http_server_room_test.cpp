#include <atomic>
#include <functional>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "http_server_fixture.hpp"

using namespace mercato;
using namespace mercato::test;
using namespace std::chrono_literals;

namespace {

/// Routes for which there is room when `has_room` says so.
RunningServer server_with_room(const std::function<bool()>& has_room,
                               std::chrono::milliseconds patience) {
  const auto in = [](const http::Request&) -> http::Answer { return text_answer("in"); };
  http::Router router;
  http::RouteOptions room{.access = http::Access::anonymous, .has_room = has_room};
  router.add(http::Method::get, "/room", room, in);
  router.add(http::Method::get, "/out-of-service", room,
             [](const http::Request&) -> http::Answer { throw unavailable("Its reason."); });
  room.access = http::Access::subject;
  router.add(http::Method::get, "/private-room", room, in);
  router.add(http::Method::get, "/now", open_route(),
             [](const http::Request&) -> http::Answer { return text_answer("now"); });
  http::ServerOptions options;
  options.workers = 2;
  options.max_queue = 3;
  options.outside_patience = patience;
  options.authenticate = [](const http::Request&, http::Access) -> http::Caller {
    throw Error(ErrorKind::unauthenticated, "unauthenticated");
  };
  return RunningServer(std::move(router), std::move(options));
}

}  // namespace

TEST_CASE("what has no room waits for it without a worker", "[http][integration]") {
  std::atomic<bool> room = false;
  auto server = server_with_room([&] { return room.load(); }, 10min);
  std::vector<Socket> outside;
  for (std::size_t i = 0; i < 3; ++i) {
    outside.push_back(server.connect());
    outside.back().send(serialize({.target = "/room"}, true));
    CHECK(await([&] { return server->load().outside == i + 1; }));
  }
  CHECK(server->load().busy == 0);
  CHECK(server.get("/now").body == "now");

  SECTION("until there is some") {
    room = true;
    for (const auto& socket : outside) {
      CHECK(MessageReader(socket).read_answer(kPatience).body == "in");
    }
    CHECK(server.get("/room").body == "in");
  }
  SECTION("unless too many do") {
    const auto refused = server.get("/room");
    CHECK(refused.status == 503);
    CHECK(refused.header("Retry-After") == "1");
    for (const auto& socket : outside) {
      CHECK(MessageReader(socket).read_answer(kPatience).status == 503);
    }
  }
  SECTION("but who may not ask is told at once") {
    CHECK(server.get("/private-room").status == 401);
  }
  SECTION("and who repeats refusals himself is told how long he may, without a word more") {
    const std::string asks = serialize(
        {.target = "/room", .headers = {{"Host", "a"}, {"X-Repeats-Refusals", "1"}}}, true);
    const auto gateway = server.connect();
    gateway.send(asks);
    MessageReader reader(gateway);
    auto refused = reader.read_answer(kPatience);
    CHECK(refused.status == 503);
    CHECK(refused.header("X-Accel-Expires") == "1");
    CHECK(refused.header("Retry-After") == "1");
    CHECK(refused.header("Content-Length") == "0");
    CHECK(refused.body.empty());
    room = true;
    CHECK(await([&] { return server->load().outside == 0; }));
    gateway.send(asks);
    CHECK(reader.read_answer(kPatience).body == "in");
  }
}

TEST_CASE("only a refusal because of overload may be repeated", "[http][integration]") {
  auto server = server_with_room([] { return true; }, 10min);
  const auto told = server.get("/out-of-service");
  CHECK(told.body.find("Its reason.") != std::string::npos);
  const auto gateway = server.connect();
  gateway.send(serialize({.target = "/out-of-service",
                          .headers = {{"Host", "a"}, {"X-Repeats-Refusals", "1"}}}, true));
  const auto refused = MessageReader(gateway).read_answer(kPatience);
  CHECK(refused.status == 503);
  CHECK(refused.header("X-Accel-Expires").empty());
  CHECK(refused.body.empty());
}

TEST_CASE("who has waited long for room goes in without", "[http][integration]") {
  auto server = server_with_room([] { return false; }, 1ms);
  CHECK(server.get("/room").body == "in");
}

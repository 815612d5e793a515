#include <support/catch.hpp>

#include <chrono>

#include "support/await.hpp"
#include "support/http_call.hpp"
#include "support/http_peer.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"

using namespace mercato::test;
using namespace std::chrono_literals;

TEST_CASE("a test's PostgreSQL makes databases and survives being killed", "[support]") {
  PostgresServer server;
  const auto url = server.create_database();
  PostgresServer::sql(url, "CREATE TABLE t (n int)");
  PostgresServer::sql(url, "INSERT INTO t VALUES (7)");
  server.restart();
  CHECK(PostgresServer::sql(url, "SELECT n FROM t") == "7");
  CHECK(server.create_database() != url);
}

TEST_CASE("a test's Redis answers again after a restart", "[support]") {
  RedisServer server;
  server.restart();
  const auto socket = Socket::connect(server.port(), 1s);
  REQUIRE(socket.has_value());
  REQUIRE(socket->send("PING\r\n"));
  CHECK(socket->receive(1s) == "+PONG\r\n");
}

TEST_CASE("a played neighbour answers, records and misbehaves as told", "[support]") {
  HttpPeer peer([](const PeerRequest& request) -> PeerAnswer {
    if (request.target == "/drop") return {.fault = PeerAnswer::Fault::drop};
    if (request.target == "/reset") return {.fault = PeerAnswer::Fault::reset};
    if (request.target == "/half") return {.body = "12345678", .fault = PeerAnswer::Fault::half};
    return {.status = 201, .body = request.method + request.body};
  });
  const auto answer = call(peer.port(), {.method = "POST", .target = "/echo", .body = "{}"});
  CHECK(answer.status == 201);
  CHECK(answer.body == "POST{}");
  CHECK(call(peer.port(), {.target = "/drop"}).status == 0);
  CHECK(call(peer.port(), {.target = "/reset"}).status == 0);
  CHECK(call(peer.port(), {.target = "/half"}).status == 0);
  REQUIRE(peer.await_requests(4));
  CHECK(peer.requests().front().header("content-type") == "application/json");
}

#include <support/catch.hpp>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "support/await.hpp"
#include "support/http_call.hpp"
#include "support/http_peer.hpp"
#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"
#include "support/workspace.hpp"

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

TEST_CASE("a port that is given out is locked against other processes", "[support]") {
  const auto port = free_port();
  const auto claims = std::filesystem::temp_directory_path() /
                      ("mercato-test-ports-" + std::to_string(::geteuid()));
  const auto another_may_lock = [&](off_t byte) {
    const pid_t other = ::fork();
    if (other == 0) {
      const int file = ::open(claims.c_str(), O_RDWR);
      struct flock wanted {};
      wanted.l_type = F_WRLCK;
      wanted.l_start = byte;
      wanted.l_len = 1;
      ::_exit(file >= 0 && ::fcntl(file, F_SETLK, &wanted) == 0 ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(other, &status, 0) == other);
    return WEXITSTATUS(status) == 0;
  };
  CHECK_FALSE(another_may_lock(port));
  CHECK(another_may_lock(1));
}

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <memory>

#include <support/catch.hpp>
#include <support/socket.hpp>

#include "mercato/http/inbound/engine.hpp"
#include "mercato/http/inbound/late_answers.hpp"
#include "mercato/http/router.hpp"

using namespace mercato::http;
using namespace std::chrono_literals;

namespace {

/// The keeper's part of a server, and one connection of it that a worker has a request on.
struct Parking {
  Parking() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    client = mercato::test::Socket(ends[0]);
    connection = engine.table.acquire(ends[1]);
    connection->work = std::make_unique<inbound::Work>(engine.limits);
    connection->work->exchange = std::make_unique<inbound::Exchange>();
    connection->phase = inbound::Phase::late;
  }

  void park(const StreamWriter& writer) {
    ++engine.late_count;
    ++engine.stream_count;
    late.add(*connection, writer, false);
  }

  Router router;
  inbound::Engine engine{router, {}};
  inbound::LateAnswers late{engine};
  mercato::test::Socket client{-1};
  inbound::Connection* connection = nullptr;
};

}  // namespace

TEST_CASE("a stream that is parked after the drain began is ended", "[http]") {
  Parking parking;
  parking.engine.draining = true;
  parking.late.drain(inbound::Steady::now());
  const StreamWriter writer;
  REQUIRE(writer.write("data: 1\n\n"));
  parking.park(writer);
  CHECK(writer.closed());
  CHECK(parking.client.receive(10s).value_or("") == "9\r\ndata: 1\n\n\r\n0\r\n\r\n");
  CHECK(parking.engine.stream_count == 0);
  CHECK(parking.engine.late_count == 0);
}

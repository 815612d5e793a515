#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>

#include <support/catch.hpp>
#include <support/socket.hpp>

#include "mercato/http/inbound/conversation.hpp"
#include "mercato/http/inbound/engine.hpp"
#include "mercato/http/inbound/keeper.hpp"
#include "mercato/http/router.hpp"

using namespace mercato::http;
using Role = inbound::Conversation::Role;

namespace {

constexpr std::string_view kGood = "GET /now HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view kMalformed = "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n";

Router router_of_now() {
  Router router;
  router.add(Method::get, "/now", {.access = Access::anonymous},
             [](const Request&) -> Answer { return Response{}; });
  return router;
}

ServerOptions options_without_queue() {
  ServerOptions options;
  options.workers = 1;
  options.max_queue = 0;
  return options;
}

/// A client that has sent so many requests at once to a server in whose queue nobody may wait; the
/// test is the server's threads.
struct Pipelining {
  explicit Pipelining(std::string_view request, int times = 40) {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0);
    client = mercato::test::Socket(ends[0]);
    connection = engine.table.acquire(ends[1]);
    REQUIRE(connection->park());
    std::string requests;
    for (int i = 0; i < times; ++i) requests += request;
    client.send(requests);
    engine.poller.add(ends[1], EPOLLIN | EPOLLRDHUP | EPOLLET, connection->id().packed());
  }

  /// How many are answered before somebody else may have a turn.
  [[nodiscard]] int turn(Role role) {
    std::array<epoll_event, 8> buffer{};
    for (const auto& event : engine.poller.wait(buffer, 0)) dispatch(engine, event, role);
    return count_answers();
  }

  [[nodiscard]] int count_answers() const {
    std::string answers;
    while (auto bytes = client.receive(std::chrono::milliseconds(0))) {
      if (bytes->empty()) break;
      answers += *bytes;
    }
    int count = 0;
    for (auto at = answers.find("HTTP/1.1 "); at != std::string::npos;
         at = answers.find("HTTP/1.1 ", at + 1)) {
      ++count;
    }
    return count;
  }

  Router router = router_of_now();
  inbound::Engine engine{router, options_without_queue()};
  mercato::test::Socket client{-1};
  inbound::Connection* connection = nullptr;
};

}  // namespace

TEST_CASE("who pipelines lets others have their turn after sixteen answers", "[http]") {
  const auto request = GENERATE(kGood, kMalformed);
  const auto role = GENERATE(Role::worker, Role::keeper);
  Pipelining pipelining(request);
  CHECK(pipelining.turn(role) == 16);
  CHECK(pipelining.turn(role) == 16);
  CHECK(pipelining.turn(role) == 8);
  CHECK(pipelining.turn(role) == 0);
}

TEST_CASE("a server that drains answers who let others have their turn", "[http]") {
  Pipelining pipelining(kGood);
  REQUIRE(pipelining.turn(Role::worker) == 16);
  pipelining.engine.draining = true;
  REQUIRE(pipelining.connection->take_parked());
  inbound::Conversation(pipelining.engine, *pipelining.connection, Role::worker).close_if_silent();
  CHECK(pipelining.count_answers() == 1);
}

TEST_CASE("an empty line makes the idle time no longer, and is forgiven once", "[http]") {
  Pipelining idle(kGood, 1);
  REQUIRE(idle.turn(Role::worker) == 1);
  const auto idle_ends_by = inbound::Steady::now() + idle.engine.options.idle_timeout;
  idle.client.send("\r\n");
  REQUIRE(idle.turn(Role::worker) == 0);
  CHECK(idle.connection->is_overdue(idle_ends_by));
  SECTION("before a request") {
    idle.client.send(kGood);
    CHECK(idle.turn(Role::worker) == 1);
    idle.client.send("\r\n");
    CHECK(idle.turn(Role::worker) == 0);  // the one that may come before the next
    CHECK_FALSE(idle.connection->is_overdue(idle_ends_by));
  }
  SECTION("before another") {
    idle.client.send("\r\n");
    CHECK(idle.turn(Role::worker) == 1);
    CHECK(idle.connection->phase == inbound::Phase::lingering);
  }
}

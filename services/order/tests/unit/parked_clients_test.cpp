#include <support/catch.hpp>

#include <chrono>

#include <mercato/clock/clock.hpp>

#include "http/order_answers.hpp"
#include "http/parked_clients.hpp"
#include "in_memory_store.hpp"

using namespace order;
using namespace std::chrono_literals;

namespace {

struct Lobby {
  Waiting waiting() const {
    return {OrderId::make(), UserId::make(), "key", Answer{202, "application/json", "", "{}"},
            "trace", mercato::system_clock().steady_now() + 1min, {}};
  }

  test::Tables tables;
  test::InMemoryAnswers answers{tables};
  test::InMemoryOrders orders{tables};
  api::OrderAnswers writer;
  int first = 0;
  api::ParkedClients parked{answers, orders, writer, mercato::system_clock(), [this] { ++first; }};
};

}  // namespace

TEST_CASE("a client may wait before the thread that serves the waiting has started") {
  Lobby lobby;
  CHECK_FALSE(lobby.parked.any());
  (void)lobby.parked.park(lobby.waiting());
  CHECK(lobby.parked.any());
  CHECK(lobby.first == 1);
}

TEST_CASE("only who waits alone is told of as the first") {
  Lobby lobby;
  (void)lobby.parked.park(lobby.waiting());
  (void)lobby.parked.park(lobby.waiting());
  CHECK(lobby.first == 1);
}

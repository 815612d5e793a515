#include <support/catch.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <mercato/clock/clock.hpp>
#include <mercato/http/inbound/server_internals.hpp>

#include "http/order_answers.hpp"
#include "http/parked_clients.hpp"
#include "in_memory_store.hpp"

using namespace order;
using namespace std::chrono_literals;

namespace {

/// Answers of a store in which something happens before a wait ends.
class OvertakenAnswers : public test::InMemoryAnswers {
 public:
  using InMemoryAnswers::InMemoryAnswers;
  std::optional<Answer> end_wait(OrderId order, UserId user, const std::string& key,
                                 const Answer& answer) override {
    if (before_end) before_end();
    return InMemoryAnswers::end_wait(order, user, key, answer);
  }

  std::function<void()> before_end;
};

/// Clients of one order, which is stored.
struct Lobby {
  Lobby() {
    tables.orders[order].id = order;
    tables.keys[{user, "key"}].order = order;
  }

  /// One whose wait ends `in` from now.
  [[nodiscard]] Waiting waiting(std::chrono::milliseconds in = 1min) const {
    return {order, user, "key", pending, "trace", mercato::system_clock().steady_now() + in, {}};
  }
  /// Parks it as the server does; what it is told, which is waited for.
  [[nodiscard]] std::future<mercato::http::Response> park(Waiting client) {
    using mercato::http::Response;
    using mercato::http::ServerInternals;
    auto told = std::make_shared<std::promise<Response>>();
    const auto deferred = parked.park(std::move(client));
    auto early = ServerInternals::attach(
        ServerInternals::completer(deferred),
        [told](Response response) { told->set_value(std::move(response)); });
    if (early) told->set_value(std::move(*early));
    return told->get_future();
  }
  void keep_confirmation() {
    tables.keys.at({user, "key"}).answer = Answer{201, "application/json", "", "{}"};
  }

  void reject_and_free_key() {
    tables.orders.at(order).status = OrderStatus::rejected;
    tables.orders.at(order).reject_reason = Reason::user_disabled;
    tables.keys.clear();
  }

  OrderId order = OrderId::make();
  UserId user = UserId::make();
  Answer pending{202, "application/json", "", "{}"};
  test::Tables tables;
  OvertakenAnswers answers{tables};
  test::InMemoryOrders orders{tables};
  api::OrderAnswers writer;
  int first = 0;
  api::ParkedClients parked{answers, orders, writer, mercato::system_clock(), [this] { ++first; }};
};

int status_of(std::future<mercato::http::Response> told) {
  return told.wait_for(10s) == std::future_status::ready ? told.get().status : 0;
}

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

TEST_CASE("who comes late is told what was kept meanwhile") {
  Lobby lobby;
  // Time to ask: else the server answers by itself at once.
  CHECK(mercato::http::ServerInternals::timeout(lobby.parked.park(lobby.waiting(-10s))) > 100ms);
  lobby.keep_confirmation();
  auto told = lobby.park(lobby.waiting(-10s));
  lobby.parked.start();
  CHECK(status_of(std::move(told)) == 201);
}

TEST_CASE("who comes late is answered at once if the database cannot be asked") {
  Lobby lobby;
  lobby.tables.down = true;
  auto told = lobby.park(lobby.waiting(-10s));
  lobby.parked.start();
  CHECK(status_of(std::move(told)) == 202);
  CHECK(lobby.parked.promised(lobby.order) == lobby.pending);
}

TEST_CASE("who waits for an order is told what was promised to another who did") {
  Lobby lobby;
  const auto deferred = lobby.parked.park(lobby.waiting(-10s));
  CHECK(mercato::http::ServerInternals::on_timeout(deferred)().status == 202);
  lobby.keep_confirmation();
  auto told = lobby.park(lobby.waiting(-10s));
  lobby.parked.start();
  CHECK(status_of(std::move(told)) == 202);
}

TEST_CASE("who waits until the key is freed is told the reason for it") {
  Lobby lobby;
  lobby.answers.before_end = [&] { lobby.reject_and_free_key(); };
  auto told = lobby.park(lobby.waiting(0ms));
  lobby.parked.start();
  CHECK(status_of(std::move(told)) == 403);
}

TEST_CASE("a wait does not end with the answer of another order that the freed key was used for") {
  Lobby lobby;
  lobby.answers.before_end = [&] {
    lobby.reject_and_free_key();
    lobby.tables.keys[{lobby.user, "key"}].order = OrderId::make();
  };
  auto told = lobby.park(lobby.waiting(0ms));
  lobby.parked.start();
  CHECK(status_of(std::move(told)) == 403);
  CHECK_FALSE(lobby.tables.keys.at({lobby.user, "key"}).answer);
}

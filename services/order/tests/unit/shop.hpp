#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "domain/cancel_order.hpp"
#include "domain/deliver_order.hpp"
#include "domain/drive_saga.hpp"
#include "domain/place_order.hpp"
#include "domain/refund_order.hpp"
#include "domain/ship_order.hpp"
#include "http/order_answers.hpp"
#include "in_memory_store.hpp"

namespace order::test {

/// A clock that stands still until it is moved.
class ManualClock : public mercato::Clock {
 public:
  mercato::Timestamp now() const override { return now_; }
  std::chrono::steady_clock::time_point steady_now() const override { return steady_; }
  void advance(std::chrono::microseconds by) {
    now_ += by;
    steady_ += by;
  }

 private:
  mercato::Timestamp now_ = *mercato::parse_rfc3339("2026-01-31T12:00:00.000Z");
  std::chrono::steady_clock::time_point steady_ = std::chrono::steady_clock::now();
};

/// What a neighbour does with one call besides (or instead of) doing its work.
enum class Fault { none, not_reached, answer_lost, still_on_its_way };
/// Decides about a call before it is made, and may keep its work in order to do it later.
using Meddle = std::function<Fault(std::function<void()> work)>;

/// The user service as the test wants it.
class FakeUsers : public UserDirectory {
 public:
  Answer check(UserId user, std::optional<AddressId> address, mercato::Deadline) override;

  Fault fault = Fault::none;
  std::set<UserId> disabled;
  std::map<AddressId, Address> addresses;
};

/// A catalog with stock, prices, reservations and tombstones.
class FakeStock : public StockKeeper {
 public:
  Reservation reserve(OrderId order, const std::vector<RequestedLine>& lines,
                      mercato::Deadline) override;
  Commitment commit(OrderId order, mercato::Deadline) override;
  Release release(OrderId order, mercato::Deadline) override;
  Restock restock(OrderId order, RefundId refund, const std::vector<RequestedLine>& lines,
                  mercato::Deadline) override;
  bool available() const override { return reachable; }

  struct Item {
    Offer offer;
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
  };
  struct Held {
    enum class State { held, sold, released, expired } state = State::held;
    std::vector<RequestedLine> lines;
  };
  std::map<ProductId, Item> items;
  std::map<OrderId, Held> reservations;
  std::set<RefundId> restocked;
  bool reachable = true;
  Fault fault_at_reserve = Fault::none;
  Fault fault_at_commit = Fault::none;
  Fault fault_at_release = Fault::none;
  Fault fault_at_restock = Fault::none;
  std::function<void()> before_commit;  // what others do in the meantime
  Meddle meddle;                        // instead of the faults above
  int calls = 0;
};

/// What the catalog tells of its products without holding any.
class FakeProducts : public ProductCatalog {
 public:
  explicit FakeProducts(FakeStock& stock) : stock_(stock) {}
  Answer list(const std::vector<ProductId>& products, mercato::Deadline) override;

  Fault fault = Fault::none;

 private:
  FakeStock& stock_;
};

/// A payment service with authorisations, captures, refunds and tombstones.
class FakePayments : public PaymentGateway {
 public:
  Authorization authorize(const Order& order, const std::string& payment_method,
                          mercato::Deadline) override;
  Capture capture(OrderId order, mercato::Deadline) override;
  Void void_payment(OrderId order, mercato::Deadline) override;
  Refunding refund(OrderId order, RefundId refund, const Money& amount, const std::string& reason,
                   mercato::Deadline) override;
  bool available() const override { return reachable; }

  struct Account {
    PaymentId id = PaymentId::make();
    std::int64_t authorized = 0;
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
    bool voided = false;
    bool declined = false;
    int charges = 0;
    std::set<RefundId> refunds;
  };
  std::map<OrderId, Account> accounts;
  bool reachable = true;
  bool capture_refused = false;
  Fault fault_at_authorize = Fault::none;
  Fault fault_at_capture = Fault::none;
  Fault fault_at_void = Fault::none;
  Fault fault_at_refund = Fault::none;
  Meddle meddle;  // instead of the faults above
};

/// Keeps what would be given to other threads.
class QueueDispatcher : public SagaDispatcher {
 public:
  void dispatch(Saga saga) override { queue.push_back(std::move(saga)); }
  [[nodiscard]] std::size_t waiting_checkouts() const override {
    return static_cast<std::size_t>(
        std::count_if(queue.begin(), queue.end(),
                      [](const Saga& saga) { return saga.kind == SagaKind::checkout; }));
  }
  std::deque<Saga> queue;
};

/// Remembers what waiting clients were told.
class RecordedClients : public WaitingClients {
 public:
  void settled(OrderId order, const Answer& answer) override { told[order] = answer; }
  void changed(OrderId order) override { looked_again.insert(order); }
  std::optional<Answer> promised(OrderId order) const override {
    const auto found = promises.find(order);
    return found == promises.end() ? std::nullopt : std::optional(found->second);
  }
  std::map<OrderId, Answer> told;
  std::set<OrderId> looked_again;
  std::map<OrderId, Answer> promises;
};

/// The code of the problem that an answer tells of.
[[nodiscard]] std::string code_of(const Answer& answer);

/// The order service's use cases with everything around them played by fakes, in one thread.
class Shop {
 public:
  Shop();

  /// A product with stock, at a price in pence.
  ProductId product(std::int64_t on_hand, std::int64_t price_minor);
  [[nodiscard]] PlaceOrderCommand command(std::vector<RequestedLine> lines);
  /// Places an order and expects its answer at once.
  Answer place(const PlaceOrderCommand& command);
  /// Places an order that must be confirmed, and runs its capture.
  Order paid_order(std::vector<RequestedLine> lines);
  /// The process dies and another takes over: nothing in memory survives.
  void restart();
  /// What is due and not in hand: up to `limit` of each lane.
  [[nodiscard]] std::vector<Saga> claim_due(std::size_t limit);
  /// Runs everything that is owed until nothing is, or nothing moves any more.
  void recover();
  [[nodiscard]] Order order_of(const PlaceOrderCommand& command);
  [[nodiscard]] Order get(OrderId id) { return tables.orders.at(id); }

  ManualClock clock;
  Tables tables;
  InMemoryCheckouts checkouts{tables, clock};
  InMemoryOrders orders{tables};
  InMemoryCarts carts;
  InMemorySagas sagas{tables, clock};
  InMemoryAnswers answers{tables};
  InMemoryRefunds refunds{tables};
  FakeUsers users;
  FakeStock stock;
  FakeProducts products{stock};
  FakePayments payments;
  Holds running;  // outlives the sagas that hold it
  Holds open_requests;
  ConcurrencyLimit at_once{16, 56};  // likewise
  QueueDispatcher dispatcher;
  RecordedClients clients;
  api::OrderAnswers writer;
  Slots slots{1};
  Crowd crowd{3, 1};
  RetryDelay retry_delay = [](int, std::chrono::seconds) { return std::chrono::milliseconds(50); };
  CheckoutSteps steps{checkouts, users, products, stock, payments, clock, std::chrono::minutes(15)};
  UndoOrder undo{sagas, stock, payments, clients, clock, retry_delay};
  PlaceOrder place_order{{checkouts, orders, carts, sagas, answers, writer, clients, steps, undo,
                          dispatcher, running, open_requests, slots, crowd, at_once, clock,
                          retry_delay}};
  CapturePayment capture{sagas, orders, sagas, payments, dispatcher, clock, retry_delay};
  RefundOrder refund_order{{refunds, orders, sagas, stock, payments, running, clock, retry_delay}};
  CancelOrder cancel_order{orders, undo, clients, running, clock};
  ShipOrder ship_order{orders, payments, clock};
  DeliverOrder deliver_order{orders, clock};
  DriveSaga drive{place_order, capture, undo, refund_order, sagas};
  UserId buyer = UserId::make();
  Viewer owner{buyer, false};
  Viewer admin{UserId::make(), true};
};

}  // namespace order::test

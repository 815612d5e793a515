#include <support/catch.hpp>

#include <atomic>
#include <future>
#include <mutex>
#include <utility>
#include <vector>

#include <support/await.hpp>

#include "shop.hpp"
#include "workers/saga_recovery.hpp"

using namespace order;
using namespace order::test;
using mercato::test::await;

namespace {

/// A provider that takes its time.
class SlowPayments : public FakePayments {
 public:
  Capture capture(OrderId, mercato::Deadline) override {
    over_.wait();
    return Done{};
  }
  void hurry() { finish_.set_value(); }

 private:
  std::promise<void> finish_;
  std::shared_future<void> over_ = finish_.get_future().share();
};

Saga owed(SagaKind kind) {
  Saga saga;
  saga.id = SagaId::make();
  saga.order = OrderId(saga.id.value());
  saga.kind = kind;
  saga.started_at = mercato::system_clock().now();
  return saga;
}

/// More captures are due than are ever worked off; an undo is when the test says so.
class Backlog : public SagaStore, public UndoStore, public CaptureStore {
 public:
  std::vector<Saga> claim_due(SagaLane lane, const std::vector<mercato::Uuid>&,
                              std::size_t limit) override {
    std::vector<Saga> due;
    if (lane == SagaLane::captures) {
      while (due.size() < limit) due.push_back(owed(SagaKind::capture));
    } else if (undo_is_due.exchange(false)) {
      due.push_back(owed(SagaKind::undo));
    }
    return due;
  }
  void postpone(const Saga&, const StepLog&, std::chrono::milliseconds) override {}
  void park(const Saga&, const std::string&) override {}
  std::optional<Undo> load(Saga) override {
    undo_was_taken_up = true;
    return std::nullopt;
  }
  void finish(const Undo&, mercato::Timestamp) override {}
  void postpone(const Undo&, std::chrono::milliseconds) override {}
  void captured(const std::vector<CapturedOrder>&, mercato::Timestamp) override {}

  std::atomic<bool> undo_is_due{false};
  std::atomic<bool> undo_was_taken_up{false};
};

/// As in a long outage of the provider: more orders are pending than are ever worked off. Whoever
/// takes up an undo is kept until the test lets him go.
class PendingOrders : public Backlog {
 public:
  std::vector<Saga> claim_due(SagaLane lane, const std::vector<mercato::Uuid>&,
                              std::size_t limit) override {
    std::vector<Saga> due;
    if (lane == SagaLane::captures) return due;
    claimed += limit;
    while (due.size() < limit) due.push_back(owed(SagaKind::checkout));
    return due;
  }
  std::optional<Undo> load(Saga) override {
    undo_was_taken_up = true;
    may_go_on.get_future().wait();
    return std::nullopt;
  }

  std::atomic<std::size_t> claimed{0};
  std::promise<void> may_go_on;
};

/// A lane whose only thread has something else to do until the test wants it.
class BusyLane {
 public:
  using enum workers::Lane::Origin;

  BusyLane() {
    lane.start([this](Saga saga) { run(std::move(saga)); });
    lane.add(owed(SagaKind::capture), begun);
    busy_.get_future().wait();
  }

  /// The attempts in the order in which they are made, `count` of them.
  const std::vector<Saga>& work_off(std::size_t count) {
    free_.set_value();
    CHECK(await([&] {
      const std::lock_guard lock(mutex_);
      return done_.size() == count;
    }));
    lane.stop();
    return done_;
  }

  workers::Lane lane{1};

 private:
  void run(Saga saga) {
    if (saga.kind == SagaKind::capture) {
      busy_.set_value();
      free_.get_future().wait();
      return;
    }
    const std::lock_guard lock(mutex_);
    done_.push_back(std::move(saga));
  }

  std::promise<void> busy_;
  std::promise<void> free_;
  std::mutex mutex_;
  std::vector<Saga> done_;
};

}  // namespace

TEST_CASE("money and stock owed to somebody go before new business", "[saga_recovery]") {
  using enum SagaKind;
  BusyLane busy;
  for (const auto kind : {checkout, checkout, refund, undo}) {
    busy.lane.add(owed(kind), BusyLane::begun);
  }
  CHECK(busy.lane.begun(checkout) == 2);
  std::vector<SagaKind> order_of_work;
  for (const auto& saga : busy.work_off(4)) order_of_work.push_back(saga.kind);
  CHECK(order_of_work == std::vector{undo, refund, checkout, checkout});
}

TEST_CASE("orders just begun and those taken up again come by turns", "[saga_recovery]") {
  BusyLane busy;
  for (int i = 0; i < 3; ++i) {
    auto again = owed(SagaKind::checkout);
    again.attempt = 2;
    busy.lane.add(std::move(again), BusyLane::taken_up);
  }
  for (int i = 0; i < 2; ++i) busy.lane.add(owed(SagaKind::checkout), BusyLane::begun);
  std::vector<int> attempts;
  for (const auto& saga : busy.work_off(5)) attempts.push_back(saga.attempt);
  CHECK(attempts == std::vector{1, 2, 1, 2, 2});
}

TEST_CASE("orders that wait for the provider are in no new one's way", "[saga_recovery]") {
  Shop shop;
  const auto& clock = mercato::system_clock();
  Holds running;
  PendingOrders store;
  workers::SagaRunners runners(1, 1);
  UndoOrder undo{store, shop.stock, shop.payments, shop.clients, clock, shop.retry_delay};
  DriveSaga drive{shop.place_order, shop.capture, undo, shop.refund_order, store};
  workers::SagaRecovery recovery(store, runners, running, [] { return false; }, clock);
  runners.start(drive, shop.capture);
  runners.dispatch(owed(SagaKind::undo));
  CHECK(await([&] { return store.undo_was_taken_up.load(); }));

  recovery.start();
  CHECK(await([&] { return runners.room(SagaLane::others) == 0; }));
  recovery.stop();
  CHECK(store.claimed == 100);
  CHECK(runners.waiting_checkouts() == 0);
  runners.dispatch(owed(SagaKind::checkout));
  CHECK(runners.waiting_checkouts() == 1);

  store.may_go_on.set_value();
  runners.stop();
}

TEST_CASE("captures that get nowhere keep nothing else from being taken up", "[saga_recovery]") {
  Shop shop;
  const auto& clock = mercato::system_clock();
  Holds running;
  Backlog store;
  SlowPayments payments;
  workers::SagaRunners runners(1, 1);
  UndoOrder undo{store, shop.stock, payments, shop.clients, clock, shop.retry_delay};
  CapturePayment capture{store, shop.orders, store, payments, runners, clock, shop.retry_delay};
  DriveSaga drive{shop.place_order, capture, undo, shop.refund_order, store};
  workers::SagaRecovery recovery(store, runners, running, [] { return false; }, clock);
  runners.start(drive, capture);
  recovery.start();
  CHECK(await([&] { return runners.room(SagaLane::captures) == 0; }));

  store.undo_is_due = true;
  CHECK(await([&] { return store.undo_was_taken_up.load(); }));

  recovery.stop();
  payments.hurry();
  runners.stop();
}

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

}  // namespace

TEST_CASE("money and stock owed to somebody go before new business", "[saga_recovery]") {
  workers::Lane lane(1);
  std::promise<void> begun;
  std::promise<void> all_wait;
  std::mutex mutex;
  std::vector<SagaKind> order_of_work;
  const auto done = [&] {
    const std::lock_guard lock(mutex);
    return order_of_work.size();
  };
  lane.start([&](Saga saga) {
    if (saga.kind == SagaKind::capture) {
      begun.set_value();
      all_wait.get_future().wait();
      return;
    }
    const std::lock_guard lock(mutex);
    order_of_work.push_back(saga.kind);
  });
  lane.add(owed(SagaKind::capture));
  begun.get_future().wait();
  using enum SagaKind;
  for (const auto kind : {checkout, checkout, refund, undo}) lane.add(owed(kind));
  CHECK(lane.waiting(checkout) == 2);
  all_wait.set_value();
  CHECK(await([&] { return done() == 4; }));
  lane.stop();
  CHECK(order_of_work == std::vector{undo, refund, checkout, checkout});
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

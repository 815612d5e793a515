#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "domain/capture_payment.hpp"
#include "domain/cart.hpp"
#include "domain/checkout.hpp"
#include "domain/order_repository.hpp"
#include "domain/refund_order.hpp"
#include "domain/undo_order.hpp"

namespace order::test {

/// The order database as the domain knows it, in one thread: what a compare-and-set or a unique key
/// refuses in PostgreSQL is refused here.
struct Tables {
  struct SagaRow {
    OrderId order;
    SagaKind kind = SagaKind::checkout;
    std::int64_t version = 1;
    int attempt = 1;
    bool leased = true;
    mercato::Timestamp started_at{};
    mercato::Timestamp next_run_at{};
    std::string trace_id;
    std::string parked_reason;
    CheckoutRequest request;
    std::string key;
    bool buyer_checked = false;
    std::optional<mercato::Timestamp> payment_asked_at;
    bool released = false;
    bool voided = false;
    bool refunded = false;
  };

  std::map<OrderId, Order> orders;
  std::map<SagaId, SagaRow> sagas;
  std::map<std::pair<UserId, std::string>, KeyRecord> keys;
  std::map<std::pair<UserId, std::string>, mercato::Timestamp> answer_by;
  std::map<RefundId, Refund> refunds;
  std::map<OrderId, std::vector<TimelineEntry>> timelines;
  std::set<UserId> seen_active;
  std::int64_t last_number = 100'000;
  int commits = 0;
  bool down = false;  // every call fails
  std::function<void()> meddle;  // comes before every call

  /// Fails like a pool without connections while the database is down.
  void ask() const;
  /// As ask(), and counts as a transaction that wrote.
  void write();
  void log(OrderId order, const StepLog& steps);
  /// The saga's row if it is still at this version.
  SagaRow* at_version(const Saga& saga);
  [[nodiscard]] Saga lease(SagaId id);
};

class InMemoryCheckouts : public CheckoutStore {
 public:
  InMemoryCheckouts(Tables& tables, const mercato::Clock& clock) : tables_(tables), clock_(clock) {}
  std::optional<KeyRecord> begin(Checkout& checkout, const RequestKey& key) override;
  std::optional<KeyRecord> refuse(const Checkout& checkout, const RequestKey& key,
                                  const Answer& answer) override;
  std::optional<Checkout> load(Saga saga) override;
  Settled settle(const Checkout& checkout, const std::optional<Answer>& answer) override;
  void postpone(const Checkout& checkout, std::chrono::milliseconds delay) override;
  bool was_seen_active(UserId user) override { return tables_.seen_active.count(user) > 0; }

 private:
  Tables& tables_;
  const mercato::Clock& clock_;
};

class InMemoryOrders : public OrderRepository {
 public:
  explicit InMemoryOrders(Tables& tables) : tables_(tables) {}
  std::optional<Order> find(OrderId id) override;
  OrderList list(const OrderFilter& filter, std::optional<OrderId> before,
                 std::size_t limit) override;
  std::vector<TimelineEntry> timeline(OrderId id) override { return tables_.timelines[id]; }
  std::vector<OrderId> no_longer_pending(const std::vector<OrderId>& ids) override;
  std::vector<StatusChange> status_changes(
      const std::vector<std::pair<OrderId, std::int64_t>>& /*after*/) override {
    return {};
  }
  std::optional<Undo> begin_cancel(OrderId id, std::optional<Reason> reason, const StepLog& log,
                                   const std::string& trace_id, mercato::Timestamp at) override;
  bool ship(OrderId id, const Tracking& tracking, const std::string& trace_id,
            mercato::Timestamp at) override;
  bool deliver(OrderId id, const std::string& trace_id, mercato::Timestamp at) override;

 private:
  Tables& tables_;
};

class InMemoryCarts : public CartRepository {
 public:
  std::vector<CartItem> list(UserId user) override { return carts[user]; }
  bool put(UserId user, const CartItem& item) override;
  void remember(UserId user, const std::vector<CartItem>& items) override;
  void remove(UserId user, ProductId product) override;
  void clear(UserId user) override { carts.erase(user); }

  std::map<UserId, std::vector<CartItem>> carts;
};

class InMemorySagas : public SagaStore, public UndoStore, public CaptureStore {
 public:
  InMemorySagas(Tables& tables, const mercato::Clock& clock) : tables_(tables), clock_(clock) {}
  std::vector<Saga> claim_due(SagaLane lane, const std::vector<mercato::Uuid>& in_hand,
                              std::size_t limit) override;
  void postpone(const Saga& saga, const StepLog& log, std::chrono::milliseconds delay) override;
  void park(const Saga& saga, const std::string& reason) override;
  std::optional<Undo> load(Saga saga) override;
  void finish(const Undo& undo, mercato::Timestamp at) override;
  void postpone(const Undo& undo, std::chrono::milliseconds delay) override;
  void captured(const std::vector<CapturedOrder>& orders, mercato::Timestamp at) override;

 private:
  Tables& tables_;
  const mercato::Clock& clock_;
};

class InMemoryAnswers : public AnswerStore {
 public:
  explicit InMemoryAnswers(Tables& tables) : tables_(tables) {}
  std::optional<KeyRecord> find(UserId user, const std::string& key) override;
  Answered keep(const RequestKey& key, const Answer& answer,
                std::optional<RefundId> refund) override;
  std::optional<Answer> end_wait(OrderId order, UserId user, const std::string& key,
                                 const Answer& answer) override;
  void overwrite(OrderId order, UserId user, const std::string& key,
                 const Answer& answer) override;
  bool take_over(UserId user, const std::string& key) override;
  std::optional<KeyRecord> claim(const RequestKey& key) override;
  void free(const RequestKey& key) override;

 private:
  Tables& tables_;
};

class InMemoryRefunds : public RefundStore {
 public:
  explicit InMemoryRefunds(Tables& tables) : tables_(tables) {}
  std::variant<RefundRun, OverRefund, NothingCaptured, KeyRecord> begin(OrderId order,
                                                                        const RequestKey& key,
                                                                        const std::string& trace_id,
                                                                        const Plan& plan) override;
  std::optional<RefundRun> load(Saga saga) override;
  void succeeded(const RefundRun& run, bool restock_owed, mercato::Timestamp at) override;
  void restocked(const RefundRun& run) override;
  void failed(const RefundRun& run, mercato::Timestamp at) override;
  std::optional<Refund> find(RefundId id) override;
  std::vector<Refund> list(OrderId order, std::optional<RefundId> before,
                           std::size_t limit) override;

 private:
  Tables& tables_;
};

}  // namespace order::test

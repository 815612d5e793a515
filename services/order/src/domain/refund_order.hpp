#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "domain/answer.hpp"
#include "domain/order_repository.hpp"
#include "domain/payment_gateway.hpp"
#include "domain/refund.hpp"
#include "domain/saga.hpp"
#include "domain/stock_keeper.hpp"

namespace order {

/// A refund with what is needed to carry it out.
struct RefundRun {
  Saga saga;
  Refund refund;
  bool captured = false;  // the order's money was taken
  StepLog log;
};

/// The store of refunds. Each function is one transaction. From any thread.
class RefundStore {
 public:
  virtual ~RefundStore() = default;

  using Plan = std::function<RefundPlan(const Order& order)>;
  /// The key, the refund that `plan` makes of the locked order, and what is owed; or nothing at all
  /// if the plan refuses. Errors thrown by `plan` pass through. If the key is taken, what it stands
  /// for.
  [[nodiscard]] virtual std::variant<RefundRun, OverRefund, NothingCaptured, KeyRecord> begin(
      OrderId order, const RequestKey& key, const std::string& trace_id, const Plan& plan) = 0;
  [[nodiscard]] virtual std::optional<RefundRun> load(Saga saga) = 0;
  /// The money is back. The saga goes on if `restock_owed`.
  virtual void succeeded(const RefundRun& run, bool restock_owed, mercato::Timestamp at) = 0;
  /// The goods are back: nothing is owed any more.
  virtual void restocked(const RefundRun& run) = 0;
  /// Refused for good: the amount and the lines can be refunded again. If a cancel has paid the
  /// order back, it has paid back this amount too.
  virtual void failed(const RefundRun& run, mercato::Timestamp at) = 0;

  [[nodiscard]] virtual std::optional<Refund> find(RefundId id) = 0;
  /// Newest first, those before `before` in that order.
  [[nodiscard]] virtual std::vector<Refund> list(OrderId order, std::optional<RefundId> before,
                                                 std::size_t limit) = 0;
};

/// POST /orders/{id}/refunds: a saga of two steps, money first, then goods.
///
/// From any thread. Does not own what it is given.
class RefundOrder {
 public:
  struct Parts {
    RefundStore& store;
    OrderRepository& orders;
    SagaStore& sagas;
    StockKeeper& stock;
    PaymentGateway& payments;
    Holds& running;
    const mercato::Clock& clock;
    RetryDelay retry_delay;
  };
  explicit RefundOrder(Parts parts) : parts_(std::move(parts)) {}

  struct Replay {
    Answer answer;
  };
  /// A pending refund is being worked on; a failed one was refused by payment.
  using Result = std::variant<Refund, OverRefund, NothingCaptured, Replay>;
  /// Error 404 without such an order, 422 `idempotency_key_reused`, 409 `request_in_progress`.
  [[nodiscard]] Result refund(OrderId order, const RefundRequest& request, const RequestKey& key,
                              const std::string& trace_id, mercato::Deadline deadline);
  void resume(Saga saga, mercato::Deadline deadline);

 private:
  [[nodiscard]] Result answer_again(const RequestKey& key, const KeyRecord& record);
  void advance(RefundRun& run, mercato::Deadline deadline);
  [[nodiscard]] bool pay_back(RefundRun& run, mercato::Deadline deadline);
  void restock(RefundRun& run, mercato::Deadline deadline);
  void ask_again(RefundRun& run, std::string_view step, const NoAnswer& silence);
  [[nodiscard]] Result outcome_of(RefundId id);

  Parts parts_;
};

}  // namespace order

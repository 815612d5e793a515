#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "domain/concurrency_limit.hpp"
#include "domain/holds.hpp"
#include "domain/ids.hpp"
#include "domain/timeline.hpp"

namespace order {

/// What is owed to an order.
enum class SagaKind {
  checkout,  // pending: bring it to confirmed or rejected
  capture,   // confirmed: take the money
  undo,      // rejected or cancelling: stock back, money back
  refund,    // a refund was asked for
};

[[nodiscard]] constexpr std::string_view name(SagaKind kind) {
  switch (kind) {
    case SagaKind::checkout:
      return "checkout";
    case SagaKind::capture:
      return "capture";
    case SagaKind::undo:
      return "undo";
    case SagaKind::refund:
      return "refund";
  }
  return "checkout";
}

/// Who works on it: captures have threads of their own, so that neither they nor the rest have to
/// wait until the other is done.
enum class SagaLane { captures, others };

[[nodiscard]] constexpr SagaLane lane_of(SagaKind kind) {
  return kind == SagaKind::capture ? SagaLane::captures : SagaLane::others;
}

/// The right to work on what is owed to one order, leased to this process. Other processes may
/// believe us dead and take it over: every step is idempotent, and every write on the way back
/// compares `version` or the order's status, so that two at once are harmless.
struct Saga {
  SagaId id;
  OrderId order;
  SagaKind kind = SagaKind::checkout;
  std::int64_t version = 1;
  int attempt = 1;
  mercato::Timestamp started_at{};
  std::string trace_id;
  Holds::Hold hold;
  /// Of a checkout that a request began: one of those that are worked on at once, for as long as it
  /// is in line or in hand. Whoever waits for its outcome while nobody is at it takes no turn.
  ConcurrencyLimit::Turn turn{};
};

/// How long to wait before the next attempt of work that is `age` old.
using RetryDelay = std::function<std::chrono::milliseconds(int attempt, std::chrono::seconds age)>;

/// An invariant of ours does not hold. The saga is parked for a person to look at: going on, or
/// trying again for ever, could only make it worse.
class BrokenInvariant : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// Sagas in the store, whatever their kind. From any thread.
class SagaStore {
 public:
  virtual ~SagaStore() = default;
  /// Leases up to `limit` sagas of a lane that are due, or whose process died, the most urgent
  /// first. Those in `in_hand` are being worked on by this process already.
  [[nodiscard]] virtual std::vector<Saga> claim_due(SagaLane lane,
                                                    const std::vector<mercato::Uuid>& in_hand,
                                                    std::size_t limit) = 0;
  /// Gives the lease back until `delay` is over; writes the log. Nothing happens if somebody else
  /// has taken the saga over.
  virtual void postpone(const Saga& saga, const StepLog& log, std::chrono::milliseconds delay) = 0;
  /// Takes the saga out of circulation.
  virtual void park(const Saga& saga, const std::string& reason) = 0;
};

/// Hands a saga to other threads of this process. Never blocks: if all are busy the lease is let
/// go, and the next scan finds the saga.
class SagaDispatcher {
 public:
  virtual ~SagaDispatcher() = default;
  virtual void dispatch(Saga saga) = 0;
  /// How many checkouts wait here for a thread.
  [[nodiscard]] virtual std::size_t waiting_checkouts() const = 0;
};

}  // namespace order

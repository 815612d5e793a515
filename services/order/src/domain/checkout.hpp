#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "domain/answer.hpp"
#include "domain/order.hpp"
#include "domain/saga.hpp"
#include "domain/timeline.hpp"

namespace order {

/// What the buyer asked for that is not part of the order itself.
struct CheckoutRequest {
  std::string payment_method;
  std::optional<AddressId> address;     // to be looked up in the buyer's address book
  std::optional<Money> expected_total;  // what the buyer was shown
  bool from_cart = false;
};

/// A checkout under way: what was asked for, and what has been learned so far. Lines with offers
/// mean that stock was reserved; a payment, that it was authorised.
struct Checkout {
  Saga saga;
  Order order;
  CheckoutRequest request;
  std::string key;  // the idempotency key it was sent with
  std::chrono::steady_clock::time_point until{};  // how long the client may be kept waiting
  bool buyer_checked = false;
  /// How long ago payment first did not answer, by the store's clock: ours may be wrong.
  std::optional<std::chrono::seconds> payment_silent_for;
  StepLog log;  // of the run under way
};

/// The store of checkouts. Each function is one transaction. From any thread.
class CheckoutStore {
 public:
  virtual ~CheckoutStore() = default;

  /// Step 0: the key, the order with its lines and what is owed to it, or nothing at all. The
  /// number of the order is filled in. If the key is taken, what it stands for is returned instead.
  [[nodiscard]] virtual std::optional<KeyRecord> begin(Checkout& checkout,
                                                       const RequestKey& key) = 0;
  /// Steps 0 and 5 at once, for an order that is refused before anything was asked of a neighbour:
  /// the key with its answer, the order as it ended, and its log; nothing is owed to it. If the key
  /// is taken, what it stands for is returned instead.
  [[nodiscard]] virtual std::optional<KeyRecord> refuse(const Checkout& checkout,
                                                        const RequestKey& key,
                                                        const Answer& answer) = 0;
  /// A checkout as it was last written; nothing if the order is no longer pending.
  [[nodiscard]] virtual std::optional<Checkout> load(Saga saga) = 0;

  struct Settled {
    bool settled = false;   // the order was pending and now is what `checkout.order` says
    bool answered = false;  // and `answer` is the one that is kept
  };
  /// Step 5, the pivot: the order leaves `pending` as checkout.order says, by compare-and-set on
  /// the status, together with its log, its answer, and what is owed from now on: capture of a
  /// confirmed order, undo of a rejected one. A null `answer` frees the key unless one is kept.
  /// Once the wait is over neither happens: by then the client may have been told, by a process
  /// that could no longer write it down, that the order is pending, and so it has to stay.
  [[nodiscard]] virtual Settled settle(const Checkout& checkout,
                                       const std::optional<Answer>& answer) = 0;
  /// Writes what was learned so far and gives the lease back until `delay` is over.
  virtual void postpone(const Checkout& checkout, std::chrono::milliseconds delay) = 0;

  /// Whether the user service once called this user active.
  [[nodiscard]] virtual bool was_seen_active(UserId user) = 0;
};

}  // namespace order

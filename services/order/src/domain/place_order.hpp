#pragma once

#include <chrono>
#include <optional>
#include <variant>
#include <vector>

#include "domain/cart.hpp"
#include "domain/checkout.hpp"
#include "domain/checkout_steps.hpp"
#include "domain/concurrency_limit.hpp"
#include "domain/crowd.hpp"
#include "domain/order_repository.hpp"
#include "domain/slots.hpp"
#include "domain/undo_order.hpp"

namespace order {

struct PlaceOrderCommand {
  UserId buyer;
  std::vector<RequestedLine> lines;  // merged; none if they come from the cart
  std::optional<Address> shipping_address;
  CheckoutRequest request;
  RequestKey key;
  std::chrono::milliseconds wait{4'000};
  std::string trace_id;
};

/// The order is stored and being worked on. The client may wait for the outcome until `until`, and
/// is to be told that the order is pending then.
struct Waiting {
  OrderId order;
  UserId user;
  std::string key;
  Answer pending;
  std::string trace_id;  // of the request
  std::chrono::steady_clock::time_point until;
  Holds::Hold hold;  // while it lives, nobody else answers this key
};
using Placement = std::variant<Answered, Waiting>;

/// POST /orders: the checkout, as a saga of steps that each may be repeated at will.
///
/// From any thread. Does not own what it is given.
class PlaceOrder {
 public:
  struct Parts {
    CheckoutStore& store;
    OrderRepository& orders;
    CartRepository& carts;
    SagaStore& sagas;
    AnswerStore& answers;
    const AnswerWriter& writer;
    WaitingClients& clients;
    CheckoutSteps& steps;
    UndoOrder& undo;
    SagaDispatcher& dispatcher;
    Holds& running;             // sagas this process is at work on
    Holds& open_requests;       // orders whose first answer this process owes
    Slots& inline_slots;        // threads of requests that may drive a checkout themselves
    Crowd& crowd;               // checkouts that may wait for a thread
    ConcurrencyLimit& at_once;  // checkouts that are worked on
    const mercato::Clock& clock;
    RetryDelay retry_delay;
  };
  explicit PlaceOrder(Parts parts) : parts_(std::move(parts)) {}

  /// Stores the order and brings it as far as it gets within the wait. Throws Error: 422
  /// `idempotency_key_reused` or `empty_cart`, 409 `request_in_progress`, and 503 if nothing was
  /// stored, or too many wait; once the order is stored, nothing.
  [[nodiscard]] Placement place(const PlaceOrderCommand& command);

  /// Whether a checkout that came now would be worked on at once, or nearly so, and none the slower
  /// for those that are.
  [[nodiscard]] bool has_room() const;

  /// Takes up a checkout that stopped half-way.
  void resume(Saga saga, mercato::Deadline deadline);

 private:
  using Time = std::chrono::steady_clock::time_point;

  [[nodiscard]] std::optional<Slots::Slot> take_slot(std::chrono::milliseconds wait);
  [[nodiscard]] std::optional<Placement> refuse_at_once(const PlaceOrderCommand& command,
                                                        Time until);
  [[nodiscard]] Checkout start(const PlaceOrderCommand& command, Time until);
  [[nodiscard]] Placement answer_again(const PlaceOrderCommand& command, const KeyRecord& record,
                                       Time until);
  [[nodiscard]] Placement answer_empty_cart(const PlaceOrderCommand& command, Time until);
  std::optional<Answer> advance(Checkout& checkout, mercato::Deadline deadline);
  std::optional<Answer> confirm(Checkout& checkout);
  std::optional<Answer> reject(Checkout& checkout, const Refusal& refusal,
                               mercato::Deadline deadline);
  void postpone(Checkout& checkout);

  Parts parts_;
};

}  // namespace order

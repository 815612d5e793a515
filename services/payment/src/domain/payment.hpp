#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <mercato/clock/clock.hpp>

#include "domain/ids.hpp"
#include "domain/money.hpp"

namespace payment {

enum class PaymentStatus {
  pending,             // the provider is being asked
  unknown,             // it was asked, and its answer is not known
  authorized,          // the money is held
  captured,            // the money was taken
  partially_refunded,  // and some of it given back
  refunded,            // all of it
  voided,              // let go before it was taken, or never held: final
  declined,            // final
};

[[nodiscard]] std::string_view name(PaymentStatus status);
[[nodiscard]] std::optional<PaymentStatus> parse_payment_status(std::string_view text);

struct Card {
  std::string brand;
  std::string last4;
};

/// One thing that was asked of the provider.
struct Attempt {
  std::string operation;  // authorize | capture | void | refund
  std::string outcome;    // ok | declined | refused | unknown
  mercato::Timestamp at{};
};

/// What has to be done next at the provider.
enum class Owed {
  nothing,
  authorization,
  capture,
  cancellation,
  refund,
  look,  // a webhook says that the money was taken: read whether it was, and ask for nothing
};

/// What the order service wants paid.
struct NewPayment {
  OrderId order;
  UserId user;
  Money amount;
  std::string payment_method;
};

/// The payment of one order, as a row of the database said at one moment.
struct Payment {
  PaymentId id;
  OrderId order;
  std::optional<UserId> user;  // nothing: a tombstone
  Money amount;
  std::string payment_method;
  PaymentStatus status = PaymentStatus::pending;
  std::int64_t captured_minor = 0;
  std::int64_t refunded_minor = 0;
  std::int64_t refund_pending_minor = 0;
  std::int64_t disputed_minor = 0;      // with the customer's bank until it decides
  std::int64_t charged_back_minor = 0;  // the bank has decided to keep it
  std::string intent;  // the provider's id of it; empty: not known to have one
  std::optional<Card> card;
  std::string decline_code;
  bool capture_requested = false;
  bool void_requested = false;
  bool look_requested = false;
  int tries = 0;  // how often the provider left us without an answer
  std::vector<Attempt> attempts;  // filled only for readers
  mercato::Timestamp created_at{};
  mercato::Timestamp updated_at{};
  std::chrono::seconds age{0};  // by the store's clock, when it was read: ours may be wrong

  [[nodiscard]] Owed owed() const;
  /// Nothing was decided yet: it may still end authorized or declined.
  [[nodiscard]] bool open() const {
    return status == PaymentStatus::pending || status == PaymentStatus::unknown;
  }
  [[nodiscard]] bool was_captured() const { return captured_minor > 0; }
  /// What could still be given back.
  [[nodiscard]] std::int64_t refundable_minor() const {
    return captured_minor - refunded_minor - refund_pending_minor - disputed_minor -
           charged_back_minor;
  }
  /// All that was taken is with the customer again, by us or by the bank.
  [[nodiscard]] bool given_back() const {
    return was_captured() && refunded_minor + charged_back_minor >= captured_minor;
  }
};

enum class RefundStatus {
  waiting,    // for the money to be taken
  pending,    // counted, and asked for at the provider
  succeeded,  // final
  failed,     // final
};

[[nodiscard]] std::string_view name(RefundStatus status);
[[nodiscard]] std::optional<RefundStatus> parse_refund_status(std::string_view text);

struct Refund {
  RefundId id;
  PaymentId payment;
  std::string intent;
  Money amount;
  std::string reason;
  RefundStatus status = RefundStatus::pending;
  bool owed = false;  // the payment was cancelled: all of it has to go back, now or later
  int tries = 0;
  int errors = 0;  // of these, answered with an error
  mercato::Timestamp created_at{};
  std::chrono::seconds age{0};  // as a payment's
};

/// A refund that is not one of ours: made by people, at the provider.
struct ForeignRefund {
  std::string id;  // the provider's
  std::int64_t amount_minor = 0;
};

}  // namespace payment

#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <mercato/clock/clock.hpp>

#include "domain/dispute.hpp"
#include "domain/payment.hpp"

namespace payment {

enum class IntentStatus {
  requires_confirmation,  // made, holds no money
  requires_payment_method,
  requires_action,
  processing,
  requires_capture,  // the money is held
  succeeded,         // the money was taken
  canceled,
};

/// A payment as the provider sees it.
struct Intent {
  std::string id;
  IntentStatus status = IntentStatus::processing;
  std::optional<Card> card;
  std::string decline_code;  // why the last confirmation failed
};

/// The card was refused, for good.
struct CardDeclined {
  std::string decline_code;
};
/// The request was refused as it stands: the provider did nothing.
struct RequestRefused {
  std::string code;
  bool about_payment_method = false;
};
/// It is not known what the provider did. `answered`: something was said (5xx), so that asking
/// again at once may help; `by_itself`: not by something in between that had no answer from it
/// either (502, 504), so that it may say that again for as long as it keeps the key.
struct NoAnswer {
  std::string reason;
  bool answered = false;
  bool by_itself = false;
};

using IntentAnswer = std::variant<Intent, CardDeclined, RequestRefused, NoAnswer>;

struct ProviderRefund {
  std::string id;
  RefundStatus status = RefundStatus::pending;
};
/// Read successfully: there is no such refund.
struct NoSuchRefund {};
using RefundAnswer = std::variant<ProviderRefund, NoSuchRefund, RequestRefused, NoAnswer>;

using ForeignRefunds = std::variant<std::vector<ForeignRefund>, NoAnswer>;

using DisputeAnswer = std::variant<ProviderDispute, NoAnswer>;
using ListedDisputes = std::variant<std::vector<ListedDispute>, NoAnswer>;

/// Whoever moves the money. `key` makes one request idempotent at the provider, but what keeps a
/// card from being charged twice is the state of the one intent that is ever confirmed. Every call
/// ends by its deadline. From any thread.
class PaymentProvider {
 public:
  virtual ~PaymentProvider() = default;
  [[nodiscard]] virtual IntentAnswer create(const NewPayment& wanted, const std::string& key,
                                            mercato::Deadline deadline) = 0;
  [[nodiscard]] virtual IntentAnswer read(const std::string& intent,
                                          mercato::Deadline deadline) = 0;
  [[nodiscard]] virtual IntentAnswer confirm(const std::string& intent, const std::string& key,
                                             mercato::Deadline deadline) = 0;
  [[nodiscard]] virtual IntentAnswer capture(const std::string& intent, const std::string& key,
                                             mercato::Deadline deadline) = 0;
  [[nodiscard]] virtual IntentAnswer cancel(const std::string& intent, const std::string& key,
                                            mercato::Deadline deadline) = 0;
  [[nodiscard]] virtual RefundAnswer refund(const Refund& refund, const std::string& key,
                                            mercato::Deadline deadline) = 0;
  /// The refund that carries our id.
  [[nodiscard]] virtual RefundAnswer find_refund(const Refund& refund,
                                                 mercato::Deadline deadline) = 0;
  /// What people gave back of a payment at the provider, past us.
  [[nodiscard]] virtual ForeignRefunds find_foreign_refunds(const std::string& intent,
                                                            mercato::Deadline deadline) = 0;
  [[nodiscard]] virtual DisputeAnswer read_dispute(const std::string& dispute,
                                                   mercato::Deadline deadline) = 0;
  /// Every dispute that there ever was of a payment.
  [[nodiscard]] virtual ListedDisputes find_disputes(const std::string& intent,
                                                     mercato::Deadline deadline) = 0;
  /// False while it is known to be away: whoever can wait need not try.
  [[nodiscard]] virtual bool available() const = 0;
};

}  // namespace payment

#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "domain/payment_provider.hpp"
#include "domain/payment_store.hpp"

namespace payment {

/// How long to wait before the provider is asked again, after so many tries, for work of that age.
using RetryDelay = std::function<std::chrono::milliseconds(int tries, std::chrono::seconds age)>;

/// Does with the provider what a payment owes: authorisation, capture, cancellation, refund. Never
/// inside a transaction. After an answer that did not come it reads the intent and goes on only as
/// its status allows; only the one intent whose id is kept is ever confirmed, so a card cannot be
/// charged twice. From any thread, also for one payment at once.
class SettlePayment {
 public:
  SettlePayment(PaymentStore& store, PaymentProvider& provider, std::chrono::seconds patience,
                RetryDelay delay)
      : store_(store), provider_(provider), patience_(patience), delay_(std::move(delay)) {}

  /// Has the provider make an intent, which holds no money yet, for a payment that is about to be
  /// begun: its id; empty if the provider answered with an error, nothing if it did not answer. The
  /// same order gets the same intent again, for as long as the provider remembers.
  [[nodiscard]] std::optional<std::string> open_intent(const NewPayment& wanted,
                                                       mercato::Deadline deadline);
  /// Until nothing is owed, the provider leaves us without an answer, or the deadline. `fresh`:
  /// nobody asked the provider for this step before.
  [[nodiscard]] Payment settle(Payment payment, bool fresh, mercato::Deadline deadline);
  /// The refund's status now.
  [[nodiscard]] RefundStatus settle(const Refund& refund, bool fresh, mercato::Deadline deadline);

  /// False while the provider is known to be away: trying is futile.
  [[nodiscard]] bool possible() const { return provider_.available(); }
  /// Nobody could authorise it for so long that nobody shall.
  [[nodiscard]] bool too_old(const Payment& payment) const;
  /// Voids a payment that is too old, unless the provider has authorised it: after a restored
  /// backup that may be news to us alone, and its order be sold. Such a one is written down as it
  /// is; the order, which has a patience of its own, asks for the void if it needs one.
  [[nodiscard]] Payment give_up(Payment payment, mercato::Deadline deadline);

 private:
  struct Step {
    Payment payment;
    bool go_on = false;   // another try may help at once
    bool fresh = false;   // and nobody can have asked for it before
  };
  [[nodiscard]] Step advance(const Payment& payment, bool fresh, const std::string& key,
                             mercato::Deadline deadline);
  [[nodiscard]] Step make_intent(const Payment& payment, const std::string& key,
                                 mercato::Deadline deadline);
  [[nodiscard]] Step ask(const Payment& payment, const std::string& key,
                         mercato::Deadline deadline);
  [[nodiscard]] Payment ask_later(const Payment& payment);
  [[nodiscard]] Step look(const Payment& payment, mercato::Deadline deadline);
  [[nodiscard]] Step give_back(const Payment& payment, mercato::Deadline deadline);
  [[nodiscard]] bool adopt_foreign(const Refund& refused, mercato::Deadline deadline);
  void look_for_disputes(const Refund& refused, mercato::Deadline deadline);
  [[nodiscard]] Step take(const Payment& payment, const IntentAnswer& answer);
  [[nodiscard]] Step take_intent(const Payment& payment, const Intent& intent);

  PaymentStore& store_;
  PaymentProvider& provider_;
  std::chrono::seconds patience_;
  RetryDelay delay_;
};

}  // namespace payment

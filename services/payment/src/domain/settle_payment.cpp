#include "domain/settle_payment.hpp"

namespace payment {
namespace {

/// How often one settling asks at once when the provider answered with an error.
constexpr int kRounds = 4;
constexpr std::chrono::seconds kRefundLease{8};
/// A provider may replay a stored error under one key for ever: then another one is tried. Silence
/// is no reason to: what was not answered may be on its way, and only its key keeps it from being
/// made beside another.
constexpr int kErrorsPerRefundKey = 8;

const char* operation_of(Owed owed) {
  switch (owed) {
    case Owed::capture: return "capture";
    case Owed::cancellation: return "void";
    case Owed::refund: return "refund";
    case Owed::authorization:
    case Owed::look:
    case Owed::nothing: break;
  }
  return "authorize";
}

/// Whether the intent, as it was read, still waits for what we owe.
bool waits_for(Owed owed, const Intent& intent) {
  using enum IntentStatus;
  switch (owed) {
    case Owed::authorization: return intent.status == requires_confirmation;
    case Owed::capture: return intent.status == requires_capture;
    case Owed::cancellation:
      return intent.status == requires_confirmation || intent.status == requires_capture ||
             intent.status == requires_action;
    case Owed::refund:
    case Owed::look:
    case Owed::nothing: break;
  }
  return false;
}

std::string key_of(const Refund& refund) {
  return "refund-" + refund.id.str() + "-" + std::to_string(refund.errors / kErrorsPerRefundKey);
}

/// Whether that is what the provider may have stored under the key.
bool is_error(const RefundAnswer& answer) {
  if (const auto* silence = std::get_if<NoAnswer>(&answer)) return silence->by_itself;
  return std::holds_alternative<RequestRefused>(answer);
}

}  // namespace

std::optional<std::string> SettlePayment::open_intent(const NewPayment& wanted,
                                                      mercato::Deadline deadline) {
  const auto answer = provider_.create(wanted, "create-" + wanted.order.str(), deadline);
  if (const auto* intent = std::get_if<Intent>(&answer)) return intent->id;
  const auto* silence = std::get_if<NoAnswer>(&answer);
  if (silence != nullptr && !silence->answered) return std::nullopt;
  return std::string();
}

Payment SettlePayment::settle(Payment payment, bool fresh, mercato::Deadline deadline) {
  for (int round = 0; round < kRounds && payment.owed() != Owed::nothing; ++round) {
    const auto key = payment.id.str() + "-" + std::to_string(payment.tries) + "-" +
                     std::to_string(round);
    auto step = advance(payment, fresh, key, deadline);
    payment = std::move(step.payment);
    fresh = step.fresh;
    if (!step.go_on || deadline.expired()) break;
  }
  // A look is taken again when the lease runs out; nothing was asked for whose answer is missing.
  if (payment.owed() == Owed::nothing || payment.owed() == Owed::look) return payment;
  return ask_later(payment);
}

Payment SettlePayment::ask_later(const Payment& payment) {
  return store_.record_unknown(payment.id, operation_of(payment.owed()),
                               delay_(payment.tries + 1, payment.age));
}

SettlePayment::Step SettlePayment::advance(const Payment& payment, bool fresh,
                                           const std::string& key, mercato::Deadline deadline) {
  const auto owed = payment.owed();
  if (owed == Owed::refund) return give_back(payment, deadline);
  if (owed == Owed::look) return look(payment, deadline);
  if (payment.intent.empty()) {
    // An intent that was made but not kept is never confirmed: it holds nothing.
    if (owed == Owed::cancellation) return {store_.record_voided(payment.id)};
    return make_intent(payment, key, deadline);
  }
  if (fresh) return ask(payment, key, deadline);
  const auto answer = provider_.read(payment.intent, deadline);
  const auto* intent = std::get_if<Intent>(&answer);
  if (intent != nullptr && waits_for(owed, *intent)) return ask(payment, key, deadline);
  if (intent != nullptr && owed == Owed::authorization &&
      intent->status == IntentStatus::requires_action) {
    // The customer is not there to act: nobody may complete it behind our back later.
    const auto canceled = provider_.cancel(payment.intent, "cancel-" + key, deadline);
    const auto* now = std::get_if<Intent>(&canceled);
    if (now == nullptr || now->status != IntentStatus::canceled) return {payment};
    return {store_.record_declined(payment.id, "authentication_required")};
  }
  return take(payment, answer);
}

SettlePayment::Step SettlePayment::look(const Payment& payment, mercato::Deadline deadline) {
  const auto answer = provider_.read(payment.intent, deadline);
  const auto* intent = std::get_if<Intent>(&answer);
  if (intent == nullptr) return {payment};
  if (intent->status == IntentStatus::succeeded) return take_intent(payment, *intent);
  return {store_.record_looked(payment.id)};
}

SettlePayment::Step SettlePayment::make_intent(const Payment& payment, const std::string& key,
                                               mercato::Deadline deadline) {
  const NewPayment wanted{payment.order, payment.user.value_or(UserId()), payment.amount,
                          payment.payment_method};
  const auto answer = provider_.create(wanted, "create-" + key, deadline);
  if (const auto* intent = std::get_if<Intent>(&answer)) {
    return {store_.keep_intent(payment.id, intent->id), true, true};
  }
  if (const auto* refused = std::get_if<RequestRefused>(&answer)) {
    // Nothing was made, and the same request would be refused again: too small a sum, say.
    return {store_.record_declined(payment.id, refused->about_payment_method
                                                   ? "invalid_payment_method"
                                                   : "generic_decline")};
  }
  return take(payment, answer);
}

SettlePayment::Step SettlePayment::ask(const Payment& payment, const std::string& key,
                                       mercato::Deadline deadline) {
  switch (payment.owed()) {
    case Owed::authorization:
      return take(payment, provider_.confirm(payment.intent, "confirm-" + key, deadline));
    case Owed::capture:
      return take(payment, provider_.capture(payment.intent, "capture-" + key, deadline));
    case Owed::cancellation:
      return take(payment, provider_.cancel(payment.intent, "cancel-" + key, deadline));
    case Owed::refund:
    case Owed::look:
    case Owed::nothing: break;
  }
  return {payment};
}

SettlePayment::Step SettlePayment::take(const Payment& payment, const IntentAnswer& answer) {
  if (const auto* intent = std::get_if<Intent>(&answer)) return take_intent(payment, *intent);
  if (const auto* declined = std::get_if<CardDeclined>(&answer);
      declined != nullptr && payment.open()) {
    return {store_.record_declined(payment.id, declined->decline_code)};
  }
  const auto* silence = std::get_if<NoAnswer>(&answer);
  if (silence != nullptr) store_.record_silence(payment.id, operation_of(payment.owed()));
  // Refused as it stands: the intent has moved on, and reading it tells where to.
  return {payment, silence == nullptr || silence->answered, false};
}

SettlePayment::Step SettlePayment::take_intent(const Payment& payment, const Intent& intent) {
  switch (intent.status) {
    case IntentStatus::requires_capture:
      if (!payment.open()) break;
      return {store_.record_authorized(payment.id, intent.card), true, true};
    case IntentStatus::succeeded:
      if (payment.open()) static_cast<void>(store_.record_authorized(payment.id, intent.card));
      return {store_.record_captured(payment.id), true, true};
    case IntentStatus::canceled: return {store_.record_voided(payment.id)};
    case IntentStatus::requires_payment_method:
      if (!payment.open()) break;
      return {store_.record_declined(
          payment.id, intent.decline_code.empty() ? "generic_decline" : intent.decline_code)};
    case IntentStatus::requires_action: return {payment, true, false};
    case IntentStatus::requires_confirmation:
    case IntentStatus::processing: break;
  }
  return {payment};
}

SettlePayment::Step SettlePayment::give_back(const Payment& payment, mercato::Deadline deadline) {
  const Money rest{payment.refundable_minor(), payment.amount.currency};
  // Two runners may come here at once: the row's lock lets only one of them count the rest. It is
  // asked for until the provider makes it; one that fails then gives its part back to another.
  const auto begun = store_.begin_refund(payment, RefundId::make(), rest, "voided", kRefundLease);
  if (const auto* claimed = std::get_if<ClaimedRefund>(&begun); claimed && claimed->mine) {
    static_cast<void>(settle(claimed->refund, claimed->created, deadline));
  }
  return {store_.find_by_order(payment.order).value_or(payment)};
}

RefundStatus SettlePayment::settle(const Refund& refund, bool fresh, mercato::Deadline deadline) {
  RefundAnswer answer = NoSuchRefund{};
  if (!fresh) answer = provider_.find_refund(refund, deadline);
  const bool asks = std::holds_alternative<NoSuchRefund>(answer);
  if (asks) answer = provider_.refund(refund, key_of(refund), deadline);
  auto status = RefundStatus::pending;
  std::string provider_id;
  if (const auto* made = std::get_if<ProviderRefund>(&answer)) {
    status = made->status;
    provider_id = made->id;
  } else if (std::holds_alternative<RequestRefused>(answer)) {
    if (!refund.owed) {
      status = RefundStatus::failed;
    } else if (store_.withdraw_refund(refund) || adopt_foreign(refund, deadline)) {
      return RefundStatus::failed;
    } else {
      look_for_disputes(refund, deadline);
    }
  }
  if (status == RefundStatus::pending) {
    store_.postpone_refund(refund, asks && is_error(answer),
                           delay_(refund.tries + 1, refund.age));
  } else {
    store_.record_refund(refund, status, provider_id);
  }
  return status;
}

/// What is owed, and refused: people may have given some of it back at the provider, so that asking
/// for all of it would never end.
bool SettlePayment::adopt_foreign(const Refund& refused, mercato::Deadline deadline) {
  const auto answer = provider_.find_foreign_refunds(refused.intent, deadline);
  const auto* foreign = std::get_if<std::vector<ForeignRefund>>(&answer);
  return foreign != nullptr && !foreign->empty() && store_.adopt_refunds(refused, *foreign);
}

/// Refused, and nothing that we know of tells why: after a restored backup a dispute may be news to
/// us alone, whose webhooks came before. Once it is known, the refund is withdrawn.
void SettlePayment::look_for_disputes(const Refund& refused, mercato::Deadline deadline) {
  const auto answer = provider_.find_disputes(refused.intent, deadline);
  const auto* listed = std::get_if<std::vector<ListedDispute>>(&answer);
  if (listed != nullptr && !listed->empty()) store_.hint_disputes(refused.payment, *listed);
}

bool SettlePayment::too_old(const Payment& payment) const {
  return payment.open() && !payment.void_requested && payment.age > patience_;
}

Payment SettlePayment::give_up(Payment payment, mercato::Deadline deadline) {
  if (!payment.intent.empty()) {
    const auto answer = provider_.read(payment.intent, deadline);
    const auto* intent = std::get_if<Intent>(&answer);
    if (intent == nullptr) return ask_later(payment);
    if (intent->status == IntentStatus::requires_capture ||
        intent->status == IntentStatus::succeeded) {
      payment = take_intent(payment, *intent).payment;
      return settle(std::move(payment), false, deadline);
    }
  }
  return settle(store_.give_up(payment.id), false, deadline);
}

}  // namespace payment

#include "payments.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <mercato/crypto/crypto.hpp>

namespace psp {
namespace {

constexpr std::int64_t kMaxAmount = 9'007'199'254'740'991;

std::string new_id(const char* prefix) {
  return prefix + mercato::crypto::to_hex(mercato::crypto::random_bytes(12));
}

Event new_event(std::string type) { return {new_id("evt_"), std::move(type)}; }

std::optional<std::int64_t> parse_amount(std::string_view text) {
  std::int64_t amount = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), amount);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && amount > 0 && amount <= kMaxAmount ? std::optional(amount) : std::nullopt;
}

bool is_currency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

/// The payment is not in a state that allows this. Stripe sends its state along.
Effect unexpected_state(const Intent& intent, const std::string& verb) {
  Effect effect;
  effect.record.intent = intent;
  effect.record.error = ApiError{
      400,
      "invalid_request_error",
      "payment_intent_unexpected_state",
      {},
      {},
      "You cannot " + verb + " this PaymentIntent because it has a status of " + intent.status +
          "."};
  return effect;
}

ApiError server_error() {
  return {500, "api_error", {}, {}, {}, "An error occurred on our side. We have been told of it."};
}

Effect decline(Intent intent, const Decline& reason) {
  Effect effect;
  intent.status = "requires_payment_method";
  intent.payment_method.reset();
  intent.last_decline = reason;
  effect.record.error =
      ApiError{402, "card_error", reason.code, reason.decline_code, {}, reason.message};
  effect.record.intent = std::move(intent);
  effect.record.event = new_event("payment_intent.payment_failed");
  return effect;
}

Effect authorize(Intent intent, Answering answering) {
  Effect effect;
  intent.charge = new_id("ch_");
  intent.last_decline.reset();
  if (intent.capture_at_once) {
    intent.status = "succeeded";
    intent.amount_received = intent.amount;
    effect.record.event = new_event("payment_intent.succeeded");
  } else {
    intent.status = "requires_capture";
    effect.record.event = new_event("payment_intent.amount_capturable_updated");
  }
  effect.record.intent = std::move(intent);
  effect.answering = answering;
  if (answering == Answering::with_500) effect.record.error = server_error();
  return effect;
}

Result confirm(Intent intent) {
  const auto behaviour = behaviour_of(intent.token);
  // Whoever hears nothing but 500 asks again, and hears it again.
  if (intent.charge && behaviour.answering == Answering::with_500) {
    Effect effect;
    effect.record.intent = std::move(intent);
    effect.record.error = server_error();
    return effect;
  }
  if (intent.status != "requires_confirmation") return unexpected_state(intent, "confirm");
  if (behaviour.decline) return decline(std::move(intent), *behaviour.decline);
  if (intent.failures < behaviour.failures_first) {
    Effect effect;
    ++intent.failures;
    effect.record.intent = std::move(intent);
    effect.record.error = server_error();
    return effect;
  }
  return authorize(std::move(intent), behaviour.answering);
}

void use_payment_method(Intent& intent, std::string token) {
  intent.payment_method = token;
  intent.token = std::move(token);
  intent.status = "requires_confirmation";
}

}  // namespace

ApiError no_such(std::string_view kind, std::string_view id) {
  return {404,      "invalid_request_error",
          "resource_missing", {},
          "id",     "No such " + std::string(kind) + ": '" + std::string(id) + "'"};
}

ApiError invalid(std::string param, std::string message) {
  return {400, "invalid_request_error", {}, {}, std::move(param), std::move(message)};
}

Result create_intent(const Form& form, std::int64_t now_s) {
  const auto amount = parse_amount(form.text("amount").value_or(""));
  if (!amount) return invalid("amount", "Invalid positive integer: amount.");
  auto currency = form.text("currency").value_or("");
  std::transform(currency.begin(), currency.end(), currency.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  if (!is_currency(currency)) return invalid("currency", "Invalid currency.");
  const auto method = form.text("capture_method").value_or("automatic");
  if (method != "automatic" && method != "automatic_async" && method != "manual") {
    return invalid("capture_method", "Invalid capture_method.");
  }
  Intent intent;
  intent.id = new_id("pi_");
  intent.created_s = now_s;
  intent.status = "requires_payment_method";
  intent.amount = *amount;
  intent.currency = std::move(currency);
  intent.capture_at_once = method != "manual";
  intent.metadata = form.metadata();
  if (auto token = form.non_empty("payment_method")) use_payment_method(intent, std::move(*token));
  if (form.is_true("confirm")) return confirm(std::move(intent));
  Effect effect;
  effect.record.intent = std::move(intent);
  return effect;
}

Result confirm_intent(const Intent& intent, const Form& form) {
  Intent next = intent;
  auto token = form.non_empty("payment_method");
  if (token &&
      (next.status == "requires_payment_method" || next.status == "requires_confirmation")) {
    use_payment_method(next, std::move(*token));
  }
  return confirm(std::move(next));
}

Result capture_intent(const Intent& intent, const Form& form) {
  if (intent.status != "requires_capture") return unexpected_state(intent, "capture");
  auto amount = intent.amount;
  if (const auto text = form.text("amount_to_capture")) {
    const auto wanted = parse_amount(*text);
    if (!wanted || *wanted > intent.amount) {
      return invalid("amount_to_capture", "The amount to capture is above what is capturable.");
    }
    amount = *wanted;
  }
  Effect effect;
  effect.record.intent = intent;
  effect.record.intent->status = "succeeded";
  effect.record.intent->amount_received = amount;
  effect.record.event = new_event("payment_intent.succeeded");
  return effect;
}

Result cancel_intent(const Intent& intent, const Form& form, std::int64_t now_s) {
  if (intent.status == "succeeded" || intent.status == "canceled") {
    return unexpected_state(intent, "cancel");
  }
  Effect effect;
  effect.record.intent = intent;
  effect.record.intent->status = "canceled";
  effect.record.intent->canceled_s = now_s;
  effect.record.intent->cancellation_reason = form.non_empty("cancellation_reason");
  effect.record.event = new_event("payment_intent.canceled");
  return effect;
}

Result create_refund(const Intent& intent, std::int64_t left, const Form& form,
                     std::int64_t now_s) {
  auto amount = left;
  if (const auto text = form.text("amount")) {
    const auto wanted = parse_amount(*text);
    if (!wanted) return invalid("amount", "Invalid positive integer: amount.");
    amount = *wanted;
  }
  Effect effect;
  effect.record.intent = intent;
  if (left == 0 || amount > left) {
    const bool nothing_left = left == 0 && intent.amount_received > 0;
    effect.record.error = ApiError{400,
                                   "invalid_request_error",
                                   nothing_left ? "charge_already_refunded" : "",
                                   {},
                                   "amount",
                                   "Refund amount (" + std::to_string(amount) +
                                       ") is greater than unrefunded amount on charge (" +
                                       std::to_string(left) + ")"};
    return effect;
  }
  effect.record.intent->amount_refunded += amount;
  effect.record.refund = Refund{new_id("re_"), intent.id, intent.charge.value_or(""),
                                now_s,         amount,    intent.currency,
                                form.non_empty("reason"), form.metadata()};
  effect.record.event = new_event("charge.refunded");
  return effect;
}

}  // namespace psp

#include "tokens.hpp"

namespace psp {
namespace {

Behaviour declined(std::string code, std::string decline_code, std::string message) {
  return {Decline{std::move(code), std::move(decline_code), std::move(message)}};
}

}  // namespace

Behaviour behaviour_of(std::string_view token) {
  if (token == "pm_card_visa" || token == "pm_card_mastercard") return {};
  if (token == "pm_fault_error_then_ok") return {std::nullopt, Answering::at_once, 2};
  if (token == "pm_fault_slow") return {std::nullopt, Answering::after_3_s};
  if (token == "pm_fault_timeout") return {std::nullopt, Answering::never};
  if (token == "pm_fault_webhook_only") return {std::nullopt, Answering::with_500};
  if (token == "pm_card_chargeDeclinedInsufficientFunds") {
    return declined("card_declined", "insufficient_funds", "Your card has insufficient funds.");
  }
  if (token == "pm_card_authenticationRequired") {
    return declined("authentication_required", "authentication_required",
                    "Your card was declined. This transaction requires authentication.");
  }
  return declined("card_declined", "generic_decline", "Your card was declined.");
}

Card card_of(std::string_view token) {
  if (token == "pm_card_mastercard") return {"mastercard", "4444"};
  return {"visa", "4242"};
}

}  // namespace psp

#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "form.hpp"
#include "records.hpp"
#include "tokens.hpp"

namespace psp {

// Stripe's state machine of a payment: each function takes the payment as it is, and says what a
// request makes of it. Nothing here remembers anything; the caller writes the record down first and
// only then answers.

struct Effect {
  Record record;
  Answering answering = Answering::at_once;
  std::vector<Record> further;  // written down behind the first, for the events they tell
};
/// The request is refused for what it says: nothing happened, and no key remembers it.
using Result = std::variant<Effect, ApiError>;

[[nodiscard]] Result create_intent(const Form& form, std::int64_t now_s);
[[nodiscard]] Result confirm_intent(const Intent& intent, const Form& form);
[[nodiscard]] Result capture_intent(const Intent& intent, const Form& form);
[[nodiscard]] Result cancel_intent(const Intent& intent, const Form& form, std::int64_t now_s);
/// `left`: what of the captured money neither refunds nor banks have taken.
[[nodiscard]] Result create_refund(const Intent& intent, std::int64_t left, const Form& form,
                                   std::int64_t now_s);

[[nodiscard]] ApiError no_such(std::string_view kind, std::string_view id);
[[nodiscard]] ApiError invalid(std::string param, std::string message);

}  // namespace psp

#pragma once

#include <cstdint>

#include "payments.hpp"

namespace psp {

// Stripe's state machine of a dispute. What a bank does comes in through routes of our own.

/// Whether the bank has not decided yet.
[[nodiscard]] bool is_open(const Dispute& dispute);
/// What a refund of a payment gets whose money the customer's bank has taken back.
[[nodiscard]] Result refuse_disputed_refund(const Intent& intent);
/// The bank takes back what was captured, or the `amount` of it: also what was refunded already, as
/// banks do, but not what banks have taken back before.
[[nodiscard]] Result open_dispute(const Intent& intent, std::int64_t taken_back, const Form& form,
                                  std::int64_t now_s);
/// Evidence was handed in.
[[nodiscard]] Result answer_dispute(const Dispute& dispute);
/// The merchant accepts it, or the bank decides.
[[nodiscard]] Result close_dispute(const Dispute& dispute, bool won);

}  // namespace psp

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "records.hpp"

namespace psp {

/// How the answer to a confirmation that authorised travels.
enum class Answering { at_once, after_3_s, never, with_500 };

/// What a payment method does when it is confirmed.
struct Behaviour {
  std::optional<Decline> decline;
  Answering answering = Answering::at_once;
  std::int64_t failures_first = 0;  // confirmations that fail with 500 and change nothing
};

/// Any token that is not known is declined.
[[nodiscard]] Behaviour behaviour_of(std::string_view token);

struct Card {
  std::string brand;
  std::string last4;
};
[[nodiscard]] Card card_of(std::string_view token);

}  // namespace psp

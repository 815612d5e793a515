#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/ids.hpp"

namespace payment {

using DisputeId = mercato::Id<struct DisputeTag>;

/// Where the disputed money is.
enum class DisputedMoney {
  kept,        // with us
  withdrawn,   // taken from us while the bank decides
  reinstated,  // with us again: final
  lost,        // final
};

[[nodiscard]] std::string_view name(DisputedMoney money);
[[nodiscard]] std::optional<DisputedMoney> parse_disputed_money(std::string_view text);

/// A charge that the customer's bank takes back, as we knew it at one moment.
struct Dispute {
  DisputeId id;
  std::string provider_id;
  OrderId order;
  std::string status;  // the provider's word; empty before the first look
  DisputedMoney money = DisputedMoney::kept;
  int hints = 0;  // webhooks about it so far
  int tries = 0;  // how often the provider left us without an answer
  std::chrono::seconds age{0};  // by the store's clock, when it was read
};

/// That there is a dispute, as the provider's list of them says.
struct ListedDispute {
  std::string provider_id;
  std::string status;
};

/// A dispute as the provider sees it.
struct ProviderDispute {
  std::int64_t amount_minor = 0;
  std::string reason;
  std::string status;
  DisputedMoney money = DisputedMoney::kept;
};

}  // namespace payment

#include "domain/dispute.hpp"

#include <array>
#include <utility>

namespace payment {
namespace {

constexpr std::array<std::pair<DisputedMoney, std::string_view>, 4> kMoneyNames{{
    {DisputedMoney::kept, "kept"},
    {DisputedMoney::withdrawn, "withdrawn"},
    {DisputedMoney::reinstated, "reinstated"},
    {DisputedMoney::lost, "lost"},
}};

}  // namespace

std::string_view name(DisputedMoney money) {
  for (const auto& [each, text] : kMoneyNames) {
    if (each == money) return text;
  }
  return "";
}

std::optional<DisputedMoney> parse_disputed_money(std::string_view text) {
  for (const auto& [money, money_name] : kMoneyNames) {
    if (money_name == text) return money;
  }
  return std::nullopt;
}

}  // namespace payment

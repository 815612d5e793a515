#include "domain/checkout_steps.hpp"

#include <string_view>
#include <unordered_map>
#include <utility>

namespace order {
namespace {

constexpr std::string_view kCheckBuyer = "check_buyer";
constexpr std::string_view kReserve = "reserve_stock";
constexpr std::string_view kAuthorize = "authorize_payment";
constexpr std::string_view kCommit = "commit_stock";

Stop ask_again(Checkout& checkout, std::string_view step, std::string_view service,
               const NoAnswer& silence) {
  checkout.log.add(step, service, silence.sent ? StepOutcome::unknown : StepOutcome::retried,
                   silence.reason);
  return silence;
}

Stop refuse(Checkout& checkout, std::string_view step, std::string_view service, Refusal refusal,
            std::string detail = {}) {
  if (detail.empty()) detail = name(reason_of(refusal));
  checkout.log.add(step, service, StepOutcome::failed, std::move(detail));
  return refusal;
}

std::vector<RequestedLine> wanted(const Order& order) {
  std::vector<RequestedLine> lines;
  lines.reserve(order.lines.size());
  for (const auto& line : order.lines) lines.push_back({line.product, line.quantity});
  return lines;
}

/// What the order asks for and is not there; nothing if it is, or if an order of these lines is
/// refused for another reason.
std::optional<OutOfStock> shortage_of(const Order& order,
                                      const ProductCatalog::Products& products) {
  OutOfStock shortage;
  const std::string* currency = nullptr;
  for (const auto& line : order.lines) {
    const auto found = products.find(line.product);
    if (found == products.end() || found->second.archived) return std::nullopt;
    const auto& [offer, available, archived] = found->second;
    if (currency && *currency != offer.unit_price.currency) return std::nullopt;
    currency = &offer.unit_price.currency;
    if (available < line.quantity) {
      shortage.lines.push_back({line.product, offer.sku, line.quantity, available});
    }
  }
  if (shortage.lines.empty()) return std::nullopt;
  return shortage;
}

/// Copies the offers to the lines. The catalog must have reserved exactly what was asked for, in
/// one currency, at possible prices: a sale on any other terms would be ours to answer for.
void accept_offers(Order& order, const StockKeeper::Reserved& reserved) {
  std::unordered_map<ProductId, OrderLine*> lines;
  for (auto& line : order.lines) lines.emplace(line.product, &line);
  if (reserved.lines.size() != lines.size()) {
    throw BrokenInvariant("the reservation has other lines than the order");
  }
  const auto& currency = reserved.lines.front().second.unit_price.currency;
  for (const auto& [asked, offer] : reserved.lines) {
    const auto line = lines.find(asked.product);
    if (line == lines.end() || line->second->quantity != asked.quantity) {
      throw BrokenInvariant("the reservation has other lines than the order");
    }
    const auto& price = offer.unit_price;
    if (price.amount_minor < 1 || price.amount_minor > kMaxPriceMinor ||
        price.currency != currency) {
      throw BrokenInvariant("the reservation has impossible prices");
    }
    line->second->offer = offer;
    lines.erase(line);
  }
}

}  // namespace

std::optional<Stop> CheckoutSteps::check_buyer(Checkout& checkout, mercato::Deadline deadline) {
  if (checkout.buyer_checked) return std::nullopt;
  auto& order = checkout.order;
  auto answer = users_.check(order.user, checkout.request.address, deadline);
  if (const auto* silence = std::get_if<NoAnswer>(&answer)) {
    // The token was verified, and the account was fine when we last heard: good enough while the
    // user service is away, unless the address is still to be learned.
    if (!order.shipping_address || !store_.was_seen_active(order.user)) {
      return ask_again(checkout, kCheckBuyer, "user", *silence);
    }
    checkout.buyer_checked = true;
    checkout.log.add(kCheckBuyer, "user", StepOutcome::degraded, silence->reason);
    return std::nullopt;
  }
  if (std::holds_alternative<UserDisabled>(answer)) {
    return refuse(checkout, kCheckBuyer, "user", UserDisabled{});
  }
  if (std::holds_alternative<AddressNotFound>(answer)) {
    return refuse(checkout, kCheckBuyer, "user", AddressNotFound{});
  }
  auto& buyer = std::get<UserDirectory::ActiveBuyer>(answer);
  if (buyer.address) order.shipping_address = std::move(buyer.address);
  checkout.buyer_checked = true;
  checkout.log.add(kCheckBuyer, "user", StepOutcome::ok);
  return std::nullopt;
}

std::optional<Stop> CheckoutSteps::reserve_stock(Checkout& checkout, mercato::Deadline deadline) {
  auto& order = checkout.order;
  if (order.total) return std::nullopt;
  auto reservation = stock_.reserve(order.id, wanted(order), deadline);
  if (const auto* silence = std::get_if<NoAnswer>(&reservation)) {
    return ask_again(checkout, kReserve, "catalog", *silence);
  }
  if (auto* shortage = std::get_if<OutOfStock>(&reservation)) {
    note(*shortage);
    return refuse(checkout, kReserve, "catalog", std::move(*shortage));
  }
  if (auto* unsold = std::get_if<NotOrderable>(&reservation)) {
    return refuse(checkout, kReserve, "catalog", std::move(*unsold));
  }
  if (std::holds_alternative<Withdrawn>(reservation)) {
    return refuse(checkout, kReserve, "catalog", ReservationExpired{}, "released before");
  }
  accept_offers(order, std::get<StockKeeper::Reserved>(reservation));
  const auto total = total_of(order.lines);
  if (!total) {
    for (auto& line : order.lines) line.offer.reset();
    return refuse(checkout, kReserve, "order", TotalTooLarge{});
  }
  order.total = total;
  checkout.log.add(kReserve, "catalog", StepOutcome::ok);
  if (checkout.request.expected_total && *checkout.request.expected_total != *total) {
    return refuse(checkout, "compare_total", "order", PriceChanged{*total});
  }
  return std::nullopt;
}

std::optional<Stop> CheckoutSteps::authorize_payment(Checkout& checkout,
                                                     mercato::Deadline deadline) {
  auto& order = checkout.order;
  if (order.payment) return std::nullopt;
  auto authorization = payments_.authorize(order, checkout.request.payment_method, deadline);
  if (const auto* silence = std::get_if<NoAnswer>(&authorization)) {
    if (!checkout.payment_silent_for) checkout.payment_silent_for.emplace(0);
    if (*checkout.payment_silent_for >= payment_patience_) {
      return refuse(checkout, kAuthorize, "payment", PaymentUnavailable{}, silence->reason);
    }
    return ask_again(checkout, kAuthorize, "payment", *silence);
  }
  if (auto* declined = std::get_if<PaymentDeclined>(&authorization)) {
    auto detail = declined->decline_code;
    return refuse(checkout, kAuthorize, "payment", std::move(*declined), std::move(detail));
  }
  if (std::holds_alternative<Withdrawn>(authorization)) {
    return refuse(checkout, kAuthorize, "payment", PaymentUnavailable{}, "voided before");
  }
  order.payment = {std::get<PaymentGateway::Authorized>(authorization).id,
                   PaymentStatus::authorized};
  checkout.log.add(kAuthorize, "payment", StepOutcome::ok);
  return std::nullopt;
}

std::optional<Stop> CheckoutSteps::commit_stock(Checkout& checkout, mercato::Deadline deadline) {
  auto commitment = stock_.commit(checkout.order.id, deadline);
  if (const auto* silence = std::get_if<NoAnswer>(&commitment)) {
    return ask_again(checkout, kCommit, "catalog", *silence);
  }
  if (!std::holds_alternative<Done>(commitment)) {
    return refuse(checkout, kCommit, "catalog", ReservationExpired{});
  }
  checkout.log.add(kCommit, "catalog", StepOutcome::ok);
  return std::nullopt;
}

void CheckoutSteps::note(const OutOfStock& shortage) {
  for (const auto& line : shortage.lines) {
    if (line.available <= 0) sold_out_.note(line.product, clock_.steady_now());
  }
}

bool CheckoutSteps::were_sold_out(const std::vector<RequestedLine>& lines) const {
  return sold_out_.any_of(lines, clock_.steady_now());
}

std::optional<OutOfStock> CheckoutSteps::find_shortage(Checkout& checkout,
                                                       mercato::Deadline deadline) {
  const auto& order = checkout.order;
  std::vector<ProductId> wanted;
  wanted.reserve(order.lines.size());
  for (const auto& line : order.lines) wanted.push_back(line.product);
  const auto answer = products_.list(wanted, deadline);
  const auto* products = std::get_if<ProductCatalog::Products>(&answer);
  if (products == nullptr) return std::nullopt;
  auto shortage = shortage_of(order, *products);
  if (!shortage) return std::nullopt;
  note(*shortage);
  checkout.log.add(kReserve, "catalog", StepOutcome::failed,
                   std::string(name(Reason::out_of_stock)));
  return shortage;
}

bool CheckoutSteps::neighbours_available() const {
  return stock_.available() && payments_.available();
}

}  // namespace order

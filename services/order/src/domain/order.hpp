#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/ids.hpp"
#include "domain/money.hpp"
#include "domain/order_status.hpp"
#include "domain/refusal.hpp"

namespace order {

inline constexpr std::int64_t kMaxQuantity = 10'000;
inline constexpr std::size_t kMaxLines = 1'000;

/// What somebody wants: no price, since prices are the catalog's to say.
struct RequestedLine {
  ProductId product;
  std::int64_t quantity = 0;

  friend bool operator==(const RequestedLine&, const RequestedLine&) = default;
};

/// What the catalog said about a product when it reserved the stock; the order keeps to it.
struct Offer {
  std::string sku;
  std::string name;
  Money unit_price;

  friend bool operator==(const Offer&, const Offer&) = default;
};

struct OrderLine {
  ProductId product;
  std::int64_t quantity = 0;
  std::optional<Offer> offer;          // nothing until stock was reserved
  std::int64_t refunded_quantity = 0;  // of which refunds are pending or done

  /// In minor units; only for lines with an offer.
  [[nodiscard]] std::int64_t line_total_minor() const {
    return offer->unit_price.amount_minor * quantity;
  }
};

struct Address {
  std::string name;
  std::string line1;
  std::optional<std::string> line2;
  std::string city;
  std::optional<std::string> region;
  std::string postal_code;
  std::string country;  // ISO 3166-1 alpha-2
  std::optional<std::string> phone;

  friend bool operator==(const Address&, const Address&) = default;
};

struct OrderPayment {
  PaymentId id;
  PaymentStatus status = PaymentStatus::authorized;
};

struct Tracking {
  std::optional<std::string> carrier;
  std::optional<std::string> number;
};

/// One order, as its owner may see it. A plain value: what may be done with it, and when, is
/// decided by the use cases and held by the database.
struct Order {
  OrderId id;
  std::int64_t number = 0;
  UserId user;
  OrderStatus status = OrderStatus::pending;
  std::vector<OrderLine> lines;
  std::optional<Money> total;  // nothing until stock was reserved
  std::int64_t refunded_minor = 0;
  std::int64_t refund_pending_minor = 0;
  std::optional<Address> shipping_address;
  std::optional<OrderPayment> payment;
  std::optional<Reason> reject_reason;
  std::optional<Tracking> tracking;
  mercato::Timestamp created_at{};
  mercato::Timestamp updated_at{};
  std::int64_t version = 1;
};

/// The sum of all lines; nothing if it is above kMaxTotalMinor. Every line must have an offer, and
/// all offers one currency.
[[nodiscard]] std::optional<Money> total_of(const std::vector<OrderLine>& lines);

/// The order as it was when it was placed, whatever was learned since: what a client is told that
/// waited in vain, the same from whichever process and at whatever time. `address_given` is false
/// if the address was to be looked up.
[[nodiscard]] Order as_placed(Order order, bool address_given);

/// Lines of one product become one line at the place of the first. Quantities are added.
[[nodiscard]] std::vector<RequestedLine> merge_lines(const std::vector<RequestedLine>& lines);

/// Who is asking for an order.
struct Viewer {
  UserId user;
  bool is_admin = false;

  [[nodiscard]] bool may_see(const Order& order) const { return is_admin || user == order.user; }
};

}  // namespace order

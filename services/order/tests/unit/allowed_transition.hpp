#pragma once

#include "domain/order_status.hpp"

namespace order::test {

/// The moves that the database allows (table allowed_transition), for a store that is none.
inline bool may_become(OrderStatus from, OrderStatus to) {
  switch (from) {
    case OrderStatus::pending:
      return to == OrderStatus::confirmed || to == OrderStatus::rejected ||
             to == OrderStatus::cancelling;
    case OrderStatus::confirmed:
      return to == OrderStatus::shipped || to == OrderStatus::cancelling;
    case OrderStatus::shipped:
      return to == OrderStatus::delivered;
    case OrderStatus::cancelling:
      return to == OrderStatus::cancelled;
    case OrderStatus::delivered:
    case OrderStatus::rejected:
    case OrderStatus::cancelled:
      return false;
  }
  return false;
}

}  // namespace order::test

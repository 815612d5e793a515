#include "domain/stock.hpp"

namespace catalog {

bool is_too_old(OrderId order, mercato::Timestamp now) {
  const auto made_at = order.value().time();
  return made_at && now - *made_at > kOldestOrder;
}

}  // namespace catalog

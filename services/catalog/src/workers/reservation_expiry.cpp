#include "workers/reservation_expiry.hpp"

#include <exception>

#include <mercato/log/log.hpp>

namespace catalog::workers {

constexpr std::size_t kMostAtOnce = 100;

ReservationExpiry::ReservationExpiry(ReservationStore& reservations)
    : reservations_(reservations), loop_("expiry", [this] { return step(); }) {}

// Frees once at the most, so that a process that ends waits for no more than that.
std::chrono::milliseconds ReservationExpiry::step() {
  if (alone_.empty()) {
    free_batch();
  } else {
    free_one();
  }
  const bool round_is_over = alone_.empty() && last_.order == OrderId();
  return std::chrono::milliseconds(round_is_over ? 1'000 : 0);
}

void ReservationExpiry::free_batch() {
  const auto due = reservations_.list_due(last_, kMostAtOnce);
  last_ = due.size() == kMostAtOnce ? due.back() : Hold{};
  if (due.empty()) return;
  std::vector<OrderId> orders;
  orders.reserve(due.size());
  for (const auto& hold : due) orders.push_back(hold.order);
  try {
    reservations_.expire(orders);
  } catch (const std::exception&) {
    // By one of them, or by being too many: each tells for itself.
    alone_.assign(orders.rbegin(), orders.rend());
  }
}

void ReservationExpiry::free_one() {
  const auto order = alone_.back();
  alone_.pop_back();
  try {
    reservations_.expire({order});
  } catch (const std::exception& failure) {
    mercato::log::error("a hold could not be freed",
                        {{"order_id", order.str()}, {"error", failure.what()}});
  }
}

}  // namespace catalog::workers

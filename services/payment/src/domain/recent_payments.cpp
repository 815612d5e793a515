#include "domain/recent_payments.hpp"

namespace payment {

void RecentPayments::keep(const Payment& payment) {
  const std::lock_guard lock(mutex_);
  drop(payment.order);
  if (payment.owed() != Owed::nothing || payment.intent.empty()) return;
  payments_.emplace(payment.order, payment);
  orders_.insert_or_assign(payment.intent, payment.order);
  in_order_.push_back(payment.order);
  while (in_order_.size() > capacity_) {
    drop(in_order_.front());
    in_order_.pop_front();
  }
}

void RecentPayments::forget(OrderId order) {
  const std::lock_guard lock(mutex_);
  drop(order);
}

std::optional<Payment> RecentPayments::find(OrderId order) const {
  const std::lock_guard lock(mutex_);
  const auto found = payments_.find(order);
  return found == payments_.end() ? std::nullopt : std::optional<Payment>(found->second);
}

std::optional<PaymentStatus> RecentPayments::status_of(std::string_view intent) const {
  const std::lock_guard lock(mutex_);
  const auto found = orders_.find(std::string(intent));
  if (found == orders_.end()) return std::nullopt;
  return payments_.at(found->second).status;
}

void RecentPayments::drop(OrderId order) {
  const auto found = payments_.find(order);
  if (found == payments_.end()) return;
  orders_.erase(found->second.intent);
  payments_.erase(found);
}

}  // namespace payment

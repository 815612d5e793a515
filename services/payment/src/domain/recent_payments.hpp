#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "domain/payment.hpp"

namespace payment {

/// The payments that this process settled last, so that a capture right behind its authorisation,
/// and a webhook that tells nothing new, need not read the database. What it says is outdated where
/// another process moved the payment meanwhile. That harms nothing: whoever asks the provider on
/// its word meets the provider's state machine, and every change in the database starts from what
/// the database says. From any thread.
class RecentPayments {
 public:
  explicit RecentPayments(std::size_t capacity) : capacity_(capacity) {}

  /// Remembers a payment that owes nothing; any other one is forgotten.
  void keep(const Payment& payment);
  void forget(OrderId order);
  [[nodiscard]] std::optional<Payment> find(OrderId order) const;
  /// The status of the payment with that intent; nothing if it is not known here.
  [[nodiscard]] std::optional<PaymentStatus> status_of(std::string_view intent) const;

 private:
  void drop(OrderId order);

  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::unordered_map<OrderId, Payment> payments_;
  std::unordered_map<std::string, OrderId> orders_;  // by intent
  std::deque<OrderId> in_order_;  // the oldest first; may name one that was forgotten
};

}  // namespace payment

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "domain/order.hpp"

namespace order {

/// Products of which the catalog said a moment ago that none are left: a hint that it is worth
/// asking before an order for them is begun, and no more than that. From any thread.
class SoldOut {
 public:
  using Time = std::chrono::steady_clock::time_point;

  static constexpr std::chrono::seconds kMoment{2};
  static constexpr std::size_t kMost = 1'000;  // products; more are not remembered

  void note(ProductId product, Time now) {
    const std::lock_guard lock(mutex_);
    if (until_.size() >= kMost) {
      std::erase_if(until_, [now](const auto& each) { return each.second <= now; });
      if (until_.size() >= kMost) return;
    }
    until_[product] = now + kMoment;
  }

  [[nodiscard]] bool any_of(const std::vector<RequestedLine>& lines, Time now) const {
    const std::lock_guard lock(mutex_);
    if (until_.empty()) return false;
    return std::any_of(lines.begin(), lines.end(), [&](const RequestedLine& line) {
      const auto found = until_.find(line.product);
      return found != until_.end() && now < found->second;
    });
  }

 private:
  mutable std::mutex mutex_;
  std::unordered_map<ProductId, Time> until_;
};

}  // namespace order

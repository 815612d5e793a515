#pragma once

#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <mercato/id/uuid.hpp>

namespace order {

/// The ids that this process has in hand at the moment: sagas it is at work on, requests it still
/// owes an answer. The database knows which process leased a row; only the process knows whether it
/// is really at it. From any thread; must outlive every Hold.
class Holds {
 public:
  /// Lets go when destroyed. Movable.
  class Hold {
   public:
    Hold() = default;
    Hold(Hold&& other) noexcept : holds_(std::exchange(other.holds_, nullptr)), id_(other.id_) {}
    Hold& operator=(Hold&& other) noexcept {
      std::swap(holds_, other.holds_);
      std::swap(id_, other.id_);
      return *this;
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    ~Hold() {
      if (holds_ != nullptr) holds_->let_go(id_);
    }

   private:
    friend class Holds;
    Hold(Holds* holds, mercato::Uuid id) : holds_(holds), id_(id) {}

    Holds* holds_ = nullptr;
    mercato::Uuid id_;
  };

  /// An id may be held more than once; it counts as held until the last Hold is gone.
  template <class IdType>
  [[nodiscard]] Hold take(const IdType& id) {
    const std::lock_guard lock(mutex_);
    ++count_[id.value()];
    return Hold(this, id.value());
  }

  /// Nothing if the id is held already.
  template <class IdType>
  [[nodiscard]] std::optional<Hold> try_take(const IdType& id) {
    const std::lock_guard lock(mutex_);
    if (!count_.try_emplace(id.value(), 1).second) return std::nullopt;
    return Hold(this, id.value());
  }

  template <class IdType>
  [[nodiscard]] bool contains(const IdType& id) const {
    const std::lock_guard lock(mutex_);
    return count_.find(id.value()) != count_.end();
  }

  [[nodiscard]] std::vector<mercato::Uuid> ids() const {
    const std::lock_guard lock(mutex_);
    std::vector<mercato::Uuid> result;
    result.reserve(count_.size());
    for (const auto& [id, count] : count_) result.push_back(id);
    return result;
  }

 private:
  void let_go(const mercato::Uuid& id) {
    const std::lock_guard lock(mutex_);
    const auto found = count_.find(id);
    if (found != count_.end() && --found->second == 0) count_.erase(found);
  }

  mutable std::mutex mutex_;
  std::unordered_map<mercato::Uuid, int> count_;
};

}  // namespace order

#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>

namespace payment {

/// A bounded number of places that are taken without waiting. From any thread; must outlive every
/// Slot.
class Slots {
 public:
  explicit Slots(std::size_t count) : free_(static_cast<std::ptrdiff_t>(count)) {}

  class Slot {
   public:
    explicit Slot(Slots& slots) : slots_(&slots) {}
    Slot(Slot&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    Slot(const Slot&) = delete;
    Slot& operator=(const Slot&) = delete;
    ~Slot() {
      if (slots_ != nullptr) slots_->free_.fetch_add(1);
    }

   private:
    Slots* slots_;
  };

  /// Nothing if all are taken.
  [[nodiscard]] std::optional<Slot> try_take() {
    if (free_.fetch_sub(1) > 0) return std::optional<Slot>(std::in_place, *this);
    free_.fetch_add(1);
    return std::nullopt;
  }

 private:
  std::atomic<std::ptrdiff_t> free_;
};

/// Who may call the provider from a request. Authorisations take from both, so that a provider that
/// is slow to authorise leaves room for captures and undo.
struct ProviderRoom {
  Slots calls;
  Slots authorizations;
};

/// What a request holds while it calls the provider.
struct Permit {
  Slots::Slot call;
  std::optional<Slots::Slot> authorization;
};

}  // namespace payment

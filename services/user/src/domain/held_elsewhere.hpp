#pragma once

#include <string>

#include <mercato/clock/clock.hpp>

#include "domain/ids.hpp"

namespace user {

/// What other services hold about somebody, as JSON: nobody here looks into it.
struct Holdings {
  std::string cart;      // an object
  std::string orders;    // an array, each with its timeline and refunds
  std::string payments;  // an array
};

/// Asks the other services. From any thread.
class HeldElsewhere {
 public:
  virtual ~HeldElsewhere() = default;
  /// Error 503 unless all of it can be had within the deadline: half an export is none.
  [[nodiscard]] virtual Holdings get(UserId user, mercato::Deadline deadline) = 0;
};

}  // namespace user

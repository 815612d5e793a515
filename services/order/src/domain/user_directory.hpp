#pragma once

#include <optional>
#include <variant>

#include "domain/neighbour.hpp"
#include "domain/order.hpp"
#include "domain/refusal.hpp"

namespace order {

/// Who the buyers are: the user service, in our terms. From any thread; never throws for network
/// reasons.
class UserDirectory {
 public:
  virtual ~UserDirectory() = default;

  struct ActiveBuyer {
    std::optional<Address> address;  // the one asked for
  };
  using Answer = std::variant<ActiveBuyer, UserDisabled, AddressNotFound, NoAnswer>;

  /// Whether the user may buy, and the address of the user's address book, if one is asked for. An
  /// answer without address may be up to 25 s old.
  [[nodiscard]] virtual Answer check(UserId user, std::optional<AddressId> address,
                                     mercato::Deadline deadline) = 0;
};

}  // namespace order

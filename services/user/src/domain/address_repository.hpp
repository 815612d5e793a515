#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "domain/address.hpp"

namespace user {

/// Address books; everything is of one owner, and another's address is as one that does not exist.
/// From any thread.
class AddressRepository {
 public:
  virtual ~AddressRepository() = default;

  /// How many an address book can hold.
  static constexpr std::size_t kMaxAddresses = 100;

  /// Newest first. Error 401 if the account is gone.
  [[nodiscard]] virtual std::vector<Address> list(UserId owner, std::optional<AddressId> before,
                                                  std::size_t limit) = 0;
  [[nodiscard]] virtual std::optional<Address> find(UserId owner, AddressId id) = 0;
  /// Error 401 if the account is gone, 422 if its address book is full.
  [[nodiscard]] virtual Address insert(UserId owner, const AddressFields& fields) = 0;
  [[nodiscard]] virtual std::optional<Address> update(UserId owner, const Address& address) = 0;
  virtual bool remove(UserId owner, AddressId id) = 0;
};

}  // namespace user

#pragma once

#include "domain/address_repository.hpp"

namespace user {

// One address of the owner's book. Error 404 if it is not there, or another's.

[[nodiscard]] Address get_address(AddressRepository& addresses, UserId owner, AddressId id);
[[nodiscard]] Address replace_address(AddressRepository& addresses, UserId owner,
                                      const Address& address);
void delete_address(AddressRepository& addresses, UserId owner, AddressId id);

}  // namespace user

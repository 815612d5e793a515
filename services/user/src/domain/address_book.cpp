#include "domain/address_book.hpp"

#include <utility>

#include <mercato/error/error.hpp>

namespace user {

Address get_address(AddressRepository& addresses, UserId owner, AddressId id) {
  auto found = addresses.find(owner, id);
  if (!found) throw mercato::not_found();
  return std::move(*found);
}

Address replace_address(AddressRepository& addresses, UserId owner, const Address& address) {
  auto replaced = addresses.update(owner, address);
  if (!replaced) throw mercato::not_found();
  return std::move(*replaced);
}

void delete_address(AddressRepository& addresses, UserId owner, AddressId id) {
  if (!addresses.remove(owner, id)) throw mercato::not_found();
}

}  // namespace user

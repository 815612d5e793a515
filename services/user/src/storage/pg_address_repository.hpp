#pragma once

#include <mercato/db/pool.hpp>

#include "domain/address_repository.hpp"

namespace user::storage {

/// Address books in PostgreSQL, by way of a Pool (from any thread) or inside a Transaction (which
/// is one thread's). Does not own it.
template <class Database>
class PgAddressRepository : public AddressRepository {
 public:
  explicit PgAddressRepository(Database& database) : database_(database) {}

  [[nodiscard]] std::vector<Address> list(UserId owner, std::optional<AddressId> before,
                                          std::size_t limit) override;
  [[nodiscard]] std::optional<Address> find(UserId owner, AddressId id) override;
  [[nodiscard]] Address insert(UserId owner, const AddressFields& fields) override;
  [[nodiscard]] std::optional<Address> update(UserId owner, const Address& address) override;
  bool remove(UserId owner, AddressId id) override;

 private:
  Database& database_;
};

extern template class PgAddressRepository<mercato::db::Pool>;
extern template class PgAddressRepository<mercato::db::Transaction>;

}  // namespace user::storage

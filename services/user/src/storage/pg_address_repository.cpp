#include "storage/pg_address_repository.hpp"

#include "domain/errors.hpp"
#include "storage/address_rows.hpp"

namespace user::storage {
namespace {

namespace db = mercato::db;

std::optional<Address> first_address(const db::Result& rows) {
  return rows.empty() ? std::nullopt : std::optional<Address>(read_address(rows[0]));
}

}  // namespace

constexpr db::Statement kListAddresses{"list_addresses", R"(
  SELECT id, name, line1, line2, city, region, postal_code, country, phone
    FROM address
   WHERE user_id = $1 AND id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
   ORDER BY id DESC LIMIT $3)"};

template <class Database>
std::vector<Address> PgAddressRepository<Database>::list(UserId owner,
                                                         std::optional<AddressId> before,
                                                         std::size_t limit) {
  std::vector<Address> addresses;
  for (const auto& row : database_.execute(kListAddresses, owner, before, limit)) {
    addresses.push_back(read_address(row));
  }
  return addresses;
}

constexpr db::Statement kGetAddress{"get_address", R"(
  SELECT id, name, line1, line2, city, region, postal_code, country, phone
    FROM address WHERE id = $2 AND user_id = $1)"};

template <class Database>
std::optional<Address> PgAddressRepository<Database>::find(UserId owner, AddressId id) {
  return first_address(database_.execute(kGetAddress, owner, id));
}

// The account is held meanwhile, so that no address slips into a book that is being deleted.
constexpr db::Statement kAddAddress{"add_address", R"(
  WITH owner AS (
    SELECT id FROM users WHERE id = $2 AND deleted_at IS NULL FOR NO KEY UPDATE),
  added AS (
    INSERT INTO address
           (id, user_id, name, line1, line2, city, region, postal_code, country, phone)
    SELECT $1, owner.id, $3, $4, $5, $6, $7, $8, $9, $10
      FROM owner
     WHERE (SELECT count(*) FROM address WHERE user_id = $2) < $11
    RETURNING id, name, line1, line2, city, region, postal_code, country, phone)
  SELECT EXISTS (SELECT FROM owner) AS has_owner, added.id IS NOT NULL AS has_room,
         id, name, line1, line2, city, region, postal_code, country, phone
    FROM (VALUES (1)) AS answer LEFT JOIN added ON true)"};

template <class Database>
Address PgAddressRepository<Database>::insert(UserId owner, const AddressFields& fields) {
  const auto rows = database_.execute(
      kAddAddress, AddressId::make(), owner, fields.name, fields.line1, fields.line2, fields.city,
      fields.region, fields.postal_code, fields.country, fields.phone, kMaxAddresses);
  if (!db::boolean(rows[0], "has_owner")) throw account_gone();
  if (!db::boolean(rows[0], "has_room")) throw address_book_full();
  return read_address(rows[0]);
}

constexpr db::Statement kReplaceAddress{"replace_address", R"(
  UPDATE address
     SET name = $3, line1 = $4, line2 = $5, city = $6, region = $7, postal_code = $8,
         country = $9, phone = $10
   WHERE id = $1 AND user_id = $2
  RETURNING id, name, line1, line2, city, region, postal_code, country, phone)"};

template <class Database>
std::optional<Address> PgAddressRepository<Database>::update(UserId owner, const Address& address) {
  const auto& fields = address.fields;
  return first_address(database_.execute(kReplaceAddress, address.id, owner, fields.name,
                                         fields.line1, fields.line2, fields.city, fields.region,
                                         fields.postal_code, fields.country, fields.phone));
}

constexpr db::Statement kDeleteAddress{"delete_address",
                                       "DELETE FROM address WHERE id = $2 AND user_id = $1"};

template <class Database>
bool PgAddressRepository<Database>::remove(UserId owner, AddressId id) {
  return db::affected_rows(database_.execute(kDeleteAddress, owner, id)) == 1;
}

template class PgAddressRepository<db::Pool>;
template class PgAddressRepository<db::Transaction>;

}  // namespace user::storage

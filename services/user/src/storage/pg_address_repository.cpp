#include "storage/pg_address_repository.hpp"

#include <type_traits>

#include "domain/errors.hpp"
#include "storage/address_rows.hpp"

namespace user::storage {
namespace {

namespace db = mercato::db;

std::optional<Address> first_address(const db::Result& rows) {
  return rows.empty() ? std::nullopt : std::optional<Address>(read_address(rows[0]));
}

}  // namespace

// An empty book is one row without an address; none at all: the account is gone.
constexpr db::Statement kListAddresses{"list_addresses", R"(
  SELECT page.id, page.name, line1, line2, city, region, postal_code, country, phone
    FROM users LEFT JOIN LATERAL (
         SELECT id, name, line1, line2, city, region, postal_code, country, phone
           FROM address
          WHERE user_id = $1 AND id < coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
          ORDER BY id DESC LIMIT $3) AS page ON true
   WHERE users.id = $1 AND deleted_at IS NULL
   ORDER BY page.id DESC)"};

template <class Database>
std::vector<Address> PgAddressRepository<Database>::list(UserId owner,
                                                         std::optional<AddressId> before,
                                                         std::size_t limit) {
  const auto rows = database_.execute(kListAddresses, owner, before, limit);
  if (rows.empty()) throw account_gone();
  std::vector<Address> addresses;
  for (const auto& row : rows) {
    if (db::optional_uuid(row, "id")) addresses.push_back(read_address(row));
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

// The account is held meanwhile, so that no address slips into a book that is being deleted, and
// those that come at once are counted one after the other: the count is in a statement of its own,
// since it sees what was there when its statement began.
constexpr db::Statement kHoldOwner{
    "hold_owner", "SELECT id FROM users WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE"};
constexpr db::Statement kAddAddress{"add_address", R"(
  INSERT INTO address
         (id, user_id, name, line1, line2, city, region, postal_code, country, phone)
  SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
   WHERE (SELECT count(*) FROM address WHERE user_id = $2) < $11
  RETURNING id, name, line1, line2, city, region, postal_code, country, phone)"};

template <class Database>
Address PgAddressRepository<Database>::insert(UserId owner, const AddressFields& fields) {
  if constexpr (std::is_same_v<Database, db::Pool>) {
    return database_.transact([&](db::Transaction& transaction) {
      return PgAddressRepository<db::Transaction>(transaction).insert(owner, fields);
    });
  } else {
    if (database_.execute(kHoldOwner, owner).empty()) throw account_gone();
    const auto rows = database_.execute(
        kAddAddress, AddressId::make(), owner, fields.name, fields.line1, fields.line2, fields.city,
        fields.region, fields.postal_code, fields.country, fields.phone, kMaxAddresses);
    if (rows.empty()) throw address_book_full();
    return read_address(rows[0]);
  }
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

#include "storage/address_rows.hpp"

namespace user::storage {

namespace db = mercato::db;

Address read_address(const db::Row& row, const char* id_column) {
  Address address;
  address.id = db::id<AddressId>(row, id_column);
  auto& fields = address.fields;
  fields.name = db::text(row, "name");
  fields.line1 = db::text(row, "line1");
  fields.line2 = db::optional_text(row, "line2");
  fields.city = db::text(row, "city");
  fields.region = db::optional_text(row, "region");
  fields.postal_code = db::text(row, "postal_code");
  fields.country = db::text(row, "country");
  fields.phone = db::optional_text(row, "phone");
  return address;
}

}  // namespace user::storage

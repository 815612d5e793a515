#include "storage/figures.hpp"

namespace catalog::storage {

namespace db = mercato::db;

// Both sides as of one moment: a single statement sees one snapshot. All stock is read, for which
// no index is any help (and one of what is reserved would slow down each reservation): of two
// million products within a tenth of a second if it is planned for that.
constexpr db::Statement kReservedMismatches{"count_reserved_mismatches", R"(
  SELECT count(*) AS value
    FROM (SELECT product_id, reserved FROM stock WHERE reserved > 0) AS s
    FULL JOIN (SELECT l.product_id, sum(l.quantity) AS held
                 FROM reservation AS r JOIN reservation_line AS l USING (order_id)
                WHERE r.status = 'held' GROUP BY l.product_id) AS h USING (product_id)
   WHERE coalesce(s.reserved, 0) <> coalesce(h.held, 0))", true};
constexpr db::Statement kHeldReservations{
    "count_held_reservations", "SELECT count(*) AS value FROM reservation WHERE status = 'held'"};

std::vector<mercato::process::Figure> figures() {
  return {
      {"catalog_reserved_mismatches",
       "Products whose reserved stock is not what reservations hold.", nullptr,
       kReservedMismatches, std::chrono::minutes(1)},
      {"catalog_held_reservations", "Reservations that are neither sold nor given back.", nullptr,
       kHeldReservations},
  };
}

}  // namespace catalog::storage

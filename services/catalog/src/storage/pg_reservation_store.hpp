#pragma once

#include <mercato/db/pool.hpp>

#include "domain/stock.hpp"

namespace catalog::storage {

/// Calls the functions of migrations/0002_create_reservations.sql.
class PgReservationStore : public ReservationStore {
 public:
  PgReservationStore(mercato::db::Pool& pool, std::chrono::seconds lifetime)
      : pool_(pool), lifetime_(lifetime) {}

  [[nodiscard]] ReserveResult reserve(const ReservationRequest& request,
                                      mercato::Deadline deadline) override;
  [[nodiscard]] CommitResult commit(OrderId order, mercato::Deadline deadline) override;
  void release(OrderId order, mercato::Deadline deadline) override;
  [[nodiscard]] RestockResult restock(const ReservationRequest& returned, const std::string& refund,
                                      mercato::Deadline deadline) override;
  std::size_t expire(std::size_t most) override;

 private:
  mercato::db::Pool& pool_;
  std::chrono::seconds lifetime_;
};

}  // namespace catalog::storage

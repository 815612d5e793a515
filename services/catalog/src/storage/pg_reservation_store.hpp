#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <mercato/db/pool.hpp>

#include "domain/stock.hpp"

namespace catalog::storage {

/// Locks are taken in one order by everybody: stock rows by product, after the reservation they are
/// for unless that is only just being made. So no two transactions can deadlock.
class PgReservationStore : public ReservationStore {
 public:
  PgReservationStore(mercato::db::Pool& pool, std::chrono::seconds lifetime)
      : pool_(pool), lifetime_(lifetime) {}

  [[nodiscard]] std::vector<ReserveResult> reserve(const std::vector<ReservationRequest>& requests,
                                                   mercato::Deadline deadline) override;
  [[nodiscard]] std::vector<CommitResult> commit(const std::vector<OrderId>& orders,
                                                 mercato::Deadline deadline) override;
  void release(OrderId order, mercato::Deadline deadline) override;
  [[nodiscard]] RestockResult restock(const ReservationRequest& returned, const std::string& refund,
                                      mercato::Deadline deadline) override;
  [[nodiscard]] std::vector<Hold> list_due(const Hold& after, std::size_t most) override;
  void expire(const std::vector<OrderId>& orders) override;

 private:
  /// What became of an order that was there before.
  ReserveResult find(const ReservationRequest& request, mercato::Deadline deadline);
  /// Takes back the refusal of each order among `asked` that a reservation is there for by now.
  void reopen_known(const std::vector<ReservationRequest>& requests,
                    const std::vector<std::size_t>& asked,
                    std::vector<std::optional<ReserveResult>>& results,
                    mercato::Deadline deadline);

  mercato::db::Pool& pool_;
  std::chrono::seconds lifetime_;
};

/// How list_due() finds them, with expires_at and order of the last one known, and a limit.
extern const mercato::db::Statement kListDueHolds;

}  // namespace catalog::storage

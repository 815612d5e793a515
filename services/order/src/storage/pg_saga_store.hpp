#pragma once

#include <string>
#include <vector>

#include <mercato/db/pool.hpp>

#include "domain/capture_payment.hpp"
#include "domain/saga.hpp"
#include "domain/undo_order.hpp"

namespace order::storage {

/// What a person looks at when something does not get on.
struct StuckSaga {
  SagaId id;
  OrderId order;
  std::string kind;
  int attempt = 1;
  mercato::Timestamp started_at{};
  std::optional<std::string> parked_reason;  // nothing: merely old
  std::string last_detail;                   // the latest entry of the order's timeline
};

/// Sagas in PostgreSQL, leased to one instance (process) at a time. From any thread; does not own
/// the pool.
class PgSagaStore : public SagaStore, public UndoStore, public CaptureStore {
 public:
  PgSagaStore(mercato::db::Pool& pool, mercato::Uuid instance) : pool_(pool), instance_(instance) {}

  // SagaStore
  [[nodiscard]] std::vector<Saga> claim_due(SagaLane lane,
                                            const std::vector<mercato::Uuid>& in_hand,
                                            std::size_t limit) override;
  void postpone(const Saga& saga, const StepLog& log, std::chrono::milliseconds delay) override;
  void park(const Saga& saga, const std::string& reason) override;

  // UndoStore
  [[nodiscard]] std::optional<Undo> load(Saga saga) override;
  void finish(const Undo& undo, mercato::Timestamp at) override;
  void postpone(const Undo& undo, std::chrono::milliseconds delay) override;

  // CaptureStore
  void captured(const std::vector<CapturedOrder>& orders, mercato::Timestamp at) override;

  /// Says that this process lives; to be called every second. One that was silent for 3 s counts as
  /// dead, and its sagas are taken over.
  void renew_instance();
  /// Takes what belonged to processes that have no session in the database any more: a process that
  /// starts right after a crash need not wait until its predecessor counts as dead. `application`
  /// is what sessions are named after, followed by "-" and the process's id.
  void forget_gone_instances(const std::string& application);
  /// Gives all leases back at once: an orderly end.
  void end_instance();

  /// Parked sagas, and those older than `age`, the oldest first; at most 1000.
  [[nodiscard]] std::vector<StuckSaga> list_stuck(std::chrono::seconds age);
  /// Puts a parked saga back into circulation; false if there is none.
  bool unpark(SagaId id);

 private:
  mercato::db::Pool& pool_;
  mercato::Uuid instance_;
};

}  // namespace order::storage

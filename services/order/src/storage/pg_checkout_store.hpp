#pragma once

#include <mercato/db/pool.hpp>

#include "domain/checkout.hpp"

namespace order::storage {

/// Checkouts in PostgreSQL. From any thread; does not own the pool.
class PgCheckoutStore : public CheckoutStore {
 public:
  /// `instance` is this process, to which the sagas it begins are leased.
  PgCheckoutStore(mercato::db::Pool& pool, AnswerStore& answers, mercato::Uuid instance,
                  const mercato::Clock& clock)
      : pool_(pool), answers_(answers), instance_(instance), clock_(clock) {}

  [[nodiscard]] std::optional<KeyRecord> begin(Checkout& checkout, const RequestKey& key) override;
  [[nodiscard]] std::optional<Checkout> load(Saga saga) override;
  [[nodiscard]] Settled settle(const Checkout& checkout,
                               const std::optional<Answer>& answer) override;
  void postpone(const Checkout& checkout, std::chrono::milliseconds delay) override;
  [[nodiscard]] bool was_seen_active(UserId user) override;

 private:
  [[nodiscard]] bool insert(Checkout& checkout, const RequestKey& key);

  mercato::db::Pool& pool_;
  AnswerStore& answers_;
  mercato::Uuid instance_;
  const mercato::Clock& clock_;
};

}  // namespace order::storage

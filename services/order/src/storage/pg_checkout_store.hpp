#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <vector>

#include <mercato/db/group_commit.hpp>
#include <mercato/db/pool.hpp>

#include "domain/checkout.hpp"

namespace order::storage {

/// Checkouts in PostgreSQL; those of many threads begin, and are settled, in one statement. From
/// any thread; does not own the pool.
class PgCheckoutStore : public CheckoutStore {
 public:
  /// `instance` is this process, to which the sagas it begins are leased.
  PgCheckoutStore(mercato::db::Pool& pool, AnswerStore& answers, mercato::Uuid instance,
                  const mercato::Clock& clock)
      : pool_(pool),
        answers_(answers),
        instance_(instance),
        clock_(clock),
        beginnings_([this](const auto& jobs) { return insert(jobs); }),
        refusals_([this](const auto& jobs) { return insert_refused(jobs); }),
        settlements_([this](const auto& jobs) {
          return settle_all(jobs, [this](const auto& statement, const auto& parameters) {
            return pool_.execute_with(mercato::Deadline::never(), statement, parameters);
          });
        }) {}

  [[nodiscard]] std::optional<KeyRecord> begin(Checkout& checkout, const RequestKey& key) override;
  [[nodiscard]] std::optional<KeyRecord> refuse(const Checkout& checkout, const RequestKey& key,
                                                const Answer& answer) override;
  [[nodiscard]] std::optional<Checkout> load(Saga saga) override;
  [[nodiscard]] Settled settle(const Checkout& checkout,
                               const std::optional<Answer>& answer) override;
  void postpone(const Checkout& checkout, std::chrono::milliseconds delay) override;
  [[nodiscard]] bool was_seen_active(UserId user) override;

 private:
  struct Beginning {
    const Checkout& checkout;
    const RequestKey& key;
  };
  using Number = std::optional<std::int64_t>;  // none if the key is taken
  [[nodiscard]] std::vector<Number> insert(const std::vector<const Beginning*>& beginnings);

  [[nodiscard]] std::optional<KeyRecord> find_taken(OrderId order, const RequestKey& key,
                                                    const std::exception_ptr& failure);

  struct RefusedCheckout {
    const Checkout& checkout;
    const RequestKey& key;
    const Answer& answer;
  };
  /// Whether each was stored: not if its key is taken.
  [[nodiscard]] std::vector<bool> insert_refused(
      const std::vector<const RefusedCheckout*>& refused);

  struct Settlement {
    const Checkout& checkout;
    const std::optional<Answer>& answer;
  };
  using Execute = std::function<mercato::db::Result(const mercato::db::Statement&,
                                                    const std::vector<mercato::db::Parameter>&)>;
  [[nodiscard]] static std::vector<Settled> settle_all(
      const std::vector<const Settlement*>& settlements, const Execute& execute);

  mercato::db::Pool& pool_;
  AnswerStore& answers_;
  mercato::Uuid instance_;
  const mercato::Clock& clock_;
  mercato::db::GroupCommit<Beginning, Number> beginnings_;
  mercato::db::GroupCommit<RefusedCheckout, bool> refusals_;
  mercato::db::GroupCommit<Settlement, Settled> settlements_;
};

}  // namespace order::storage

#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "domain/dispute.hpp"
#include "domain/payment_provider.hpp"
#include "domain/settle_payment.hpp"

namespace payment {

/// Where disputes are kept. Each function is one atomic statement. From any thread. Error 503 while
/// the database is away.
class DisputeStore {
 public:
  virtual ~DisputeStore() = default;
  using Milliseconds = std::chrono::milliseconds;

  /// Disputes that have to be looked at, leased to the caller.
  [[nodiscard]] virtual std::vector<Dispute> claim_due_disputes(std::size_t limit,
                                                                Milliseconds lease) = 0;
  /// Keeps what was seen, unless a later look was faster. What the provider took or gave back is
  /// posted and published by it. Whether anything is new.
  [[nodiscard]] virtual bool record_dispute(const Dispute& dispute,
                                            const ProviderDispute& seen) = 0;
  virtual void postpone_dispute(const Dispute& dispute, Milliseconds delay) = 0;
};

/// Looks at a dispute that a webhook told of, and keeps what the provider says. From any thread.
class FollowDispute {
 public:
  FollowDispute(DisputeStore& store, PaymentProvider& provider, RetryDelay delay)
      : store_(store), provider_(provider), delay_(std::move(delay)) {}

  /// What was new, if anything.
  std::optional<ProviderDispute> follow(const Dispute& dispute, mercato::Deadline deadline);

 private:
  DisputeStore& store_;
  PaymentProvider& provider_;
  RetryDelay delay_;
};

}  // namespace payment

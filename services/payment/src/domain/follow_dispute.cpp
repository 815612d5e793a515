#include "domain/follow_dispute.hpp"

namespace payment {

std::optional<ProviderDispute> FollowDispute::follow(const Dispute& dispute,
                                                     mercato::Deadline deadline) {
  auto answer = provider_.read_dispute(dispute.provider_id, deadline);
  if (auto* seen = std::get_if<ProviderDispute>(&answer)) {
    if (!store_.record_dispute(dispute, *seen)) return std::nullopt;
    return std::move(*seen);
  }
  store_.postpone_dispute(dispute, delay_(dispute.tries + 1, dispute.age));
  return std::nullopt;
}

}  // namespace payment

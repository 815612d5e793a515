#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "mercato/error/error.hpp"

namespace mercato {

/// 429 `rate_limited`, with Retry-After and the RateLimit-Policy that was met, written as a list
/// member of draft-ietf-httpapi-ratelimit-headers-08: `"caller";q=200;w=2`. Thrown as what it is,
/// so that http::problem() finds the policy.
class RateLimited : public Error {
 public:
  RateLimited(std::string detail, std::chrono::seconds retry_after, std::string policy)
      : Error(ErrorKind::rate_limited, "rate_limited", std::move(detail)),
        policy_(std::move(policy)) {
    after(retry_after);
  }

  [[nodiscard]] const std::string& policy() const noexcept { return policy_; }

 private:
  std::string policy_;
};

}  // namespace mercato

#pragma once

#include <chrono>
#include <cstddef>

namespace mercato::resilience {

/// Exponential backoff with full jitter: uniform in [0, min(cap, base * 2^attempt)].
/// ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015.) `attempt` counts from 0.
[[nodiscard]] std::chrono::milliseconds full_jitter(std::size_t attempt,
                                                    std::chrono::milliseconds base,
                                                    std::chrono::milliseconds cap);

}  // namespace mercato::resilience

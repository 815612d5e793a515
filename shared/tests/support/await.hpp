#pragma once

#include <chrono>
#include <functional>

namespace mercato::test {

/// Polls until `condition` holds; false if it did not within `timeout`. For what happens in other
/// processes, where no event can be waited for.
bool await(const std::function<bool()>& condition,
           std::chrono::milliseconds timeout = std::chrono::seconds(10));

}  // namespace mercato::test

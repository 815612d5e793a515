#pragma once

#include <functional>

#include "mercato/http/message.hpp"

namespace mercato::http {

/// As much of a request as an answer that comes later tells of, in problems and in the log: nothing
/// that its client or its body confides.
[[nodiscard]] Request remembered(const Request& request);

/// Completes the answer to a remembered request with what `work` returns, or with the problem that
/// it throws, as the server does for a handler. From any thread.
void complete_with(const Completer& completer, const Request& request,
                   const std::function<Response()>& work);

}  // namespace mercato::http

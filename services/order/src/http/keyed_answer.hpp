#pragma once

#include <functional>

#include <mercato/http/message.hpp>

#include "domain/answer.hpp"

namespace order::api {

/// For requests that do no harm when done twice: with an Idempotency-Key the first answer is kept
/// and sent again to the same request, so that it reads the same even after the order moved on; a
/// process that dies in between leaves nothing behind, and the request is simply done again.
/// Error 422 `idempotency_key_reused`.
[[nodiscard]] mercato::http::Response keyed_answer(
    AnswerStore& answers, const mercato::http::Request& request,
    const std::function<mercato::http::Response()>& act);

}  // namespace order::api

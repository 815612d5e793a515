#include "http/keyed_answer.hpp"

#include <mercato/idempotency/idempotency.hpp>

#include "http/order_answers.hpp"

namespace order::api {

namespace http = mercato::http;
namespace idempotency = mercato::idempotency;

http::Response keyed_answer(AnswerStore& answers, const http::Request& request,
                            const std::function<http::Response()>& act) {
  const auto key = idempotency::key_of(request);
  if (!key) return act();
  const RequestKey scoped{UserId(request.caller.subject), *key,
                          idempotency::fingerprint_of(request)};
  if (const auto record = answers.find(scoped.user, scoped.key)) {
    if (record->fingerprint != scoped.fingerprint) throw key_reused();
    if (record->answer) return to_response(*record->answer, true);
    throw request_in_progress();
  }
  auto response = act();
  if (!idempotency::is_stored(response.status)) return response;
  return to_response(answers.keep(scoped, to_answer(response)), false);
}

}  // namespace order::api

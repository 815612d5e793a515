#include "http/operator_handlers.hpp"

#include <mercato/events/dead_letter_desk.hpp>
#include <mercato/http/body.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/query.hpp>
#include <mercato/json/or_null.hpp>

#include "http/order_json.hpp"
#include "http/order_requests.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;

constexpr std::int64_t kOldAfter_s = 60;
constexpr std::int64_t kLongest_s = 31'536'000;

Json saga_json(const storage::StuckSaga& saga) {
  return {{"id", saga.id.str()},
          {"order_id", saga.order.str()},
          {"kind", saga.kind},
          {"attempt", saga.attempt},
          {"started_at", mercato::to_rfc3339(saga.started_at)},
          {"parked_reason", mercato::json::or_null(saga.parked_reason)},
          {"last_step", saga.last_detail}};
}

}  // namespace

http::Answer OperatorHandlers::list_stuck_orders(const http::Request& request) {
  http::QueryReader query(request);
  const auto age = query.integer("older_than", 0, kLongest_s).value_or(kOldAfter_s);
  query.finish();
  auto data = Json::array();
  for (const auto& saga : sagas_.list_stuck(std::chrono::seconds(age))) {
    data.push_back(saga_json(saga));
  }
  return http::json_response({{"data", std::move(data)}, {"next_cursor", nullptr}});
}

http::Answer OperatorHandlers::resume_stuck_order(const http::Request& request) {
  const SagaId id(request.path_uuid("id"));
  return keyed_answers_.run(request, [&]() -> http::Response {
    http::refuse_body(request);
    if (!sagas_.unpark(id)) throw mercato::not_found("Nothing of this id is parked.");
    return http::json_response({{"id", id.str()}, {"parked_reason", nullptr}});
  });
}

http::Answer OperatorHandlers::list_dead_letters(const http::Request& request) {
  return mercato::events::list_dead_letters(pool_, request);
}

http::Answer OperatorHandlers::redrive_dead_letter(const http::Request& request) {
  const auto id = request.path_uuid("id");
  return keyed_answers_.run(request, [&]() -> http::Response {
    http::refuse_body(request);
    return http::json_response(pool_.transact(
        [&](mercato::db::Transaction& transaction) {
          return mercato::events::redrive_dead_letter(transaction, id);
        },
        request.deadline));
  });
}

}  // namespace order::api

#include "http/dead_letter_handlers.hpp"

#include <mercato/events/dead_letter_desk.hpp>
#include <mercato/http/body.hpp>
#include <mercato/http/problem.hpp>

namespace catalog::api {

namespace http = mercato::http;

http::Answer DeadLetterHandlers::list_dead_letters(const http::Request& request) {
  return mercato::events::list_dead_letters(pool_, request);
}

http::Answer DeadLetterHandlers::redrive_dead_letter(const http::Request& request) {
  const auto id = request.path_uuid("id");
  const auto key = mercato::idempotency::key_of(request);
  return guard_.run(request, key, [&](mercato::db::Transaction& transaction) {
    http::refuse_body(request);
    return http::json_response(mercato::events::redrive_dead_letter(transaction, id));
  });
}

}  // namespace catalog::api

#pragma once

#include <mercato/db/pool.hpp>
#include <mercato/http/router.hpp>

#include "http/keyed_answer.hpp"
#include "storage/pg_saga_store.hpp"

namespace order::api {

/// What operators look at and set going again: sagas that do not get on, and events that could not
/// be applied. For admins; from any thread; does not own what it is given.
class OperatorHandlers {
 public:
  OperatorHandlers(storage::PgSagaStore& sagas, mercato::db::Pool& pool, KeyedAnswers& keyed)
      : sagas_(sagas), pool_(pool), keyed_answers_(keyed) {}

  mercato::http::Answer list_stuck_orders(const mercato::http::Request& request);
  mercato::http::Answer resume_stuck_order(const mercato::http::Request& request);
  mercato::http::Answer list_dead_letters(const mercato::http::Request& request);
  mercato::http::Answer redrive_dead_letter(const mercato::http::Request& request);

 private:
  storage::PgSagaStore& sagas_;
  mercato::db::Pool& pool_;
  KeyedAnswers& keyed_answers_;
};

}  // namespace order::api

#pragma once

#include <mercato/db/pool.hpp>
#include <mercato/http/router.hpp>
#include <mercato/idempotency/idempotency.hpp>

namespace catalog::api {

/// Events that could not be applied, for admins. From any thread; does not own what it is given.
class DeadLetterHandlers {
 public:
  DeadLetterHandlers(mercato::db::Pool& pool, mercato::idempotency::Guard& guard)
      : pool_(pool), guard_(guard) {}

  mercato::http::Answer list_dead_letters(const mercato::http::Request& request);
  mercato::http::Answer redrive_dead_letter(const mercato::http::Request& request);

 private:
  mercato::db::Pool& pool_;
  mercato::idempotency::Guard& guard_;
};

}  // namespace catalog::api

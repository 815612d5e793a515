#include "domain/answer.hpp"

namespace order {

mercato::Error key_reused() {
  return {mercato::ErrorKind::validation, "idempotency_key_reused",
          "This Idempotency-Key was used for another request."};
}

mercato::Error request_in_progress() {
  mercato::Error error(mercato::ErrorKind::conflict, "request_in_progress",
                       "The first request with this Idempotency-Key is still running.");
  error.after(std::chrono::seconds(1));
  return error;
}

}  // namespace order

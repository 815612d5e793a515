#include "mercato/error/error.hpp"

#include <utility>

namespace mercato {

Error not_found(std::string detail) {
  return {ErrorKind::not_found, "not_found", std::move(detail)};
}

Error unavailable(std::string detail) {
  Error error(ErrorKind::unavailable, "unavailable", std::move(detail));
  error.after(std::chrono::seconds(1));
  return error;
}

Overloaded::Overloaded(std::string detail) : Error(unavailable(std::move(detail))) {}

Error validation_failed(std::vector<FieldError> fields) {
  return {ErrorKind::validation, "validation_failed", "The request has invalid fields.",
          std::move(fields)};
}

Error invalid_query(std::vector<FieldError> fields) {
  return {ErrorKind::bad_request, "invalid_query", "The query has invalid parameters.",
          std::move(fields)};
}

}  // namespace mercato

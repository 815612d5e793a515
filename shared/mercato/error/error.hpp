#pragma once

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace mercato {

/// The ways a request can end badly, named after the HTTP status each maps to (RFC 9110, 6585).
/// The mapping itself lives in one place, mercato/http/problem.
enum class ErrorKind {
  bad_request,
  unauthenticated,
  payment_required,
  forbidden,
  not_found,
  method_not_allowed,
  conflict,
  precondition_failed,
  payload_too_large,
  uri_too_long,
  unsupported_media_type,
  validation,
  precondition_required,
  rate_limited,
  headers_too_large,
  internal,
  bad_gateway,
  unavailable,
  gateway_timeout,
};

/// What is wrong with one field; `pointer` is a JSON pointer (RFC 6901) into the request body, or
/// "?name" for a query parameter.
struct FieldError {
  std::string pointer;
  std::string code;
  std::string detail;

  friend bool operator==(const FieldError&, const FieldError&) = default;
};

/// "This request ends here". Thrown anywhere, turned into problem+json by the HTTP pipeline.
/// `code` is part of the public contract and stable; `detail` is for people and may change.
/// Neither may hold a secret: both are sent to the client.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string code, std::string detail = {},
        std::vector<FieldError> fields = {})
      : kind_(kind),
        code_(std::move(code)),
        detail_(std::move(detail)),
        fields_(std::move(fields)) {}

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] const std::string& code() const noexcept { return code_; }
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
  [[nodiscard]] const std::vector<FieldError>& fields() const noexcept { return fields_; }
  [[nodiscard]] std::optional<std::chrono::seconds> retry_after() const noexcept {
    return retry_after_;
  }

  /// Adds a Retry-After header to the answer.
  Error& after(std::chrono::seconds delay) {
    retry_after_ = delay;
    return *this;
  }

  [[nodiscard]] const char* what() const noexcept override {
    return detail_.empty() ? code_.c_str() : detail_.c_str();
  }

 private:
  ErrorKind kind_;
  std::string code_;
  std::string detail_;
  std::vector<FieldError> fields_;
  std::optional<std::chrono::seconds> retry_after_;
};

/// More is asked than can be done: unavailable, and counted instead of logged, since a line for
/// each of many thousand refusals would be the next overload.
class Overloaded : public Error {
 public:
  explicit Overloaded(std::string detail);
};

/// The errors that every service needs, so that their codes are spelled once.
[[nodiscard]] Error not_found(std::string detail = "No such resource.");
[[nodiscard]] Error unavailable(std::string detail = "Try again shortly.");
[[nodiscard]] Error validation_failed(std::vector<FieldError> fields);
[[nodiscard]] Error invalid_query(std::vector<FieldError> fields);

}  // namespace mercato

#include "domain/errors.hpp"

#include <string>

namespace user {

using mercato::Error;
using mercato::ErrorKind;

Error email_taken() {
  return {ErrorKind::conflict, "email_taken", "An account with this e-mail address exists."};
}

Error last_admin() {
  return {ErrorKind::conflict, "last_admin", "The last admin has to stay one."};
}

Error invalid_credentials() {
  return {ErrorKind::unauthenticated, "invalid_credentials",
          "E-mail address or password is wrong."};
}

Error user_disabled() {
  return {ErrorKind::forbidden, "user_disabled", "This account is disabled."};
}

Error refresh_token_invalid() {
  return {ErrorKind::unauthenticated, "refresh_token_invalid", "Sign in again."};
}

Error refresh_token_reused() {
  return {ErrorKind::unauthenticated, "refresh_token_reused",
          "This token was used before. To be safe its session has been ended: sign in again."};
}

Error account_gone() {
  return {ErrorKind::unauthenticated, "unauthenticated", "The account no longer exists."};
}

Error not_an_admin() {
  return {ErrorKind::forbidden, "forbidden", "Only an admin may do this."};
}

Error address_book_full() {
  return mercato::validation_failed(
      {{"", "out_of_range", "The address book is full: delete an address first."}});
}

mercato::RateLimited too_many_failures(const TooManyFailures& failures) {
  const auto& limit = failures.limit;
  return {"Too many failed attempts. Try again later.", failures.wait,
          '"' + std::string(limit.name) + "\";q=" + std::to_string(limit.failures) +
              ";w=" + std::to_string(limit.window.count())};
}

}  // namespace user

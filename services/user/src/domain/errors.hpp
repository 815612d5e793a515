#pragma once

#include <mercato/error/error.hpp>
#include <mercato/error/rate_limited.hpp>

#include "domain/sign_in_limits.hpp"

namespace user {

// What ends a request of this service; the codes are part of its API.
[[nodiscard]] mercato::Error email_taken();            // 409
[[nodiscard]] mercato::Error last_admin();             // 409
[[nodiscard]] mercato::Error invalid_credentials();    // 401
[[nodiscard]] mercato::Error user_disabled();          // 403
[[nodiscard]] mercato::Error refresh_token_invalid();  // 401
[[nodiscard]] mercato::Error refresh_token_reused();   // 401
[[nodiscard]] mercato::Error account_gone();           // 401: the token outlived its account
[[nodiscard]] mercato::Error not_an_admin();           // 403: nor does the token make one
[[nodiscard]] mercato::Error address_book_full();      // 422
[[nodiscard]] mercato::RateLimited too_many_failures(const TooManyFailures& failures);  // 429

}  // namespace user

#pragma once

#include <mercato/http/router.hpp>

#include "security/signing_keys.hpp"

namespace user::api {

/// The public keys of access tokens over HTTP. From any thread; does not own the keys.
class KeyHandlers {
 public:
  explicit KeyHandlers(const security::SigningKeys& keys) : keys_(keys) {}

  mercato::http::Answer get_key_set(const mercato::http::Request& request);

 private:
  const security::SigningKeys& keys_;
};

}  // namespace user::api

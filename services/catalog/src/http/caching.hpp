#pragma once

#include <mercato/http/message.hpp>

namespace catalog::api {

/// Says who may keep the answer to a public read: a shared cache may serve it for a second, and for
/// a day when we are gone (RFC 5861). Not while it asks again: Nginx counts in whole seconds, and a
/// change has to show within two. An answer to somebody who showed a token is that somebody's, and
/// current.
inline void allow_caching(const mercato::http::Request& request,
                          mercato::http::Response& response) {
  response.headers.set("Cache-Control",
                       request.header("Authorization")
                           ? "private, no-store"
                           : "public, max-age=1, stale-if-error=86400");
}

}  // namespace catalog::api

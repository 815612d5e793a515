#include "http/etag.hpp"

#include <string>
#include <utility>

#include <mercato/crypto/crypto.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/syntax.hpp>

namespace order::api {

bool matches_etag(const mercato::http::Request& request, std::string_view etag) {
  const auto header = request.header("If-None-Match");
  if (!header) return false;
  std::string_view rest = *header;
  while (true) {
    const auto comma = rest.find(',');
    auto tag = mercato::http::syntax::trim(rest.substr(0, comma));
    if (tag.substr(0, 2) == "W/") tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
}

mercato::http::Response with_etag(const mercato::http::Request& request,
                                  mercato::http::Response response) {
  constexpr std::size_t kTagBytes = 12;
  const auto hash = mercato::crypto::sha256(response.body).substr(0, kTagBytes);
  const auto etag = '"' + mercato::crypto::base64url(hash) + '"';
  if (matches_etag(request, etag)) {
    response = mercato::http::no_content();
    response.status = 304;
  }
  response.headers.set("ETag", etag);
  return response;
}

}  // namespace order::api

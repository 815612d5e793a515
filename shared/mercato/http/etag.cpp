#include "mercato/http/etag.hpp"

#include <utility>

#include "mercato/crypto/crypto.hpp"
#include "mercato/http/problem.hpp"
#include "mercato/http/syntax.hpp"

namespace mercato::http {

bool is_known(const Request& request, std::string_view etag) {
  const auto header = request.header("If-None-Match");
  if (!header) return false;
  std::string_view rest = *header;
  while (true) {
    const auto comma = rest.find(',');
    auto tag = syntax::trim(rest.substr(0, comma));
    if (tag.substr(0, 2) == "W/") tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
    if (comma == std::string_view::npos) return false;
    rest.remove_prefix(comma + 1);
  }
}

Response with_etag(const Request& request, Response response, std::string etag) {
  if (request.method == Method::get && is_known(request, etag)) {
    response = no_content();
    response.status = 304;
  }
  response.headers.set("ETag", std::move(etag));
  return response;
}

Response with_etag(const Request& request, Response response) {
  constexpr std::size_t kTagBytes = 12;
  const auto hash = crypto::sha256(response.body).substr(0, kTagBytes);
  return with_etag(request, std::move(response), '"' + crypto::base64url(hash) + '"');
}

}  // namespace mercato::http

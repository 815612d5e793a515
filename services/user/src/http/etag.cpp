#include "http/etag.hpp"

#include <algorithm>
#include <utility>

#include <mercato/crypto/crypto.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/syntax.hpp>

namespace user::api {
namespace {

namespace http = mercato::http;

bool is_named(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    auto tag = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), tag.size() + 1));
    tag = http::syntax::trim(tag);
    if (tag.substr(0, 2) == "W/") tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

}  // namespace

http::Response with_etag(http::Response response, std::string_view tag,
                         const http::Request& request) {
  auto etag = '"' + std::string(tag) + '"';
  if (request.method == http::Method::get &&
      is_named(request.header("If-None-Match").value_or(""), etag)) {
    response = http::no_content();
    response.status = 304;
  }
  response.headers.set("ETag", std::move(etag));
  return response;
}

std::string tag_of(const http::Response& response) {
  return mercato::crypto::base64url(mercato::crypto::sha256(response.body).substr(0, 12));
}

}  // namespace user::api

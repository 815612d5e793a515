// What is asked for: path, query and route.

#include <string>

#include "input.hpp"
#include "mercato/http/inbound/target.hpp"
#include "mercato/http/router.hpp"
#include "mercato/json/utf8.hpp"

using namespace mercato;
using fuzz::promise;

namespace {

http::Router make_router() {
  http::Router router;
  const auto nothing = [](const http::Request&) { return http::Response(); };
  for (const auto* path : {"/api/v1/things", "/api/v1/things/{id}", "/api/v1/things/{id}/parts",
                           "/api/v1/things/by-name/{name}"}) {
    router.add(http::Method::get, path, {.access = http::Access::anonymous}, nothing);
  }
  return router;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const http::Router router = make_router();
  const auto target = http::inbound::split_target(fuzz::text_of(data, size));
  if (!target) return 0;
  promise(target->path.front() == '/');
  const auto query = http::inbound::parse_query(target->query);
  for (const auto& [name, value] : query.parameters) {
    promise(json::is_valid_utf8(name) && json::is_valid_utf8(value));
  }
  std::string path;
  if (http::inbound::decode_path(target->path, path)) return 0;
  promise(json::is_valid_utf8(path) && path.find('\0') == std::string::npos);
  promise(path.find("/../") == std::string::npos);
  static_cast<void>(router.match("GET", target->path));
  return 0;
}

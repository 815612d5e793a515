#include "mercato/http/body.hpp"

#include "mercato/json/reader.hpp"

namespace mercato::http {

void refuse_body(const Request& request) {
  if (request.body.empty()) return;
  json::Reader body(json::parse(request.body));
  body.finish();
}

}  // namespace mercato::http

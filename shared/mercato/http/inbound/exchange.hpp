#pragma once

#include <cstdint>
#include <string>

#include "mercato/http/inbound/response_writer.hpp"
#include "mercato/http/message.hpp"
#include "mercato/http/router.hpp"

namespace mercato::http::inbound {

/// One request and what is needed to answer it. Owned by its connection; used by whoever owns that.
struct Exchange {
  Request request;
  std::string method;  // as sent: Request::method has no word for HEAD, nor for unknown ones
  Router::Match match;
  Framing framing;
  std::uint64_t content_length = 0;
  std::uint64_t body_limit = 0;
  bool expects_continue = false;
  bool streams_body = false;
  bool admitted = false;       // who asks is known, and may
  bool body_consumed = false;  // else bytes of it may still be on their way
};

}  // namespace mercato::http::inbound

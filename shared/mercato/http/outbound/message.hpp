#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mercato/clock/clock.hpp"
#include "mercato/http/client.hpp"

namespace mercato::http::outbound {

/// A request as it goes out. Names and values were checked: nothing here can end a line early.
struct Message {
  std::string method;
  std::string path;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  /// The caller's request with what every call carries: who asks, for whom, and in which trace.
  /// Throws std::invalid_argument for a path, header name or value that HTTP does not allow.
  [[nodiscard]] static Message make(const ClientRequest& request, const ClientOptions& options);
  /// What may differ from try to try.
  void address_to(const std::string& authority, Deadline deadline);
};

}  // namespace mercato::http::outbound

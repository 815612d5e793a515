#pragma once

#include <memory>
#include <optional>
#include <string>

#include "mercato/http/inbound/ingress_filter.hpp"
#include "mercato/http/message.hpp"

namespace mercato::http::inbound {

/// Has cpp-httplib parse the heads that the ingress filter let through.
///
/// httplib's own server is not started: it would tie a thread to every connection, so only its
/// protected process_request is used, on bytes that are in memory already. The one place that
/// includes httplib on the server side. Any thread.
class HttplibReader {
 public:
  HttplibReader();
  ~HttplibReader();
  HttplibReader(const HttplibReader&) = delete;
  HttplibReader& operator=(const HttplibReader&) = delete;

  struct Message {
    std::string method;
    std::string target;
    Headers headers;  // one of each name: lines of one name are one list (RFC 9110 section 5.3)
  };
  /// Nothing if httplib does not like what the filter let through; of methods it knows those of
  /// RFC 9110 and PATCH only. Headers that it would lose, refuse or change go past it, and
  /// long ones.
  [[nodiscard]] std::optional<Message> read(const Head& head) const;

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace mercato::http::inbound

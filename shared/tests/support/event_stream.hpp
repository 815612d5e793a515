#pragma once

#include <cstdint>
#include <string>

#include "mercato/json/json.hpp"
#include "mercato/redis/client.hpp"

namespace mercato::test {

/// A producer of events played by the test: writes them to the stream that its relay would write
/// to, numbered from 1. One thread.
class EventStream {
 public:
  EventStream(const std::string& redis_url, std::string source);

  /// Returns the event's id. Throws std::runtime_error without Redis.
  std::string emit(const std::string& type, const std::string& subject, std::int64_t version,
                   const json::Value& data);

 private:
  redis::Client redis_;
  std::string source_;
  std::int64_t sequence_ = 0;
};

}  // namespace mercato::test

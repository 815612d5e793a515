#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace mercato::load {

/// What to ask for, how often and with how many clients at once. Immutable once read.
struct Options {
  std::string host = "127.0.0.1";  // an IPv4 address
  std::uint16_t port = 0;
  std::string method = "GET";
  std::string path = "/";
  std::vector<std::string> headers;  // "Name: value"
  std::vector<std::string> tokens;   // bearer tokens; client i uses the one at i modulo their count
  std::string body;
  std::string key_prefix;            // not empty: each request has an Idempotency-Key of its own
  std::size_t clients = 8;           // that may wait for an answer at once
  std::size_t rate = 0;              // requests a second; 0: each client as soon as it can
  std::size_t requests = 1000;       // in all
};

/// A mistake on the command line.
class UsageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Reads the command line; throws UsageError.
[[nodiscard]] Options parse_options(int argc, char** argv);

[[nodiscard]] const char* usage();

}  // namespace mercato::load

// The head of a request: found in the stream, filtered, and read by httplib.

#include "input.hpp"
#include "mercato/http/inbound/httplib_reader.hpp"
#include "mercato/http/inbound/ingress_filter.hpp"

using namespace mercato::http::inbound;
using mercato::fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const HttplibReader reader;
  const auto bytes = mercato::fuzz::text_of(data, size);
  const HeadLimits limits;
  HeadScanner at_once(limits);
  const auto verdict = at_once.scan(bytes);
  // Where it is cut into pieces must not matter.
  HeadScanner dripped(limits);
  auto last = HeadScanner::Verdict::incomplete;
  for (std::size_t end = 1; end <= size && last == HeadScanner::Verdict::incomplete; ++end) {
    last = dripped.scan(bytes.substr(0, end));
  }
  promise(last == verdict);
  if (verdict != HeadScanner::Verdict::complete) return 0;
  promise(at_once.size() == dripped.size() && at_once.size() <= size);
  Head head;
  const auto text = bytes.substr(0, at_once.size());
  if (read_head(text, limits, head)) return 0;
  promise(!head.method.empty() && !head.target.empty());
  static_cast<void>(reader.read(head));
  return 0;
}

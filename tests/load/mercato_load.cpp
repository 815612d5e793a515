// mercato-load: a closed loop of N clients that post (or get) the same thing, each with a key of
// its own. Prints how fast, how long and with which answers.

#include <algorithm>
#include <cstdio>
#include <exception>

#include "load_client.hpp"
#include "load_options.hpp"

namespace {

double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

/// `sorted` is not empty; `share` is from 0 to 1.
double percentile(const std::vector<std::chrono::nanoseconds>& sorted, double share) {
  const auto last = static_cast<double>(sorted.size() - 1);
  return milliseconds(sorted[static_cast<std::size_t>(share * last)]);
}

void print(mercato::load::Result result) {
  std::sort(result.latencies.begin(), result.latencies.end());
  const double seconds = milliseconds(result.took) / 1000;
  std::printf("{\"seconds\": %.3f, \"rate\": %.1f", seconds,
              static_cast<double>(result.latencies.size()) / seconds);
  if (!result.latencies.empty()) {
    std::printf(", \"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f",
                percentile(result.latencies, 0.5), percentile(result.latencies, 0.99),
                percentile(result.latencies, 1.0));
  }
  std::printf(", \"statuses\": {");
  const char* separator = "";
  for (const auto& [status, count] : result.statuses) {
    std::printf("%s\"%d\": %zu", separator, status, count);
    separator = ", ";
  }
  std::printf("}}\n");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    print(mercato::load::run(mercato::load::parse_options(argc, argv)));
    return 0;
  } catch (const mercato::load::UsageError& error) {
    std::fprintf(stderr, "%s\n%s", error.what(), mercato::load::usage());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

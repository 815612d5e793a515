// mercato-load: N clients that post (or get) the same thing, each with a key of its own, as soon as
// they can or at a rate. Prints how fast, how long and with which answers.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <utility>
#include <vector>

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

void print_latencies(std::vector<std::chrono::nanoseconds> latencies) {
  std::sort(latencies.begin(), latencies.end());
  std::printf("\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f", percentile(latencies, 0.5),
              percentile(latencies, 0.99), percentile(latencies, 1.0));
}

void print(const mercato::load::Result& result) {
  std::vector<std::chrono::nanoseconds> all;
  for (const auto& [status, latencies] : result.latencies) {
    all.insert(all.end(), latencies.begin(), latencies.end());
  }
  const double seconds = milliseconds(result.took) / 1000;
  std::printf("{\"seconds\": %.3f, \"rate\": %.1f", seconds,
              static_cast<double>(all.size()) / seconds);
  if (!all.empty()) {
    std::printf(", ");
    print_latencies(std::move(all));
  }
  std::printf(", \"statuses\": {");
  const char* separator = "";
  for (const auto& [status, count] : result.statuses) {
    std::printf("%s\"%d\": %zu", separator, status, count);
    separator = ", ";
  }
  std::printf("}, \"by_status\": {");
  separator = "";
  for (const auto& [status, latencies] : result.latencies) {
    std::printf("%s\"%d\": {", separator, status);
    print_latencies(latencies);
    std::printf("}");
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

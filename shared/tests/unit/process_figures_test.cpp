#include <support/catch.hpp>

#include <chrono>

#include "mercato/process/database_figures.hpp"

using namespace mercato;
using namespace std::chrono_literals;

namespace {

constexpr process::FigurePace::Steady::time_point kThen{1h};

}  // namespace

TEST_CASE("a figure is read at once and then at its own pace", "[process]") {
  process::FigurePace pace(300s);
  CHECK(pace.due_at() <= kThen);
  pace.succeeded(kThen);
  CHECK(pace.due_at() == kThen + 300s);
}

TEST_CASE("a figure that cannot be read is tried again soon, then less and less often",
          "[process]") {
  process::FigurePace pace(300s);
  for (const auto patience : {1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
    pace.failed(kThen);
    CHECK(pace.due_at() == kThen + patience);
  }
  pace.succeeded(kThen);
  CHECK(pace.due_at() == kThen + 300s);
  pace.failed(kThen);
  CHECK(pace.due_at() == kThen + 1s);
}

TEST_CASE("a figure is never given up for longer than its own pace", "[process]") {
  process::FigurePace pace(5s);
  for (const auto patience : {1s, 2s, 4s, 5s, 5s}) {
    pace.failed(kThen);
    CHECK(pace.due_at() == kThen + patience);
  }
}

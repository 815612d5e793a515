#include <support/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "mercato/metrics/metrics.hpp"

using namespace mercato;
using namespace std::chrono_literals;

TEST_CASE("counters, gauges and histograms are scraped in text form", "[metrics]") {
  metrics::Registry registry;
  registry.counter("jobs_total", "Jobs.", {{"kind", "a"}}).add();
  registry.counter("jobs_total", "Jobs.", {{"kind", "a"}}).add(2);
  registry.gauge("size_bytes", "Size.").set(5);
  registry.gauge("size_bytes", "Size.").add(-1);
  registry.histogram("wait_seconds", "Waiting.", {}, {0.1, 1}).observe(0.5);
  const auto text = registry.scrape();
  CHECK_THAT(text, ContainsSubstring("# HELP jobs_total Jobs.\n# TYPE jobs_total counter\n"));
  CHECK_THAT(text, ContainsSubstring("jobs_total{kind=\"a\"} 3\n"));
  CHECK_THAT(text, ContainsSubstring("size_bytes 4\n"));
  CHECK_THAT(text, ContainsSubstring("wait_seconds_bucket{le=\"0.1\"} 0\n"));
  CHECK_THAT(text, ContainsSubstring("wait_seconds_bucket{le=\"1\"} 1\n"));
  CHECK_THAT(text, ContainsSubstring("wait_seconds_count 1\n"));
}

TEST_CASE("gauges can be computed when they are asked for", "[metrics]") {
  metrics::Registry registry;
  const auto gauge = registry.gauge("lazy", "Lazy.");
  int asked = 0;
  registry.on_scrape([&] { gauge.set(++asked); });
  static_cast<void>(registry.scrape());
  CHECK_THAT(registry.scrape(), ContainsSubstring("lazy 2\n"));
}

TEST_CASE("scrapes at the same time compute gauges one after the other", "[metrics]") {
  metrics::Registry registry;
  std::mutex mutex;
  std::condition_variable entered;
  int inside = 0;
  bool met = false;
  registry.on_scrape([&] {
    std::unique_lock lock(mutex);
    ++inside;
    met = met || inside > 1;
    entered.notify_all();
    entered.wait_for(lock, 100ms, [&] { return met; });
    --inside;
  });
  std::thread other([&] { static_cast<void>(registry.scrape()); });
  static_cast<void>(registry.scrape());
  other.join();
  CHECK_FALSE(met);
}

TEST_CASE("counting from many threads loses nothing", "[metrics]") {
  metrics::Registry registry;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto counter = registry.counter("n_total", "N.");
      for (int n = 0; n < 10'000; ++n) counter.add();
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK_THAT(registry.scrape(), ContainsSubstring("n_total 40000\n"));
}

TEST_CASE("a handle of nothing counts nothing", "[metrics]") {
  metrics::Registry registry;
  const auto counted = registry.counter("n_total", "N.");
  counted.add();
  registry.turn_off();
  CHECK_NOTHROW(metrics::Counter().add());
  CHECK_NOTHROW(metrics::Gauge().set(1));
  CHECK_NOTHROW(metrics::Histogram().observe(1));
  CHECK_NOTHROW(registry.counter("m_total", "M.").add());
  CHECK_THAT(registry.scrape(), ContainsSubstring("n_total 1\n"));
  CHECK(registry.samples().size() == 1);
}

TEST_CASE("what is scraped can be read as numbers, too", "[metrics]") {
  metrics::Registry registry;
  registry.counter("jobs_total", "Jobs.", {{"kind", "a"}}).add(3);
  registry.histogram("wait_seconds", "Waiting.", {}, {0.1, 1}).observe(0.5);
  const auto samples = registry.samples();
  REQUIRE(samples.size() == 2);
  for (const auto& sample : samples) {
    if (sample.name == "jobs_total") {
      CHECK(sample.value == 3);
      CHECK(sample.labels ==
            std::vector<std::pair<std::string, std::string>>{{"kind", "a"}});
    } else {
      CHECK(sample.kind == metrics::Sample::Kind::histogram);
      CHECK(sample.count == 1);
      CHECK(sample.value == 0.5);
      CHECK(sample.below == std::vector<double>{0, 1, 1});
    }
  }
}

#include "mercato/process/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

#include "mercato/log/log.hpp"
#include "mercato/metrics/metrics.hpp"

namespace mercato::process {
namespace {

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
  std::error_code none;
  const std::filesystem::directory_iterator files("/proc/self/fd", none);
  return static_cast<double>(std::distance(begin(files), end(files)));
}

}  // namespace

void publish_process_metrics(std::string_view service, std::string_view version) {
  auto& registry = metrics::registry();
  registry
      .gauge("build_info", "Which release this is; always 1.",
             {{"service", service}, {"version", version}})
      .set(1);
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  registry.gauge("process_start_time_seconds", "Unix time of the start.").set(now.count());

  const auto cpu = registry.counter("process_cpu_seconds_total", "CPU time, user and system.");
  const auto memory = registry.gauge("process_resident_memory_bytes", "Resident memory.");
  const auto files = registry.gauge("process_open_fds", "Open file descriptors.");
  const auto dropped = registry.counter(
      "log_dropped_lines_total", "Lines that standard output did not take at once.");
  struct Counted {
    double cpu = 0;
    double dropped = 0;
  };
  registry.on_scrape([=, counted = std::make_shared<Counted>()] {
    const double used = cpu_seconds();
    cpu.add(used - std::exchange(counted->cpu, used));
    const auto lines = static_cast<double>(log::dropped_lines());
    dropped.add(lines - std::exchange(counted->dropped, lines));
    memory.set(resident_bytes());
    files.set(open_files());
  });
}

}  // namespace mercato::process

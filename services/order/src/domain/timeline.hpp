#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <mercato/clock/clock.hpp>

namespace order {

/// How one step of an order's life went.
enum class StepOutcome {
  ok,
  failed,    // refused for good
  retried,   // the neighbour was not reached; it will be asked again
  unknown,   // it may or may not have acted; it will be asked again
  degraded,  // went on without asking
  undone,
};

[[nodiscard]] constexpr std::string_view name(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::ok:
      return "ok";
    case StepOutcome::failed:
      return "failed";
    case StepOutcome::retried:
      return "retried";
    case StepOutcome::unknown:
      return "unknown";
    case StepOutcome::degraded:
      return "degraded";
    case StepOutcome::undone:
      return "undone";
  }
  return "unknown";
}

/// One entry of an order's timeline.
struct TimelineEntry {
  std::string step;
  std::string service;
  int attempt = 1;
  std::string outcome;
  std::string detail;
  mercato::Timestamp at{};
  std::string trace_id;
};

/// Collects what one run of a saga did, so that it can be written with the run's one transaction.
class StepLog {
 public:
  StepLog() = default;
  StepLog(const mercato::Clock& clock, std::string trace_id, int attempt)
      : clock_(&clock), trace_id_(std::move(trace_id)), attempt_(attempt) {}

  void add(std::string_view step, std::string_view service, StepOutcome outcome,
           std::string detail = {}) {
    // A neighbour that stays away is asked hundreds of times: the first attempts and then each
    // doubling tell the story, and the timeline stays short.
    const bool asks_again = outcome == StepOutcome::unknown || outcome == StepOutcome::retried;
    if (asks_again && attempt_ > 4 && (attempt_ & (attempt_ - 1)) != 0) return;
    entries_.push_back({std::string(step), std::string(service), attempt_,
                        std::string(name(outcome)), std::move(detail), clock_->now(), trace_id_});
  }

  [[nodiscard]] const std::vector<TimelineEntry>& entries() const { return entries_; }

 private:
  const mercato::Clock* clock_ = nullptr;
  std::string trace_id_;
  int attempt_ = 1;
  std::vector<TimelineEntry> entries_;
};

}  // namespace order

#include "workers/completed_captures.hpp"

#include <exception>
#include <utility>

namespace order::workers {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kCollect{20};
constexpr milliseconds kPause{1'000};

}  // namespace

CompletedCaptures::CompletedCaptures(CapturePayment& capture)
    : capture_(capture), loop_("captures", [this] { return write_down(); }) {
  loop_.start();
}

CompletedCaptures::~CompletedCaptures() {
  loop_.stop();
  try {
    static_cast<void>(write_down());
  } catch (const std::exception&) {
    // They are captured all the same: whoever takes up their sagas finds that out.
  }
}

void CompletedCaptures::add(CapturedOrder captured) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    captured_.push_back(std::move(captured));
    wake = std::exchange(pausing_, false);
  }
  if (wake) loop_.wake();
}

milliseconds CompletedCaptures::write_down() {
  std::vector<CapturedOrder> captured;
  {
    const std::lock_guard lock(mutex_);
    captured.swap(captured_);
    pausing_ = captured.empty();
  }
  if (captured.empty()) return kPause;
  capture_.complete(std::move(captured));
  return kCollect;
}

}  // namespace order::workers

#include "workers/saga_recovery.hpp"

#include <utility>

#include <mercato/log/log.hpp>

namespace order::workers {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kScan{1'000};
constexpr milliseconds kScanSoon{100};
/// Money that could not be taken for so long needs a person's attention.
constexpr std::chrono::minutes kCaptureAlarm{5};

}  // namespace

SagaRecovery::SagaRecovery(SagaStore& sagas, SagaRunners& runners, Holds& running,
                           std::function<bool()> anybody_waits, const mercato::Clock& clock)
    : sagas_(sagas),
      runners_(runners),
      running_(running),
      anybody_waits_(std::move(anybody_waits)),
      clock_(clock),
      loop_("saga recovery", [this] { return scan(); }) {}

milliseconds SagaRecovery::scan() {
  const bool more_captures = take_up(SagaLane::captures);
  const bool more_others = take_up(SagaLane::others);
  return more_captures || more_others || anybody_waits_() ? kScanSoon : kScan;
}

/// Whether there may be more that is due. However much of one lane waits, the other one gets on.
bool SagaRecovery::take_up(SagaLane lane) {
  const auto room = runners_.room(lane);
  if (room == 0) return true;
  auto claimed = sagas_.claim_due(lane, running_.ids(), room);
  for (auto& saga : claimed) {
    raise_alarm(saga);
    saga.hold = running_.take(saga.id);
    runners_.take_up(std::move(saga));
  }
  return claimed.size() == room;
}

void SagaRecovery::raise_alarm(const Saga& saga) const {
  const auto age = clock_.now() - saga.started_at;
  if (saga.kind != SagaKind::capture || age < kCaptureAlarm) return;
  mercato::log::error("a capture has been owed for long",
                      {{"order_id", saga.order.str()},
                       {"age_s", std::chrono::duration_cast<std::chrono::seconds>(age).count()},
                       {"attempt", saga.attempt}});
}

}  // namespace order::workers

#pragma once

#include <chrono>
#include <functional>

#include <mercato/process/service.hpp>

#include "domain/saga.hpp"
#include "workers/saga_runners.hpp"

namespace order::workers {

/// Looks for sagas that are due or were left behind by a dead process, at start and every second
/// (ten times a second while clients wait), and hands them to the runners.
class SagaRecovery {
 public:
  SagaRecovery(SagaStore& sagas, SagaRunners& runners, Holds& running,
               std::function<bool()> anybody_waits, const mercato::Clock& clock);

  void start() { loop_.start(); }
  void stop() { loop_.stop(); }
  /// Scans now.
  void wake() { loop_.wake(); }

 private:
  std::chrono::milliseconds scan();
  [[nodiscard]] bool take_up(SagaLane lane);
  void raise_alarm(const Saga& saga) const;

  SagaStore& sagas_;
  SagaRunners& runners_;
  Holds& running_;
  std::function<bool()> anybody_waits_;
  const mercato::Clock& clock_;
  mercato::process::Loop loop_;
};

}  // namespace order::workers

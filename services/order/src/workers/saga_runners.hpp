#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "domain/capture_payment.hpp"
#include "domain/drive_saga.hpp"
#include "domain/saga.hpp"
#include "workers/completed_captures.hpp"

namespace order::workers {

/// Sagas that wait for a thread, the most urgent kind first, and the threads that take them.
/// Within a kind, those just begun and those taken up again come by turns, so that neither waits
/// until there are no more of the others. Bounded: what does not fit in is let go, and found by the
/// next scan. From any thread.
class Lane {
 public:
  using Run = std::function<void(Saga)>;
  enum class Origin : std::uint8_t { begun, taken_up };

  explicit Lane(std::size_t threads) : thread_count_(threads) {}
  ~Lane() { stop(); }
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  void start(Run run);
  /// Lets running sagas finish and the others go.
  void stop();
  void add(Saga saga, Origin origin);
  /// How many more that are taken up again it would take.
  [[nodiscard]] std::size_t room() const;
  [[nodiscard]] std::size_t begun(SagaKind kind) const;

 private:
  /// Those of one kind.
  struct Queue {
    std::deque<Saga> begun;
    std::deque<Saga> taken_up;
    bool taken_up_next = false;

    [[nodiscard]] Saga pop();
  };

  static constexpr std::size_t kMaxQueue = 1'000;
  /// Keeps the threads busy until the next scan, and leaves the rest to other processes.
  static constexpr std::size_t kMaxTakenUp = 100;

  void work();
  /// Waits for one; nothing when the lane is stopped.
  [[nodiscard]] std::optional<Saga> take();
  [[nodiscard]] std::size_t room_for(Origin origin) const;
  [[nodiscard]] std::size_t queued() const;
  [[nodiscard]] std::size_t taken_up() const;

  std::size_t thread_count_;
  Run run_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Queue, 4> queues_;  // by urgency
  bool running_ = false;
  std::vector<std::thread> threads_;
};

/// The threads of this process that work on sagas outside of requests: capture runners, and runners
/// for everything else, so that a slow authorisation never keeps a capture waiting. From any
/// thread.
class SagaRunners : public SagaDispatcher {
 public:
  SagaRunners(std::size_t recovery_threads, std::size_t capture_threads)
      : captures_(capture_threads), others_(recovery_threads) {}

  void start(DriveSaga& drive, CapturePayment& capture);
  void stop();
  void dispatch(Saga saga) override;
  /// Works on what was begun before, and got stuck or was left behind.
  void take_up(Saga saga);
  [[nodiscard]] std::size_t waiting_checkouts() const override;
  /// How many more of a lane may be taken up.
  [[nodiscard]] std::size_t room(SagaLane lane) const;

 private:
  [[nodiscard]] Lane& lane(SagaKind kind);

  std::optional<CompletedCaptures> completed_;
  Lane captures_;
  Lane others_;
};

}  // namespace order::workers

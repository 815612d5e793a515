#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <mercato/process/service.hpp>

#include "domain/follow_dispute.hpp"
#include "domain/settle_payment.hpp"

namespace payment::workers {

/// Finds payments, refunds and disputes that owe something and are due, four times a second and
/// when woken, leases them, and settles them in threads of its own, so that one slow answer keeps
/// no other payment waiting, and slow answers of one kind none of another. From any thread.
class Settlement {
 public:
  Settlement(PaymentStore& store, SettlePayment& settle, DisputeStore& disputes,
             FollowDispute& follow, std::size_t threads);
  ~Settlement() { stop(); }
  Settlement(const Settlement&) = delete;
  Settlement& operator=(const Settlement&) = delete;

  void start();
  /// Lets running work finish; what was not begun is found again when its lease has run out.
  void stop();
  /// Looks now.
  void wake() { loop_.wake(); }

 private:
  enum class Kind { payment, refund, dispute };
  struct Job {
    Kind kind = Kind::payment;
    std::function<void()> run;
  };

  [[nodiscard]] std::chrono::milliseconds scan();
  template <class Claim, class Work>
  void take_up(Kind kind, const Claim& claim, Work work);
  [[nodiscard]] std::size_t room_for(Kind kind);
  void settle_payment(Payment payment);
  void settle_refund(const Refund& refund);
  void follow_dispute(const Dispute& dispute);
  void work();
  void finished_one(Kind kind);
  void add(Job job);

  PaymentStore& store_;
  SettlePayment& settle_;
  DisputeStore& disputes_;
  FollowDispute& follow_;
  std::size_t thread_count_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  std::array<std::size_t, 3> in_hand_{};  // of each kind: in the queue or in a thread
  bool running_ = false;
  std::atomic<bool> more_may_be_due_{false};
  std::vector<std::thread> threads_;
  mercato::process::Loop loop_;
};

}  // namespace payment::workers

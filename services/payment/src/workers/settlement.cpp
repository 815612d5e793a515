#include "workers/settlement.hpp"

#include <exception>
#include <utility>

#include <mercato/log/log.hpp>
#include <mercato/metrics/metrics.hpp>

namespace payment::workers {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kScan{250};
constexpr milliseconds kAttempt{6'000};
/// Longer than one attempt, so that nobody else begins while it runs.
constexpr milliseconds kLease{7'000};

}  // namespace

Settlement::Settlement(PaymentStore& store, SettlePayment& settle, DisputeStore& disputes,
                       FollowDispute& follow, std::size_t threads)
    : store_(store), settle_(settle), disputes_(disputes), follow_(follow), thread_count_(threads),
      loop_("settlement", [this] { return scan(); }) {}

void Settlement::start() {
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
  }
  for (std::size_t i = 0; i < thread_count_; ++i) threads_.emplace_back([this] { work(); });
  loop_.start();
}

void Settlement::stop() {
  loop_.stop();
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    jobs_.clear();
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

milliseconds Settlement::scan() {
  if (!settle_.possible()) return kScan;
  // No more than can be begun at once: a lease must not run out in the queue.
  auto room = free_threads();
  auto payments = room > 0 ? store_.claim_due(room, kLease) : std::vector<Payment>();
  room -= payments.size();
  auto refunds = room > 0 ? store_.claim_due_refunds(room, kLease) : std::vector<Refund>();
  room -= refunds.size();
  auto disputes =
      room > 0 ? disputes_.claim_due_disputes(room, kLease) : std::vector<Dispute>();
  room -= disputes.size();
  more_may_be_due_ = room == 0;  // the thread that is free next has a look
  for (auto& payment : payments) {
    add([this, payment = std::move(payment)] { settle_payment(payment); });
  }
  for (auto& refund : refunds) {
    add([this, refund = std::move(refund)] { settle_refund(refund); });
  }
  for (auto& dispute : disputes) {
    add([this, dispute = std::move(dispute)] { follow_dispute(dispute); });
  }
  return kScan;
}

void Settlement::settle_payment(Payment payment) {
  if (settle_.too_old(payment)) {
    mercato::log::error("a payment could not be authorised for long, it is voided",
                        {{"payment_id", payment.id.str()}, {"order_id", payment.order.str()}});
    payment = store_.give_up(payment.id);
  }
  static_cast<void>(
      settle_.settle(std::move(payment), false, mercato::Deadline::in(kAttempt)));
}

void Settlement::settle_refund(const Refund& refund) {
  static_cast<void>(settle_.settle(refund, false, mercato::Deadline::in(kAttempt)));
}

void Settlement::follow_dispute(const Dispute& dispute) {
  const auto news = follow_.follow(dispute, mercato::Deadline::in(kAttempt));
  if (!news) return;
  mercato::metrics::registry()
      .counter("payment_disputes_total", "Disputes that began or went on, by where the money is.",
               {{"money", name(news->money)}})
      .add();
  mercato::log::error("a payment is disputed", {{"order_id", dispute.order.str()},
                                                {"dispute_id", dispute.provider_id},
                                                {"reason", news->reason},
                                                {"status", news->status},
                                                {"money", name(news->money)}});
}

void Settlement::work() {
  while (true) {
    std::function<void()> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !running_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
      ++busy_;
    }
    try {
      job();
    } catch (const std::exception& error) {
      mercato::log::warn("a payment could not be settled, it will be taken up again",
                         {{"error", error.what()}});
    }
    finished_one();
  }
}

void Settlement::finished_one() {
  {
    const std::lock_guard lock(mutex_);
    --busy_;
    if (!jobs_.empty()) return;
  }
  if (more_may_be_due_.exchange(false)) loop_.wake();
}

void Settlement::add(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

std::size_t Settlement::free_threads() {
  const std::lock_guard lock(mutex_);
  const auto taken = busy_ + jobs_.size();
  return running_ && taken < thread_count_ ? thread_count_ - taken : 0;
}

}  // namespace payment::workers

#include "workers/settlement.hpp"

#include <algorithm>
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
    for (const auto& job : jobs_) --in_hand_.at(static_cast<std::size_t>(job.kind));
    jobs_.clear();
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

milliseconds Settlement::scan() {
  if (!settle_.possible()) return kScan;
  more_may_be_due_ = false;
  take_up(Kind::payment, [&](auto room) { return store_.claim_due(room, kLease); },
          &Settlement::settle_payment);
  take_up(Kind::refund, [&](auto room) { return store_.claim_due_refunds(room, kLease); },
          &Settlement::settle_refund);
  take_up(Kind::dispute, [&](auto room) { return disputes_.claim_due_disputes(room, kLease); },
          &Settlement::follow_dispute);
  return kScan;
}

/// No more than can be begun at once: a lease must not run out in the queue.
template <class Claim, class Work>
void Settlement::take_up(Kind kind, const Claim& claim, Work work) {
  const auto room = room_for(kind);
  auto due = room > 0 ? claim(room) : decltype(claim(room))();
  if (due.size() == room) more_may_be_due_ = true;  // the thread that is free next has a look
  for (auto& each : due) {
    add({kind, [this, work, each = std::move(each)] { (this->*work)(each); }});
  }
}

void Settlement::settle_payment(Payment payment) {
  const auto deadline = mercato::Deadline::in(kAttempt);
  if (!settle_.too_old(payment)) {
    static_cast<void>(settle_.settle(std::move(payment), false, deadline));
    return;
  }
  payment = settle_.give_up(std::move(payment), deadline);
  if (!payment.void_requested) return;
  mercato::log::error("a payment could not be authorised for long, it is voided",
                      {{"payment_id", payment.id.str()}, {"order_id", payment.order.str()}});
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
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !running_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    try {
      job.run();
    } catch (const std::exception& error) {
      mercato::log::warn("a payment could not be settled, it will be taken up again",
                         {{"error", error.what()}});
    }
    finished_one(job.kind);
  }
}

void Settlement::finished_one(Kind kind) {
  {
    const std::lock_guard lock(mutex_);
    --in_hand_.at(static_cast<std::size_t>(kind));
    if (!jobs_.empty()) return;
  }
  if (more_may_be_due_.exchange(false)) loop_.wake();
}

void Settlement::add(Job job) {
  {
    const std::lock_guard lock(mutex_);
    ++in_hand_.at(static_cast<std::size_t>(job.kind));
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

/// A provider that keeps one kind waiting may answer for the others: of three threads or more each
/// kind has one that no other takes.
std::size_t Settlement::room_for(Kind kind) {
  const std::lock_guard lock(mutex_);
  if (!running_) return 0;
  const std::size_t left_to_each = thread_count_ >= in_hand_.size() ? 1 : 0;
  std::size_t used = in_hand_.at(static_cast<std::size_t>(kind));
  for (std::size_t other = 0; other < in_hand_.size(); ++other) {
    if (other != static_cast<std::size_t>(kind)) used += std::max(in_hand_[other], left_to_each);
  }
  return thread_count_ - std::min(thread_count_, used);
}

}  // namespace payment::workers

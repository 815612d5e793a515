#include "domain/concurrency_limit.hpp"

#include <algorithm>

namespace order {
namespace {

/// A round: so many times what is under way ends and is counted, after as much that had begun
/// before the round.
constexpr std::size_t kGenerations = 4;

/// After a trial that was not worth it, none for a while: where rounds are short that is a time,
/// and where they are long a number of them, lest every other one is a trial.
constexpr std::chrono::seconds kCalm{10};
constexpr std::size_t kCalmRounds = 8;

/// A round that does less than so much of what was done before was not slowed down by any limit of
/// ours: somebody else has become slow.
constexpr double kStillTheSame = 0.5;

/// Who sees room at the same moment goes in together: as many above the limit mean nothing.
constexpr std::size_t kTogether = 8;

/// Half as many again are worth it if they do a fifth more; a third fewer if they do hardly less.
constexpr double kWorthMore = 1.2;
constexpr double kWorthFewer = 0.9;

}  // namespace

bool ConcurrencyLimit::has_room() const {
  if (under_way_.load() < limit_.load()) return true;
  wanted_.store(true);
  return false;
}

ConcurrencyLimit::Turn ConcurrencyLimit::enter() {
  const auto before = under_way_.fetch_add(1);
  if (before >= limit_.load() + kTogether && limit_.load() < most_) {
    const std::lock_guard lock(mutex_);
    trial_ = Trial::none;
    settled_rate_ = 0;
    set_limit(more_than(limit_.load()));
  }
  return Turn(*this);
}

void ConcurrencyLimit::leave() {
  under_way_.fetch_sub(1);
  const auto now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  const auto limit = limit_.load();
  if (++ended_ == limit) counted_from_ = now;
  if (ended_ < limit * (1 + kGenerations)) return;
  ended_ = 0;
  const std::chrono::duration<double> took = now - counted_from_;
  // A round in which there was room for everybody says nothing about the limit.
  if (wanted_.exchange(false) && took.count() > 0) {
    judge(static_cast<double>(limit * kGenerations) / took.count(), now);
  }
}

bool ConcurrencyLimit::worth_it(double rate) const {
  switch (trial_) {
    case Trial::none: return true;
    case Trial::more: return rate >= settled_rate_ * kWorthMore;
    case Trial::fewer: return rate >= settled_rate_ * kWorthFewer;
  }
  return true;
}

/// What the round just ended says, in which so many ended each second.
void ConcurrencyLimit::judge(double rate, std::chrono::steady_clock::time_point now) {
  if (rate < settled_rate_ * kStillTheSame) return start_over();
  if (!worth_it(rate)) {
    next_trial_ = trial_ == Trial::more ? Trial::fewer : Trial::more;
    trial_ = Trial::none;
    calm_left_ = kCalmRounds;
    calm_until_ = now + kCalm;
    return set_limit(settled_);
  }
  settled_ = limit_.load();
  if (trial_ != Trial::none) {
    settled_rate_ = rate;
    return begin_trial(trial_);
  }
  // One round may do half of what the next one does: a checkpoint of a database, a busy neighbour.
  settled_rate_ = settled_rate_ == 0 ? rate : (settled_rate_ * 3 + rate) / 4;
  if (calm_left_ > 0) {
    --calm_left_;
  } else if (now >= calm_until_) {
    begin_trial(next_trial_);
  }
}

/// What was found out holds no more: the next round tells what is done now, and a trial follows.
void ConcurrencyLimit::start_over() {
  trial_ = Trial::none;
  next_trial_ = Trial::more;
  settled_rate_ = 0;
  calm_left_ = 0;
  calm_until_ = {};
  set_limit(settled_);
}

void ConcurrencyLimit::begin_trial(Trial trial) {
  const auto limit = limit_.load();
  if (limit <= least_) trial = Trial::more;
  if (limit >= most_) trial = Trial::fewer;
  trial_ = trial;
  set_limit(trial == Trial::more ? more_than(limit) : std::max(least_, limit * 2 / 3));
}

void ConcurrencyLimit::set_limit(std::size_t limit) {
  limit_.store(limit);
  ended_ = 0;
}

std::size_t ConcurrencyLimit::more_than(std::size_t limit) const {
  return std::min(most_, limit * 3 / 2);
}

}  // namespace order

#include "workers/settlement.hpp"

#include <array>
#include <atomic>
#include <future>
#include <set>
#include <utility>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "settle_payment_fakes.hpp"

using namespace payment;
using namespace payment::test;
using mercato::test::await;

namespace {

enum class Kind { payment, refund, dispute };

/// Keeps whoever asks for some kinds of things waiting, and knows nothing of the others. From any
/// thread.
class SlowProvider : public FakeProvider {
 public:
  explicit SlowProvider(std::set<Kind> slow) : slow_(std::move(slow)) {}

  IntentAnswer read(const std::string&, mercato::Deadline) override { return ask(Kind::payment); }
  RefundAnswer find_refund(const Refund&, mercato::Deadline) override { return ask(Kind::refund); }
  DisputeAnswer read_dispute(const std::string&, mercato::Deadline) override {
    return ask(Kind::dispute);
  }
  void answer() { answer_.set_value(); }
  [[nodiscard]] int asked(Kind kind) const { return asked_.at(static_cast<std::size_t>(kind)); }

 private:
  NoAnswer ask(Kind kind) {
    ++asked_.at(static_cast<std::size_t>(kind));
    if (slow_.contains(kind)) answered_.wait();
    return {"timeout", false};
  }

  const std::set<Kind> slow_;
  std::array<std::atomic<int>, 3> asked_{};
  std::promise<void> answer_;
  std::shared_future<void> answered_ = answer_.get_future().share();
};

/// Of which kinds something is due, and then more than anybody has threads for. From any thread.
class Backlog {
 public:
  void add(Kind kind) { due_.at(static_cast<std::size_t>(kind)) = true; }

  template <class Each>
  [[nodiscard]] std::vector<Each> take(Kind kind, std::size_t limit, const Each& each) const {
    return std::vector<Each>(due_.at(static_cast<std::size_t>(kind)) ? limit : 0, each);
  }

 private:
  std::array<std::atomic<bool>, 3> due_{};
};

class Overdue : public FakeStore {
 public:
  explicit Overdue(const Backlog& backlog) : backlog_(backlog) {}

  void record_silence(PaymentId, const std::string&) override {}
  Payment record_unknown(PaymentId, const std::string&, Milliseconds) override { return due(); }
  void postpone_refund(const Refund&, bool, Milliseconds) override {}
  std::vector<Payment> claim_due(std::size_t limit, Milliseconds) override {
    return backlog_.take(Kind::payment, limit, due());
  }
  std::vector<Refund> claim_due_refunds(std::size_t limit, Milliseconds) override {
    return backlog_.take(Kind::refund, limit, Refund());
  }

 private:
  static Payment due() {
    Payment payment;
    payment.status = PaymentStatus::unknown;
    payment.intent = "pi_1";
    return payment;
  }

  const Backlog& backlog_;
};

class OverdueDisputes : public DisputeStore {
 public:
  explicit OverdueDisputes(const Backlog& backlog) : backlog_(backlog) {}

  std::vector<Dispute> claim_due_disputes(std::size_t limit, Milliseconds) override {
    return backlog_.take(Kind::dispute, limit, Dispute());
  }
  bool record_dispute(const Dispute&, const ProviderDispute&) override { return false; }
  void postpone_dispute(const Dispute&, Milliseconds) override {}

 private:
  const Backlog& backlog_;
};

std::chrono::milliseconds soon(int, std::chrono::seconds) {
  return std::chrono::milliseconds(1);
}

/// Eight threads, and a provider that keeps some kinds waiting, of which there are enough for all.
struct Settled {
  explicit Settled(std::set<Kind> slow) : provider(slow) {
    for (const auto kind : slow) backlog.add(kind);
    settlement.start();
  }
  ~Settled() { provider.answer(); }

  Backlog backlog;
  SlowProvider provider;
  Overdue store{backlog};
  OverdueDisputes disputes{backlog};
  SettlePayment settle{store, provider, std::chrono::seconds(900), soon};
  FollowDispute follow{disputes, provider, soon};
  workers::Settlement settlement{store, settle, disputes, follow, 8};
};

}  // namespace

TEST_CASE("two kinds are settled while the provider keeps the third one waiting") {
  const auto slow = GENERATE(Kind::payment, Kind::refund, Kind::dispute);
  Settled settled({slow});
  CHECK(await([&] { return settled.provider.asked(slow) == 6; }));
  for (const auto kind : {Kind::payment, Kind::refund, Kind::dispute}) {
    settled.backlog.add(kind);
    CHECK(await([&] { return kind == slow || settled.provider.asked(kind) > 3; }));
  }
  CHECK(settled.provider.asked(slow) == 6);
}

TEST_CASE("one kind is settled while the provider keeps the two others waiting") {
  const auto quick = GENERATE(Kind::payment, Kind::refund, Kind::dispute);
  std::set<Kind> slow{Kind::payment, Kind::refund, Kind::dispute};
  slow.erase(quick);
  Settled settled(slow);
  const auto kept_waiting = [&] {
    int count = 0;
    for (const auto kind : slow) count += settled.provider.asked(kind);
    return count;
  };
  CHECK(await([&] { return kept_waiting() == 7; }));
  settled.backlog.add(quick);
  CHECK(await([&] { return settled.provider.asked(quick) > 3; }));
  CHECK(kept_waiting() == 7);
}

#include "workers/settlement.hpp"

#include <atomic>
#include <future>
#include <vector>

#include <support/await.hpp>
#include <support/catch.hpp>

#include "settle_payment_fakes.hpp"

using namespace payment;
using namespace payment::test;
using mercato::test::await;

namespace {

/// Keeps whoever reads an intent waiting, and has no refund and no dispute. From any thread.
class SlowProvider : public FakeProvider {
 public:
  IntentAnswer read(const std::string&, mercato::Deadline) override {
    ++reads;
    answered_.wait();
    return NoAnswer{"timeout", false};
  }
  RefundAnswer find_refund(const Refund&, mercato::Deadline) override {
    ++refunds_looked_for;
    return NoAnswer{"timeout", false};
  }
  DisputeAnswer read_dispute(const std::string&, mercato::Deadline) override {
    ++disputes_read;
    return NoAnswer{"timeout", false};
  }
  void answer() { answer_.set_value(); }

  std::atomic<int> reads{0};
  std::atomic<int> refunds_looked_for{0};
  std::atomic<int> disputes_read{0};

 private:
  std::promise<void> answer_;
  std::shared_future<void> answered_ = answer_.get_future().share();
};

/// More payments than anybody has threads for, and as many refunds as are asked for. From any
/// thread.
class Overdue : public FakeStore {
 public:
  void record_silence(PaymentId, const std::string&) override {}
  Payment record_unknown(PaymentId, const std::string&, Milliseconds) override { return due(); }
  void postpone_refund(const Refund&, bool, Milliseconds) override {}
  std::vector<Payment> claim_due(std::size_t limit, Milliseconds) override {
    return std::vector<Payment>(limit, due());
  }
  std::vector<Refund> claim_due_refunds(std::size_t limit, Milliseconds) override {
    return std::vector<Refund>(limit, Refund());
  }

 private:
  static Payment due() {
    Payment payment;
    payment.status = PaymentStatus::unknown;
    payment.intent = "pi_1";
    return payment;
  }
};

class OverdueDisputes : public DisputeStore {
 public:
  std::vector<Dispute> claim_due_disputes(std::size_t limit, Milliseconds) override {
    return std::vector<Dispute>(limit, Dispute());
  }
  bool record_dispute(const Dispute&, const ProviderDispute&) override { return false; }
  void postpone_dispute(const Dispute&, Milliseconds) override {}
};

std::chrono::milliseconds soon(int, std::chrono::seconds) {
  return std::chrono::milliseconds(1);
}

}  // namespace

TEST_CASE("refunds and disputes are settled while the provider keeps payments waiting") {
  SlowProvider provider;
  Overdue store;
  OverdueDisputes disputes;
  SettlePayment settle(store, provider, std::chrono::seconds(900), soon);
  FollowDispute follow(disputes, provider, soon);
  constexpr int kThreads = 8;
  workers::Settlement settlement(store, settle, disputes, follow, kThreads);
  settlement.start();
  CHECK(await([&] { return provider.reads == kThreads - 2; }));
  CHECK(await([&] { return provider.refunds_looked_for > 3; }));
  CHECK(await([&] { return provider.disputes_read > 3; }));
  CHECK(provider.reads == kThreads - 2);
  provider.answer();
}

#pragma once

#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "domain/settle_payment.hpp"

namespace payment::test {

/// One payment, kept by the rules of the port. One thread.
class FakeStore : public PaymentStore {
 public:
  Payment payment;
  std::vector<std::string> records;  // what was recorded, in order
  int refund_errors = 0;

  BegunPayment begin_authorize(const NewPayment&, const std::string&, Milliseconds) override {
    throw std::logic_error("not a part of settling");
  }
  std::optional<Payment> request_capture(OrderId) override {
    throw std::logic_error("not a part of settling");
  }
  Payment begin_void(OrderId, Milliseconds) override {
    throw std::logic_error("not a part of settling");
  }
  RefundStart begin_refund(const Payment&, RefundId id, const Money& amount, const std::string&,
                           Milliseconds) override {
    if (payment.refundable_minor() < amount.amount_minor) return TooMuch{};
    payment.refund_pending_minor += amount.amount_minor;
    Refund refund;
    refund.id = id;
    refund.payment = payment.id;
    refund.intent = payment.intent;
    refund.amount = amount;
    refund.owed = payment.void_requested;
    return ClaimedRefund{refund, true, true};
  }
  Payment keep_intent(PaymentId, const std::string& intent) override {
    if (payment.open() && payment.intent.empty() && !payment.void_requested) {
      payment.intent = intent;
    }
    return payment;
  }
  Payment record_authorized(PaymentId, const std::optional<Card>&) override {
    return move(payment.open(), PaymentStatus::authorized);
  }
  Payment record_declined(PaymentId, const std::string& decline_code) override {
    payment.decline_code = decline_code;
    return move(payment.open(), PaymentStatus::declined);
  }
  Payment record_captured(PaymentId) override {
    const bool possible = payment.status == PaymentStatus::authorized;
    if (possible) payment.captured_minor = payment.amount.amount_minor;
    return move(possible, PaymentStatus::captured);
  }
  Payment record_voided(PaymentId) override {
    return move(payment.open() || payment.status == PaymentStatus::authorized,
                PaymentStatus::voided);
  }
  Payment record_looked(PaymentId) override {
    records.emplace_back("looked");
    payment.look_requested = false;
    return payment;
  }
  Payment record_unknown(PaymentId, const std::string& operation, Milliseconds) override {
    records.push_back(operation + " unknown");
    if (payment.status == PaymentStatus::pending) payment.status = PaymentStatus::unknown;
    payment.capture_requested = payment.capture_requested || operation == "capture";
    ++payment.tries;
    return payment;
  }
  void record_silence(PaymentId, const std::string&) override {}
  Payment give_up(PaymentId) override {
    payment.void_requested = true;
    return payment;
  }
  void record_refund(const Refund& refund, RefundStatus status, const std::string&) override {
    records.push_back("refund " + std::string(name(status)));
    payment.refund_pending_minor -= refund.amount.amount_minor;
    if (status == RefundStatus::succeeded) payment.refunded_minor += refund.amount.amount_minor;
  }
  bool withdraw_refund(const Refund& refused) override {
    if (payment.disputed_minor == 0) return false;
    records.push_back("refund withdrawn");
    payment.refund_pending_minor -= refused.amount.amount_minor;
    return true;
  }
  bool adopt_refunds(const Refund& refused, const std::vector<ForeignRefund>& foreign) override {
    records.push_back("refund adopted");
    payment.refund_pending_minor -= refused.amount.amount_minor;
    for (const auto& each : foreign) payment.refunded_minor += each.amount_minor;
    return true;
  }
  void hint_disputes(PaymentId, const std::vector<ListedDispute>& listed) override {
    for (const auto& each : listed) records.push_back("look at " + each.provider_id);
  }
  void postpone_refund(const Refund&, bool with_error, Milliseconds) override {
    records.push_back("refund later");
    refund_errors += with_error ? 1 : 0;
  }
  std::optional<Payment> find_by_order(OrderId) override { return payment; }
  std::vector<Payment> claim_due(std::size_t, Milliseconds) override { return {}; }
  std::vector<Refund> claim_due_refunds(std::size_t, Milliseconds) override { return {}; }

 private:
  Payment move(bool possible, PaymentStatus status) {
    if (possible) {
      payment.status = status;
      records.emplace_back(name(status));
    }
    return payment;
  }
};

/// A provider that says what the test had it learn, and notes what it was asked. One thread.
class FakeProvider : public PaymentProvider {
 public:
  std::vector<std::string> asked;
  std::map<std::string, std::deque<IntentAnswer>> answers;  // by what is asked
  std::deque<RefundAnswer> refund_answers;
  std::deque<RefundAnswer> find_answers;

  IntentAnswer create(const NewPayment&, const std::string&, mercato::Deadline) override {
    return answer("create");
  }
  IntentAnswer read(const std::string&, mercato::Deadline) override { return answer("read"); }
  IntentAnswer confirm(const std::string&, const std::string&, mercato::Deadline) override {
    return answer("confirm");
  }
  IntentAnswer capture(const std::string&, const std::string&, mercato::Deadline) override {
    return answer("capture");
  }
  IntentAnswer cancel(const std::string&, const std::string&, mercato::Deadline) override {
    return answer("cancel");
  }
  RefundAnswer refund(const Refund&, const std::string& key, mercato::Deadline) override {
    refund_keys.push_back(key);
    return next(refund_answers, "refund");
  }
  RefundAnswer find_refund(const Refund&, mercato::Deadline) override {
    return next(find_answers, "find_refund");
  }
  ForeignRefunds find_foreign_refunds(const std::string&, mercato::Deadline) override {
    return foreign;
  }
  DisputeAnswer read_dispute(const std::string&, mercato::Deadline) override {
    throw std::logic_error("not a part of settling");
  }
  ListedDisputes find_disputes(const std::string&, mercato::Deadline) override { return disputes; }
  bool available() const override { return true; }

  std::vector<std::string> refund_keys;
  std::vector<ForeignRefund> foreign;
  ListedDisputes disputes;

 private:
  IntentAnswer answer(const std::string& what) { return next(answers[what], what); }
  template <class Answer>
  Answer next(std::deque<Answer>& prepared, const std::string& what) {
    asked.push_back(what);
    if (prepared.empty()) throw std::logic_error("the provider was not to be asked: " + what);
    auto answer = std::move(prepared.front());
    prepared.pop_front();
    return answer;
  }
};

}  // namespace payment::test

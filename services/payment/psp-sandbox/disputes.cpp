#include "disputes.hpp"

#include <charconv>
#include <utility>

#include <mercato/crypto/crypto.hpp>

namespace psp {
namespace {

std::string make_id(const char* prefix) {
  return prefix + mercato::crypto::to_hex(mercato::crypto::random_bytes(12));
}

ApiError closed_already() { return invalid("", "This dispute is already closed."); }

/// The same change, told of by another event as well.
Record told(const Dispute& dispute, const char* event_type) {
  Record record;
  record.dispute = dispute;
  record.event = Event{make_id("evt_"), event_type};
  return record;
}

}  // namespace

bool is_open(const Dispute& dispute) {
  return dispute.status == "needs_response" || dispute.status == "under_review";
}

Result refuse_disputed_refund(const Intent& intent) {
  Effect effect;
  effect.record.intent = intent;
  effect.record.error = ApiError{400, "invalid_request_error", "charge_disputed", {}, {},
                                 "The charge has been charged back, and cannot be refunded."};
  return effect;
}

Result open_dispute(const Intent& intent, std::int64_t taken_back, const Form& form,
                    std::int64_t now_s) {
  const auto left = intent.amount_received - taken_back;
  auto amount = left;
  if (const auto text = form.text("amount")) {
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), amount);
    if (error != std::errc() || end != text->data() + text->size()) amount = 0;
  }
  if (amount <= 0 || amount > left) return invalid("amount", "Not an amount that was taken.");
  Dispute dispute;
  dispute.id = make_id("dp_");
  dispute.intent = intent.id;
  dispute.charge = intent.charge.value_or("");
  dispute.created_s = now_s;
  dispute.amount = amount;
  dispute.currency = intent.currency;
  dispute.reason = form.non_empty("reason").value_or("fraudulent");
  dispute.status = "needs_response";
  Effect effect;
  effect.record = told(dispute, "charge.dispute.created");
  effect.further.push_back(told(dispute, "charge.dispute.funds_withdrawn"));
  return effect;
}

Result answer_dispute(const Dispute& dispute) {
  if (!is_open(dispute)) return closed_already();
  auto next = dispute;
  next.status = "under_review";
  Effect effect;
  effect.record = told(next, "charge.dispute.updated");
  return effect;
}

Result close_dispute(const Dispute& dispute, bool won) {
  if (!is_open(dispute)) return closed_already();
  auto next = dispute;
  next.status = won ? "won" : "lost";
  Effect effect;
  effect.record = told(next, "charge.dispute.closed");
  if (won) effect.further.push_back(told(next, "charge.dispute.funds_reinstated"));
  return effect;
}

}  // namespace psp

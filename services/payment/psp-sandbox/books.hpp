#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "records.hpp"

namespace psp {

/// Which part of a list: so many, those that come after that one.
struct PageWanted {
  std::size_t most = 0;
  std::optional<std::string> after;  // an id; nothing: from the newest on
};

template <class Thing>
using Found = std::vector<const Thing*>;

/// Everything the sandbox knows, in memory: what the journal's records add up to. One thread at a
/// time.
class Books {
 public:
  void apply(const Record& record);

  [[nodiscard]] const Intent* find_intent(std::string_view id) const;
  /// The payment that a charge belongs to.
  [[nodiscard]] const Intent* find_charged(std::string_view charge) const;
  [[nodiscard]] const Dispute* find_dispute(std::string_view id) const;
  /// Whether the customer's bank has taken money of this payment back, and has not decided yet.
  [[nodiscard]] bool is_disputed(std::string_view intent) const;
  /// What banks have taken of this payment for good.
  [[nodiscard]] std::int64_t charged_back(std::string_view intent) const;
  /// What banks have taken of this payment and not given back.
  [[nodiscard]] std::int64_t taken_back(std::string_view intent) const;
  [[nodiscard]] const Refund* find_refund(std::string_view id) const;
  /// The newest first. `order_id` is the metadata of that name; none: all.
  [[nodiscard]] Found<Intent> list_intents(const std::optional<std::string>& order_id,
                                           const PageWanted& page) const;
  [[nodiscard]] Found<Refund> list_refunds(const std::optional<std::string>& intent,
                                           const PageWanted& page) const;
  [[nodiscard]] Found<Dispute> list_disputes(const std::optional<std::string>& intent,
                                             const PageWanted& page) const;

  /// What came of the request that came first under a key. Only the latest 20,000 are remembered.
  [[nodiscard]] std::optional<Record> find_keyed(const std::string& key) const;

 private:
  void keep(const std::string& key, const Record& record);
  [[nodiscard]] Found<Dispute> disputes_of(std::string_view intent) const;

  std::unordered_map<std::string, Intent> intents_;
  std::unordered_map<std::string, std::string> intent_of_charge_;
  std::unordered_map<std::string, Refund> refunds_;
  std::unordered_map<std::string, Dispute> disputes_;
  std::vector<std::string> intents_in_order_;
  std::vector<std::string> refunds_in_order_;
  std::vector<std::string> disputes_in_order_;
  std::unordered_map<std::string, std::vector<std::string>> intents_of_order_;
  std::unordered_map<std::string, std::vector<std::string>> refunds_of_intent_;
  std::unordered_map<std::string, std::vector<std::string>> disputes_of_intent_;
  std::unordered_map<std::string, std::string> keyed_;  // as lines: they are seldom asked for
  std::deque<std::string> keys_in_order_;
};

}  // namespace psp

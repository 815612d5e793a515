#include "books.hpp"

#include <algorithm>
#include <utility>

#include "disputes.hpp"

namespace psp {
namespace {

constexpr std::size_t kMaxKept = 20'000;

template <class Map>
const typename Map::mapped_type* find_in(const Map& map, std::string_view key) {
  const auto found = map.find(std::string(key));
  return found == map.end() ? nullptr : &found->second;
}

template <class Thing>
Found<Thing> latest(const std::unordered_map<std::string, Thing>& things,
                    const std::vector<std::string>& in_order, const PageWanted& page) {
  Found<Thing> found;
  auto id = in_order.rbegin();
  if (page.after) {
    id = std::find(id, in_order.rend(), *page.after);
    if (id != in_order.rend()) ++id;
  }
  for (; id != in_order.rend() && found.size() < page.most; ++id) found.push_back(&things.at(*id));
  return found;
}

}  // namespace

void Books::apply(const Record& record) {
  if (record.intent) {
    const auto& intent = *record.intent;
    const auto [at, is_new] = intents_.insert_or_assign(intent.id, intent);
    if (is_new) {
      intents_in_order_.push_back(intent.id);
      for (const auto& [name, value] : intent.metadata) {
        if (name == "order_id") intents_of_order_[value].push_back(intent.id);
      }
    }
    if (intent.charge) intent_of_charge_[*intent.charge] = intent.id;
  }
  if (record.refund && refunds_.emplace(record.refund->id, *record.refund).second) {
    refunds_in_order_.push_back(record.refund->id);
    refunds_of_intent_[record.refund->intent].push_back(record.refund->id);
  }
  if (record.dispute &&
      disputes_.insert_or_assign(record.dispute->id, *record.dispute).second) {
    disputes_in_order_.push_back(record.dispute->id);
    disputes_of_intent_[record.dispute->intent].push_back(record.dispute->id);
  }
  if (record.key) keep(record.key->key, record);
}

void Books::keep(const std::string& key, const Record& record) {
  if (!keyed_.emplace(key, to_line(record)).second) return;
  keys_in_order_.push_back(key);
  if (keys_in_order_.size() <= kMaxKept) return;
  keyed_.erase(keys_in_order_.front());
  keys_in_order_.pop_front();
}

const Intent* Books::find_intent(std::string_view id) const { return find_in(intents_, id); }

const Intent* Books::find_charged(std::string_view charge) const {
  const auto* id = find_in(intent_of_charge_, charge);
  return id == nullptr ? nullptr : find_intent(*id);
}

const Dispute* Books::find_dispute(std::string_view id) const { return find_in(disputes_, id); }

Found<Dispute> Books::disputes_of(std::string_view intent) const {
  return list_disputes(std::string(intent), {disputes_.size(), std::nullopt});
}

bool Books::is_disputed(std::string_view intent) const {
  const auto known = disputes_of(intent);
  return std::any_of(known.begin(), known.end(), [](const auto* each) { return is_open(*each); });
}

std::int64_t Books::charged_back(std::string_view intent) const {
  std::int64_t amount = 0;
  for (const auto* each : disputes_of(intent)) amount += each->status == "lost" ? each->amount : 0;
  return amount;
}

std::int64_t Books::taken_back(std::string_view intent) const {
  std::int64_t amount = 0;
  for (const auto* each : disputes_of(intent)) amount += each->status == "won" ? 0 : each->amount;
  return amount;
}

const Refund* Books::find_refund(std::string_view id) const { return find_in(refunds_, id); }

Found<Intent> Books::list_intents(const std::optional<std::string>& order_id,
                                  const PageWanted& page) const {
  if (!order_id) return latest(intents_, intents_in_order_, page);
  const auto* of_order = find_in(intents_of_order_, *order_id);
  return of_order == nullptr ? Found<Intent>() : latest(intents_, *of_order, page);
}

Found<Refund> Books::list_refunds(const std::optional<std::string>& intent,
                                  const PageWanted& page) const {
  if (!intent) return latest(refunds_, refunds_in_order_, page);
  const auto* of_intent = find_in(refunds_of_intent_, *intent);
  return of_intent == nullptr ? Found<Refund>() : latest(refunds_, *of_intent, page);
}

Found<Dispute> Books::list_disputes(const std::optional<std::string>& intent,
                                    const PageWanted& page) const {
  if (!intent) return latest(disputes_, disputes_in_order_, page);
  const auto* of_intent = find_in(disputes_of_intent_, *intent);
  return of_intent == nullptr ? Found<Dispute>() : latest(disputes_, *of_intent, page);
}

std::optional<Record> Books::find_keyed(const std::string& key) const {
  const auto* line = find_in(keyed_, key);
  return line == nullptr ? std::nullopt : parse_line(*line).record;
}

}  // namespace psp

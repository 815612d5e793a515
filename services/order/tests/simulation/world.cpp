#include "simulation/world.hpp"

#include <algorithm>
#include <utility>

namespace order::simulation {
namespace {

using std::chrono::milliseconds;
using test::FakeStock;
using test::Fault;

constexpr int kMaxDepth = 2;
constexpr std::size_t kProducts = 4;

bool is_sold(OrderStatus status) {
  return status == OrderStatus::confirmed || status == OrderStatus::shipped ||
         status == OrderStatus::delivered;
}

void require(bool holds, const char* invariant, OrderId order) {
  if (!holds) throw Violation(std::string(invariant) + ", order " + order.str(), order);
}

}  // namespace

World::World(std::uint64_t seed) : dice_(seed) {
  for (std::size_t i = 0; i < kProducts; ++i) {
    // Few of each, so that buyers fight for the last ones.
    const auto on_hand = static_cast<std::int64_t>(5 + below(20));
    const auto product = shop_.product(on_hand, static_cast<std::int64_t>(100 + below(900)));
    products_.push_back(product);
    first_stock_[product] = on_hand;
  }
  shop_.stock.meddle = [this](std::function<void()> late) { return meet_fault(std::move(late)); };
  shop_.payments.meddle = shop_.stock.meddle;
  shop_.tables.meddle = [this] { meddle_with_the_store(); };
}

bool World::chance(double probability) {
  return std::uniform_real_distribution<double>(0, 1)(dice_) < probability;
}

std::size_t World::below(std::size_t count) {
  return std::uniform_int_distribution<std::size_t>(0, count - 1)(dice_);
}

std::optional<OrderId> World::some_order() {
  if (commands_.empty()) return std::nullopt;
  const auto& command = commands_.at(below(commands_.size()));
  const auto record = shop_.tables.keys.find({command.buyer, command.key.key});
  return record == shop_.tables.keys.end() ? std::nullopt : record->second.order;
}

Fault World::meet_fault(std::function<void()> late) {
  if (depth_ < kMaxDepth && chance(trouble_ / 4)) act();  // another thread was quicker
  if (chance(trouble_ / 20)) throw Crash{};
  if (!chance(trouble_)) return Fault::none;
  ++counts_.faults;
  switch (below(3)) {
    case 0: return Fault::not_reached;
    case 1: return Fault::answer_lost;
    default: break;
  }
  late_.push_back(std::move(late));
  return Fault::still_on_its_way;
}

void World::meddle_with_the_store() {
  if (chance(trouble_ / 40)) throw Crash{};
}

Counts World::run(std::uint64_t checkouts) {
  while (counts_.checkouts < checkouts) act_and_survive([this] { act(); });
  trouble_ = 0;
  while (!late_.empty()) let_a_late_call_arrive();
  for (int round = 0; round < 100 && !shop_.tables.sagas.empty(); ++round) {
    shop_.recover();
    shop_.clock.advance(std::chrono::seconds(10));
  }
  check_at_rest();
  return counts_;
}

void World::act_and_survive(const std::function<void()>& action) {
  try {
    action();
  } catch (const Crash&) {
    die();
  }
  ++counts_.steps;
  check_always();
}

void World::act() {
  ++depth_;
  struct Leave {
    int& depth;
    ~Leave() { --depth; }
  } const leave{depth_};
  switch (below(16)) {
    case 0:
    case 1:
    case 2: return place();
    case 3: return ask_again();
    case 4: return cancel();
    case 5: return refund();
    case 6: return ship_or_deliver();
    case 7: return let_a_late_call_arrive();
    case 8:
      if (chance(0.2)) let_a_hold_run_out();
      if (chance(0.1)) let_an_authorisation_run_out();
      return;
    case 9: return shop_.clock.advance(milliseconds(below(3'000)));
    case 10:
      if (chance(trouble_)) throw Crash{};
      return;
    default: return run_one_saga();
  }
}

void World::place() {
  ++counts_.checkouts;
  std::vector<RequestedLine> lines;
  for (const auto& product : products_) {
    if (chance(0.4)) lines.push_back({product, static_cast<std::int64_t>(1 + below(3))});
  }
  if (lines.empty()) lines.push_back({products_.front(), 1});
  auto command = shop_.command(std::move(lines));
  command.key.key = "key-" + std::to_string(commands_.size());
  command.wait = milliseconds(chance(0.3) ? 0 : 4'000);
  if (chance(0.1)) command.request.payment_method = "pm_card_declined";
  commands_.push_back(command);
  const auto stored = shop_.tables.orders.size();
  const auto requests = ++requests_;
  try {
    remember(command, shop_.place(command));
  } catch (const mercato::Overloaded&) {
    // Others may have come while the catalog was asked: then it cannot be told whose an order is.
    if (requests_ == requests && shop_.tables.orders.size() != stored) {
      throw Violation("refused, and stored all the same");
    }
  }
}

/// The same request again: what was answered once is answered for ever.
void World::ask_again() {
  if (commands_.empty()) return;
  const auto command = commands_.at(below(commands_.size()));
  ++requests_;
  try {
    remember(command, shop_.place(command));
  } catch (const mercato::Error&) {
    // Still under way, or stored nothing.
  }
}

void World::remember(const PlaceOrderCommand& command, const Answer& answer) {
  const auto [known, is_new] = answers_.emplace(command.key.key, answer);
  if (!is_new && !(known->second == answer)) {
    throw Violation("I7: " + command.key.key + " was answered " +
                    std::to_string(known->second.status) + " and then " +
                    std::to_string(answer.status));
  }
}

void World::cancel() {
  const auto id = some_order();
  if (!id) return;
  const auto result = shop_.cancel_order.cancel(shop_.owner, *id, "", mercato::Deadline::never());
  if (result.accepted) cancelled_.push_back(*id);
}

void World::refund() {
  const auto id = some_order();
  if (!id) return;
  RefundRequest request;
  request.reason = "simulated";
  if (chance(0.5)) request.amount = Money{static_cast<std::int64_t>(1 + below(400)), "GBP"};
  if (chance(0.3)) {
    const auto order = shop_.get(*id);
    request.amount.reset();
    request.lines = {{order.lines.front().product, 1}};
    request.restock = chance(0.5);
  }
  const RequestKey key{shop_.admin.user, "refund-" + std::to_string(dice_()), "fingerprint"};
  try {
    static_cast<void>(
        shop_.refund_order.refund(*id, request, key, "", mercato::Deadline::never()));
  } catch (const mercato::Error&) {
    // More than was bought, or not of this order.
  }
}

void World::ship_or_deliver() {
  const auto id = some_order();
  if (!id) return;
  try {
    if (chance(0.5)) {
      if (shop_.ship_order.ship(*id, {}, "", mercato::Deadline::never()).accepted) {
        shipped_.push_back(*id);
      }
    } else if (shop_.deliver_order.deliver(*id, "").accepted) {
      delivered_.push_back(*id);
    }
  } catch (const mercato::Error&) {
    // The payment service could not be asked: later.
  }
}

void World::run_one_saga() {
  auto& queue = shop_.dispatcher.queue;
  if (queue.empty()) {
    for (auto& saga : shop_.claim_due(1 + below(3))) {
      saga.hold = shop_.running.take(saga.id);
      queue.push_back(std::move(saga));
    }
  }
  if (queue.empty()) return;
  auto saga = std::move(queue.front());
  queue.pop_front();
  try {
    shop_.drive.run(std::move(saga), mercato::Deadline::never());
  } catch (const mercato::Error&) {
    // As the runners do: the next scan finds it.
  }
}

void World::let_a_late_call_arrive() {
  if (late_.empty()) return;
  const auto chosen = late_.begin() + static_cast<std::ptrdiff_t>(below(late_.size()));
  const auto call = std::move(*chosen);
  late_.erase(chosen);
  call();
}

void World::let_a_hold_run_out() {
  auto& reservations = shop_.stock.reservations;
  if (reservations.empty()) return;
  auto entry = reservations.begin();
  std::advance(entry, static_cast<std::ptrdiff_t>(below(reservations.size())));
  auto& held = entry->second;
  if (held.state != FakeStock::Held::State::held) return;
  for (const auto& line : held.lines) {
    shop_.stock.items.at(line.product).reserved -= line.quantity;
  }
  held.state = FakeStock::Held::State::expired;
}

std::string World::story_of(OrderId id) const {
  std::string story;
  const auto timeline = shop_.tables.timelines.find(id);
  if (timeline == shop_.tables.timelines.end()) return story;
  for (const auto& entry : timeline->second) {
    story += "  " + entry.step + " (" + std::to_string(entry.attempt) + ") " +
             entry.outcome + ' ' + entry.detail + '\n';
  }
  const auto& order = shop_.tables.orders.at(id);
  const auto account = shop_.payments.accounts.find(id);
  story += "  " + std::string(name(order.status)) + ", refunded " +
           std::to_string(order.refunded_minor) + ", pending " +
           std::to_string(order.refund_pending_minor);
  if (account != shop_.payments.accounts.end()) {
    story += "; captured " + std::to_string(account->second.captured) + ", given back " +
             std::to_string(account->second.refunded);
  }
  return story + '\n';
}

/// The provider lets go of an authorisation that has grown old.
void World::let_an_authorisation_run_out() {
  auto& accounts = shop_.payments.accounts;
  if (accounts.empty()) return;
  auto entry = accounts.begin();
  std::advance(entry, static_cast<std::ptrdiff_t>(below(accounts.size())));
  auto& account = entry->second;
  if (account.authorized > 0 && account.captured == 0) account.voided = true;
}

/// Nothing in memory survives; calls that were sent are still on their way.
void World::die() {
  ++counts_.crashes;
  depth_ = 0;
  shop_.restart();
  for (auto& [key, record] : shop_.tables.keys) {
    record.owner_alive = false;
    record.owned_by_us = false;
  }
}

void World::check_always() const {
  for (const auto& [product, item] : shop_.stock.items) {
    if (item.reserved < 0 || item.reserved > item.on_hand) throw Violation("I1: reserved");
  }
  for (const auto& [id, account] : shop_.payments.accounts) {
    require(account.charges <= 1, "I2: charged twice", id);
    require(0 <= account.refunded && account.refunded <= account.captured, "I2: over-refund", id);
    const auto order = shop_.tables.orders.find(id);
    require(order != shop_.tables.orders.end(), "I4: a payment without its order", id);
    require(account.captured == 0 || order->second.status != OrderStatus::pending,
            "I6: captured before it was sold", id);
    require(account.captured == 0 || order->second.status != OrderStatus::rejected,
            "I6: captured and rejected", id);
  }
  for (const auto& [id, row] : shop_.tables.sagas) {
    require(row.parked_reason.empty(), "I5: parked", row.order);
  }
}

FakeStock::Held World::reservation_of(OrderId id) const {
  const auto found = shop_.stock.reservations.find(id);
  if (found != shop_.stock.reservations.end()) return found->second;
  FakeStock::Held nothing;
  nothing.state = FakeStock::Held::State::released;
  return nothing;
}

void World::check_at_rest() {
  check_always();
  auto left = first_stock_;
  for (const auto& [id, order] : shop_.tables.orders) {
    require(order.status != OrderStatus::pending && order.status != OrderStatus::cancelling,
            "I5: does not come to rest", id);
    const auto held = reservation_of(id);
    const auto account = shop_.payments.accounts[id];
    if (is_sold(order.status)) {
      require(held.state == FakeStock::Held::State::sold, "I6: sold without its stock", id);
      require(account.captured == order.total->amount_minor, "I6: sold and not paid", id);
      require(!account.voided, "I6: sold and its payment voided", id);
      require(total_of(order.lines)->amount_minor == order.total->amount_minor, "I9: total", id);
    } else {
      require(held.state != FakeStock::Held::State::held &&
                  held.state != FakeStock::Held::State::sold,
              "I6: undone and its stock kept", id);
      require(account.captured == account.refunded, "I6: undone and its money kept", id);
      require(account.authorized == 0 || account.voided || account.declined,
              "I6: undone and its money held", id);
    }
    require(order.refunded_minor == account.refunded, "I2: refunded other than it says", id);
    require(order.refund_pending_minor == 0, "I5: a refund does not come to rest", id);
    for (const auto& line : held.lines) left[line.product] -= line.quantity;
  }
  for (const auto& [product, item] : shop_.stock.items) {
    if (item.reserved != 0 || item.on_hand != left[product]) throw Violation("I1: stock");
  }
  if (!shop_.tables.sagas.empty()) throw Violation("I5: something is still owed");
  for (const auto& id : shipped_) {
    const auto status = shop_.get(id).status;
    require(status == OrderStatus::shipped || status == OrderStatus::delivered,
            "I6: was shipped", id);
  }
  for (const auto& id : delivered_) {
    require(shop_.get(id).status == OrderStatus::delivered, "I6: was delivered", id);
  }
  for (const auto& id : cancelled_) {
    require(shop_.get(id).status == OrderStatus::cancelled, "I6: was cancelled", id);
  }
  shop_.clock.advance(Crowd::kCalm);  // nobody is refused any more for want of room
  for (const auto& command : commands_) {
    if (answers_.count(command.key.key) > 0) remember(command, shop_.place(command));
  }
}

}  // namespace order::simulation

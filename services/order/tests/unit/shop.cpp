#include "shop.hpp"

#include <stdexcept>

#include <mercato/json/json.hpp>

namespace order::test {
namespace {

template <class Reply, class Work>
Reply answer(const Meddle& meddle, Fault fault, const Work& work) {
  if (meddle) fault = meddle([work] { static_cast<void>(work()); });
  if (fault == Fault::not_reached) return NoAnswer{"connection refused", false};
  if (fault == Fault::still_on_its_way) return NoAnswer{"timed out", true};
  Reply reply = work();
  if (fault == Fault::answer_lost) return NoAnswer{"timed out", true};
  return reply;
}

}  // namespace

UserDirectory::Answer FakeUsers::check(UserId user, std::optional<AddressId> address,
                                       mercato::Deadline) {
  return answer<Answer>(nullptr, fault, [&]() -> Answer {
    if (disabled.count(user) > 0) return UserDisabled{};
    if (!address) return ActiveBuyer{};
    const auto found = addresses.find(*address);
    if (found == addresses.end()) return AddressNotFound{};
    return ActiveBuyer{found->second};
  });
}

StockKeeper::Reservation FakeStock::reserve(OrderId order, const std::vector<RequestedLine>& lines,
                                            mercato::Deadline) {
  ++calls;
  return answer<Reservation>(meddle, fault_at_reserve, [=, this]() -> Reservation {
    const auto known = reservations.find(order);
    if (known != reservations.end() && known->second.state == Held::State::released) {
      return Withdrawn{};
    }
    Reserved reserved;
    OutOfStock shortage;
    for (const auto& line : lines) {
      auto& item = items.at(line.product);
      const auto available = item.on_hand - item.reserved;
      if (known == reservations.end() && available < line.quantity) {
        shortage.lines.push_back({line.product, item.offer.sku, line.quantity, available});
      }
      reserved.lines.push_back({line, item.offer});
    }
    if (!shortage.lines.empty()) return shortage;
    if (known == reservations.end()) {
      for (const auto& line : lines) items.at(line.product).reserved += line.quantity;
      reservations[order] = {Held::State::held, lines};
    }
    return reserved;
  });
}

StockKeeper::Commitment FakeStock::commit(OrderId order, mercato::Deadline) {
  ++calls;
  if (before_commit) before_commit();
  return answer<Commitment>(meddle, fault_at_commit, [=, this]() -> Commitment {
    auto& held = reservations.at(order);
    switch (held.state) {
      case Held::State::expired:
        return Expired{};
      case Held::State::released:
        return Withdrawn{};
      case Held::State::sold:
        return Done{};
      case Held::State::held:
        break;
    }
    for (const auto& line : held.lines) {
      auto& item = items.at(line.product);
      item.reserved -= line.quantity;
      item.on_hand -= line.quantity;
    }
    held.state = Held::State::sold;
    return Done{};
  });
}

StockKeeper::Release FakeStock::release(OrderId order, mercato::Deadline) {
  ++calls;
  return answer<Release>(meddle, fault_at_release, [=, this]() -> Release {
    auto& held = reservations[order];
    for (const auto& line : held.lines) {
      auto& item = items.at(line.product);
      if (held.state == Held::State::held) item.reserved -= line.quantity;
      if (held.state == Held::State::sold) item.on_hand += line.quantity;
    }
    held.state = Held::State::released;
    held.lines.clear();
    return Done{};
  });
}

StockKeeper::Restock FakeStock::restock(OrderId order, RefundId refund,
                                        const std::vector<RequestedLine>& lines,
                                        mercato::Deadline) {
  ++calls;
  return answer<Restock>(meddle, fault_at_restock, [=, this]() -> Restock {
    if (reservations.at(order).state == Held::State::released) return Withdrawn{};
    if (!restocked.insert(refund).second) return Done{};
    for (const auto& line : lines) {
      items.at(line.product).on_hand += line.quantity;
      for (auto& sold : reservations.at(order).lines) {
        if (sold.product == line.product) sold.quantity -= line.quantity;
      }
    }
    return Done{};
  });
}

ProductCatalog::Answer FakeProducts::list(const std::vector<ProductId>& products,
                                          mercato::Deadline) {
  return answer<Answer>(stock_.meddle, fault, [=, this]() -> Answer {
    Products found;
    for (const auto& product : products) {
      const auto item = stock_.items.find(product);
      if (item == stock_.items.end()) continue;
      const auto& [offer, on_hand, reserved] = item->second;
      found[product] = {offer, on_hand - reserved, false};
    }
    return found;
  });
}

PaymentGateway::Authorization FakePayments::authorize(const Order& order,
                                                      const std::string& payment_method,
                                                      mercato::Deadline) {
  return answer<Authorization>(meddle, fault_at_authorize, [=, this]() -> Authorization {
    auto& account = accounts[order.id];
    if (account.voided) return Withdrawn{};
    if (payment_method != "pm_card_visa") {
      account.declined = true;
      return PaymentDeclined{"card_declined"};
    }
    if (account.authorized == 0) ++account.charges;
    account.authorized = order.total->amount_minor;
    return Authorized{account.id};
  });
}

PaymentGateway::Capture FakePayments::capture(OrderId order, mercato::Deadline) {
  return answer<Capture>(meddle, fault_at_capture, [=, this]() -> Capture {
    auto& account = accounts.at(order);
    if (capture_refused || account.voided) return CaptureRefused{};
    account.captured = account.authorized;
    return Done{};
  });
}

PaymentGateway::Void FakePayments::void_payment(OrderId order, mercato::Deadline) {
  return answer<Void>(meddle, fault_at_void, [=, this]() -> Void {
    auto& account = accounts[order];
    account.voided = true;
    account.refunded = account.captured;
    return Voided{account.captured > 0};
  });
}

PaymentGateway::Refunding FakePayments::refund(OrderId order, RefundId refund, const Money& amount,
                                               const std::string&, mercato::Deadline) {
  return answer<Refunding>(meddle, fault_at_refund, [=, this]() -> Refunding {
    auto& account = accounts.at(order);
    if (account.refunds.count(refund) > 0) return Done{};
    if (account.captured == 0) return RefundRefused{false};
    if (account.refunded + amount.amount_minor > account.captured) return RefundRefused{true};
    account.refunded += amount.amount_minor;
    account.refunds.insert(refund);
    return Done{};
  });
}

std::string code_of(const Answer& answer) {
  return mercato::json::parse(answer.body).at("code").get<std::string>();
}

Shop::Shop() {
  tables.seen_active.insert(buyer);
}

ProductId Shop::product(std::int64_t on_hand, std::int64_t price_minor) {
  const auto id = ProductId::make();
  stock.items[id] = {
      {"SKU-" + std::to_string(stock.items.size()), "Mug", {price_minor, "GBP"}}, on_hand, 0};
  return id;
}

PlaceOrderCommand Shop::command(std::vector<RequestedLine> lines) {
  static int keys = 0;
  PlaceOrderCommand command;
  command.buyer = buyer;
  command.lines = std::move(lines);
  command.shipping_address = Address{"Ada", "1 High Street", {}, "London", {}, "N1 1AA", "GB", {}};
  command.request.payment_method = "pm_card_visa";
  command.key = {buyer, "key-" + std::to_string(++keys), "fingerprint"};
  command.trace_id = "0af7651916cd43dd8448eb211c80319c";
  return command;
}

Answer Shop::place(const PlaceOrderCommand& command) {
  auto placement = place_order.place(command);
  if (const auto* answered = std::get_if<Answered>(&placement)) return answered->answer;
  const auto& waiting = std::get<Waiting>(placement);
  return answers.end_wait(waiting.order, command.buyer, command.key.key, waiting.pending).value();
}

Order Shop::paid_order(std::vector<RequestedLine> lines) {
  const auto placed = command(std::move(lines));
  if (place(placed).status != 201) throw std::logic_error("the order was not confirmed");
  recover();
  return order_of(placed);
}

void Shop::restart() {
  dispatcher.queue.clear();
}

std::vector<Saga> Shop::claim_due(std::size_t limit) {
  auto claimed = sagas.claim_due(SagaLane::captures, running.ids(), limit);
  for (auto& saga : sagas.claim_due(SagaLane::others, running.ids(), limit)) {
    claimed.push_back(std::move(saga));
  }
  return claimed;
}

void Shop::recover() {
  for (int round = 0; round < 20; ++round) {
    std::vector<Saga> sagas_to_run;
    while (!dispatcher.queue.empty()) {
      sagas_to_run.push_back(std::move(dispatcher.queue.front()));
      dispatcher.queue.pop_front();
    }
    if (sagas_to_run.empty()) sagas_to_run = claim_due(100);
    if (sagas_to_run.empty() && tables.sagas.empty()) return;
    for (auto& saga : sagas_to_run) {
      saga.hold = running.take(saga.id);
      drive.run(std::move(saga), mercato::Deadline::never());
    }
    clock.advance(std::chrono::milliseconds(100));
  }
}

Order Shop::order_of(const PlaceOrderCommand& command) {
  return tables.orders.at(*tables.keys.at({command.buyer, command.key.key}).order);
}

}  // namespace order::test

#include "workers/event_consumers.hpp"

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "domain/cart.hpp"
#include "storage/pg_inactive_users.hpp"
#include "storage/pg_remembered_offers.hpp"

namespace order::workers {
namespace {

namespace db = mercato::db;
namespace events = mercato::events;
using storage::PgInactiveUsers;

template <class Id>
Id id_of(const events::Event& event, const char* member) {
  const auto id = Id::parse(event.data.at(member).get<std::string>());
  if (!id) throw std::invalid_argument(std::string(member) + " is no id");
  return *id;
}

void apply_user_events(db::Transaction& transaction, const std::vector<events::Event>& news,
                       const std::function<void(UserId)>& status_changed) {
  for (const auto& event : news) {
    const auto user = id_of<UserId>(event, "user_id");
    status_changed(user);
    if (event.type == "user.deleted") {
      PgInactiveUsers::erase(transaction, user);
    } else if (event.type == "user.disabled") {
      PgInactiveUsers::disable(transaction, user);
    } else {
      PgInactiveUsers::enable(transaction, user);
    }
  }
}

void apply_product_events(db::Pool& pool, db::Transaction& transaction,
                          const std::vector<events::Event>& news) {
  std::map<ProductId, Offer> offers;  // the last word on each
  for (const auto& event : news) {
    const auto& price = event.data.at("price");
    offers[id_of<ProductId>(event, "product_id")] =
        Offer{event.data.at("sku").get<std::string>(),
              event.data.at("name").get<std::string>(),
              {price.at("amount").get<std::int64_t>(), price.at("currency").get<std::string>()}};
  }
  storage::refresh_remembered_offers(pool, transaction, offers);
}

events::ConsumerOptions options(const char* source, std::vector<std::string> types,
                                std::chrono::milliseconds compare_interval) {
  events::ConsumerOptions options;
  options.source = source;
  options.types = std::move(types);
  options.compare_interval = compare_interval;
  return options;
}

}  // namespace

EventConsumers::EventConsumers(db::Pool& pool, mercato::redis::Client& redis,
                               mercato::http::ClientOptions users,
                               mercato::http::ClientOptions products,
                               std::function<void(UserId)> status_changed,
                               std::chrono::milliseconds compare_interval)
    : user_events_(
          options("user", {"user.disabled", "user.enabled", "user.deleted"}, compare_interval),
          [status_changed = std::move(status_changed)](auto& transaction, const auto& news) {
            apply_user_events(transaction, news, status_changed);
          },
          pool, redis, std::move(users)),
      // A product that was just created is in no cart.
      product_events_(options("catalog", {"product.updated", "product.archived"},
                              compare_interval),
                      [&pool](auto& transaction, const auto& news) {
                        apply_product_events(pool, transaction, news);
                      },
                      pool, redis, std::move(products)) {}

void EventConsumers::start() {
  user_events_.start();
  product_events_.start();
}

void EventConsumers::stop() {
  user_events_.stop();
  product_events_.stop();
}

}  // namespace order::workers

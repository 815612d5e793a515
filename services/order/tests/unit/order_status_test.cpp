#include <support/catch.hpp>

#include "domain/country.hpp"
#include "domain/holds.hpp"
#include "domain/order.hpp"
#include "domain/slots.hpp"
#include "domain/timeline.hpp"
#include "shop.hpp"

using namespace order;

TEST_CASE("statuses have names that can be read back", "[order_status]") {
  for (const auto status :
       {OrderStatus::pending, OrderStatus::confirmed, OrderStatus::shipped, OrderStatus::delivered,
        OrderStatus::rejected, OrderStatus::cancelling, OrderStatus::cancelled}) {
    CHECK(parse_order_status(name(status)) == status);
  }
  CHECK_FALSE(parse_order_status("paid"));
}

TEST_CASE("delivered, rejected and cancelled orders are final", "[order_status]") {
  for (const auto status :
       {OrderStatus::delivered, OrderStatus::rejected, OrderStatus::cancelled}) {
    CHECK(is_final(status));
  }
  for (const auto status : {OrderStatus::pending, OrderStatus::confirmed, OrderStatus::shipped,
                            OrderStatus::cancelling}) {
    CHECK_FALSE(is_final(status));
  }
}

TEST_CASE("an id stays held until its last hold is gone", "[holds]") {
  Holds holds;
  const auto id = OrderId::make();
  {
    auto first = holds.take(id);
    const auto second = holds.take(id);
    first = Holds::Hold();
    CHECK(holds.contains(id));
    CHECK(holds.ids().size() == 1);
  }
  CHECK_FALSE(holds.contains(id));
}

TEST_CASE("slots are given back", "[slots]") {
  Slots slots(1);
  {
    const auto slot = slots.try_take();
    CHECK(slot.has_value());
    CHECK_FALSE(slots.try_take().has_value());
  }
  CHECK(slots.try_take().has_value());
}

TEST_CASE("a neighbour that stays away does not fill the timeline", "[timeline]") {
  test::ManualClock clock;
  std::size_t entries = 0;
  for (int attempt = 1; attempt <= 100; ++attempt) {
    StepLog log(clock, "", attempt);
    log.add("reserve_stock", "catalog", StepOutcome::unknown);
    entries += log.entries().size();
  }
  CHECK(entries == 8);  // 1 2 3 4 8 16 32 64
}

TEST_CASE("country codes are those of ISO 3166-1", "[country]") {
  CHECK(is_country("GB"));
  CHECK(is_country("ZW"));
  CHECK_FALSE(is_country("gb"));
  CHECK_FALSE(is_country("UK"));
  CHECK_FALSE(is_country("D "));
  CHECK_FALSE(is_country(""));
}

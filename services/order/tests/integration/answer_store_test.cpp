#include <support/catch.hpp>

#include <string>

#include <mercato/error/error.hpp>

#include "deployment.hpp"
#include "storage/pg_answer_store.hpp"

using namespace order::test;

namespace {

/// The store of answers in the hands of a test.
struct Answers {
  explicit Answers(const Deployment& shop)
      : pool({.url = shop.database_url, .application_name = "test", .size = 1}) {}

  mercato::db::Pool pool;
  order::storage::Sealer sealer{""};
  order::storage::PgAnswerStore store{pool, mercato::Uuid::v7(), sealer};
};

}  // namespace

TEST_CASE("a wait ends, and a promise is kept, only under the key of its own order",
          "[answers][integration]") {
  auto& shop = deployment();
  const auto ada = shop.customer();
  const auto order = order::OrderId::make();
  static_cast<void>(
      shop.sql("INSERT INTO idempotency_key (subject, key, fingerprint, order_id) VALUES ('" +
               ada.id + "', 'reused', '', '" + order.str() + "')"));
  Answers answers(shop);
  const auto user = *order::UserId::parse(ada.id);
  const order::Answer pending{202, "application/json", "/", "{}"};
  const auto another = order::OrderId::make();
  CHECK_FALSE(answers.store.end_wait(another, user, "reused", pending));
  answers.store.overwrite(another, user, "reused", pending);
  CHECK_FALSE(answers.store.find(user, "reused")->answer);
  CHECK(answers.store.end_wait(order, user, "reused", pending) == pending);
  CHECK_FALSE(answers.store.end_wait(another, user, "reused", pending));
}

TEST_CASE("a refusal is kept over no refund that was made under its key since",
          "[answers][integration]") {
  auto& shop = deployment();
  const auto admin = shop.admin();
  const auto refund = order::RefundId::make();
  static_cast<void>(
      shop.sql("INSERT INTO idempotency_key (subject, key, fingerprint, order_id, refund_id)"
               " VALUES ('" + admin.id + "', 'refund', 'same', gen_random_uuid(), '" +
               refund.str() + "')"));
  Answers answers(shop);
  const order::RequestKey key{*order::UserId::parse(admin.id), "refund", "same"};
  const order::Answer refused{409, "application/problem+json", "", "{}"};
  const order::Answer made{201, "application/json", "", "{}"};
  const auto keep_refusal = [&] {
    return answers.store.keep(key, refused, std::nullopt);
  };
  CHECK_THROWS_AS(keep_refusal(), mercato::Error);
  CHECK_FALSE(answers.store.find(key.user, key.key)->answer);

  CHECK_FALSE(answers.store.keep(key, made, refund).replayed);
  const auto again = keep_refusal();
  CHECK(again.replayed);
  CHECK(again.answer == made);
}

TEST_CASE("old keys go, but for those of requests that are still to be answered",
          "[answers][integration]") {
  Deployment shop;
  const auto mug = new_product();
  shop.neighbours.set_stock(mug, 5);
  shop.neighbours.meddle([](const PeerRequest& request) -> std::optional<Neighbours::Meddling> {
    if (!request.target.ends_with("/payments")) return std::nullopt;
    return Neighbours::Meddling{{202, R"({"status":"unknown"})"}, false};
  });
  REQUIRE(shop.place(shop.customer(), "pending", order_body(mug, 1), "wait=0").status == 202);
  REQUIRE(shop.service->terminate() == 0);
  const auto sql = [&](const std::string& statement) {
    static_cast<void>(shop.sql(statement));
  };
  sql("UPDATE idempotency_key SET status = NULL, created_at = created_at - interval '3 days',"
      " answer_by = answer_by - interval '3 days'");
  sql("INSERT INTO idempotency_key (subject, key, fingerprint, order_id, refund_id, created_at)"
      " SELECT gen_random_uuid(), 'refund', '', order_id, gen_random_uuid(), created_at"
      " FROM idempotency_key");
  sql("INSERT INTO idempotency_key (subject, key, fingerprint, created_at)"
      " VALUES (gen_random_uuid(), 'claimed', '', now() - interval '3 days'),"
      " (gen_random_uuid(), 'new', '', now())");
  sql("INSERT INTO idempotency_key (subject, key, fingerprint, order_id, status, created_at)"
      " SELECT gen_random_uuid(), 'answered', '', order_id, 202, created_at"
      " FROM idempotency_key WHERE key = 'pending'");

  Answers answers(shop);
  CHECK(answers.store.prune(std::chrono::hours(48), 2) == 2);
  CHECK(answers.store.prune(std::chrono::hours(48), 2) == 1);
  CHECK(answers.store.prune(std::chrono::hours(48), 2) == 0);
  CHECK(shop.sql("SELECT string_agg(key, ' ' ORDER BY key) FROM idempotency_key") ==
        "new pending");

  sql("DELETE FROM saga");
  CHECK(answers.store.prune(std::chrono::hours(48), 2) == 1);
}

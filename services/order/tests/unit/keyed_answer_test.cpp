#include <support/catch.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <mercato/error/error.hpp>
#include <mercato/http/problem.hpp>

#include "http/keyed_answer.hpp"
#include "shop.hpp"

using namespace order;
using namespace order::test;
namespace http = mercato::http;

namespace {

/// Answers of a store in which other things happen once a key is claimed.
class SlowAnswers : public InMemoryAnswers {
 public:
  using InMemoryAnswers::InMemoryAnswers;
  std::optional<KeyRecord> claim(const RequestKey& key) override {
    auto taken = InMemoryAnswers::claim(key);
    if (const auto happens = std::exchange(after_claim, nullptr)) happens();
    return taken;
  }

  std::function<void()> after_claim;
};

struct KeyedFixture {
  Tables tables;
  SlowAnswers answers{tables};
  api::KeyedAnswers keyed{answers};
  int acted = 0;

  http::Request request = [] {
    http::Request asked;
    asked.method = http::Method::post;
    asked.path = "/api/v1/orders/1/cancel";
    asked.caller.subject = mercato::Uuid::v7();
    asked.headers.set("Idempotency-Key", "k");
    return asked;
  }();

  http::Response run(int status = 200) {
    return keyed.run(request, [this, status] {
      ++acted;
      return http::json_response({{"acted", acted}}, status);
    });
  }
  std::string code_of_failure() {
    try {
      run();
    } catch (const mercato::Error& error) {
      return error.code();
    }
    return "";
  }
};

}  // namespace

TEST_CASE_METHOD(KeyedFixture, "a key gets the first answer again", "[keyed_answer]") {
  const auto first = run();
  const auto again = run();
  CHECK(acted == 1);
  CHECK(again.body == first.body);
  CHECK_FALSE(first.headers.get("Idempotent-Replayed"));
  CHECK(again.headers.get("Idempotent-Replayed") == "true");
}

TEST_CASE_METHOD(KeyedFixture, "without a key every request acts", "[keyed_answer]") {
  request.headers = {};
  run();
  run();
  CHECK(acted == 2);
  CHECK(tables.keys.empty());
}

TEST_CASE_METHOD(KeyedFixture, "two requests with one key never both act", "[keyed_answer]") {
  std::string other;
  static_cast<void>(keyed.run(request, [&] {
    other = code_of_failure();
    return http::json_response({}, 200);
  }));
  CHECK(other == "request_in_progress");
  request.path = "/api/v1/orders/2/cancel";
  CHECK(code_of_failure() == "idempotency_key_reused");
  CHECK(acted == 0);
}

TEST_CASE_METHOD(KeyedFixture, "a key is not lost while its claim is on the way back",
                 "[keyed_answer]") {
  std::string other;
  answers.after_claim = [&] { other = code_of_failure(); };
  CHECK(run().status == 200);
  CHECK(other == "request_in_progress");
  CHECK(acted == 1);
}

TEST_CASE_METHOD(KeyedFixture, "a used key says so before a bad body does", "[keyed_answer]") {
  const auto refuse = [](const http::Request&) -> int {
    throw mercato::validation_failed({{"/lines", "required", "Missing."}});
  };
  const auto code_of = [&] {
    try {
      static_cast<void>(keyed.parse(request, refuse));
    } catch (const mercato::Error& error) {
      return error.code();
    }
    return std::string();
  };
  CHECK(code_of() == "validation_failed");
  run();
  request.body = "{}";
  CHECK(code_of() == "idempotency_key_reused");
  request.headers = {};
  CHECK(code_of() == "validation_failed");
}

TEST_CASE_METHOD(KeyedFixture, "an answer that is not kept frees its key", "[keyed_answer]") {
  CHECK(run(404).status == 404);
  CHECK(run().status == 200);
  CHECK(acted == 2);
  request.headers.set("Idempotency-Key", "other");
  CHECK_THROWS_AS(keyed.run(request, []() -> http::Response { throw mercato::not_found(); }),
                  mercato::Error);
  CHECK(run().status == 200);
}

TEST_CASE_METHOD(KeyedFixture, "the key of a process that died is taken over", "[keyed_answer]") {
  run();
  auto& record = tables.keys.begin()->second;
  record.answer.reset();
  record.owned_by_us = false;
  record.owner_alive = true;
  CHECK(code_of_failure() == "request_in_progress");
  record.owner_alive = false;
  CHECK(run().status == 200);
  record.answer.reset();
  record.owned_by_us = true;  // and yet nobody of us is at it: the answer could not be written
  CHECK(run().status == 200);
}

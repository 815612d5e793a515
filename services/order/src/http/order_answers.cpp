#include "http/order_answers.hpp"

#include <utility>

#include <mercato/http/problem.hpp>

#include "http/order_json.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;
using mercato::Error;
using mercato::ErrorKind;

constexpr const char* kJson = "application/json";

/// What a refusal looks like to the client: an error, and members besides the usual ones.
struct Told {
  Error error;
  Json extensions = Json::object();
};

struct Tell {
  const Order& order;

  Told operator()(const OutOfStock& refusal) const {
    auto told = conflict("out_of_stock", "Not enough is in stock.");
    auto& lines = told.extensions["lines"] = Json::array();
    for (const auto& line : refusal.lines) {
      lines.push_back({{"product_id", line.product.str()},
                       {"sku", line.sku},
                       {"requested", line.requested},
                       {"available", line.available}});
    }
    return told;
  }
  Told operator()(const NotOrderable& refusal) const {
    auto told = conflict("not_orderable", "These products cannot be ordered together, or at all.");
    auto& lines = told.extensions["lines"] = Json::array();
    for (const auto& line : refusal.lines) {
      lines.push_back({{"product_id", line.product.str()}, {"reason", line.reason}});
    }
    return told;
  }
  Told operator()(const PriceChanged& refusal) const {
    auto told = conflict("price_changed", "The total is not the expected one.");
    told.extensions["total"] = to_json(refusal.total);
    return told;
  }
  Told operator()(const PaymentDeclined& refusal) const {
    Told told{Error(ErrorKind::payment_required, "payment_declined", "The payment was declined.")};
    told.extensions["decline_code"] = refusal.decline_code;
    told.extensions["order_id"] = order.id.str();
    return told;
  }
  Told operator()(const UserDisabled&) const {
    return {Error(ErrorKind::forbidden, "user_disabled", "This account cannot order.")};
  }
  Told operator()(const AddressNotFound&) const {
    return {mercato::validation_failed(
        {{"/shipping_address_id", "address_not_found", "No such address in the address book."}})};
  }
  Told operator()(const TotalTooLarge&) const {
    return {mercato::validation_failed(
        {{"/lines", "out_of_range", "The order's total is too large."}})};
  }
  Told operator()(const ReservationExpired&) const {
    return ended("The stock could not be kept any longer.");
  }
  Told operator()(const PaymentUnavailable&) const {
    return ended("The payment could not be made in time.");
  }

 private:
  [[nodiscard]] Told conflict(const char* code, const char* detail) const {
    Told told{Error(ErrorKind::conflict, code, detail)};
    told.extensions["order_id"] = order.id.str();
    return told;
  }
  [[nodiscard]] Told ended(const char* detail) const {
    auto told = conflict("illegal_transition", detail);
    told.extensions["order_status"] = name(order.status);
    return told;
  }
};

}  // namespace

Answer OrderAnswers::confirmed(const Order& order) const {
  return {201, kJson, location_of(order.id), mercato::json::dump(to_json(order))};
}

Answer OrderAnswers::pending(const Order& order) const {
  return {202, kJson, location_of(order.id), mercato::json::dump(to_json(order))};
}

Answer OrderAnswers::refused(const Order& order, const Refusal& refusal,
                             const std::string& trace_id) const {
  const auto told = std::visit(Tell{order}, refusal);
  http::Request request;  // recovery answers for a request that is long gone
  request.path = "/api/v1/orders";
  request.trace.trace_id = trace_id;
  return to_answer(http::problem(told.error, request, told.extensions));
}

http::Response to_response(const Answer& answer, bool replayed) {
  http::Response response;
  response.status = answer.status;
  response.body = answer.body;
  response.content_type = answer.content_type;
  if (!answer.location.empty()) response.headers.set("Location", answer.location);
  if (!answer.etag.empty()) response.headers.set("ETag", answer.etag);
  if (replayed) response.headers.set("Idempotent-Replayed", "true");
  return response;
}

http::Response to_response(const Answered& answered) {
  return to_response(answered.answer, answered.replayed);
}

Answer to_answer(const http::Response& response) {
  return {response.status, response.content_type,
          std::string(response.headers.get("Location").value_or("")), response.body,
          std::string(response.headers.get("ETag").value_or(""))};
}

http::Response illegal_transition(const http::Request& request, OrderStatus status) {
  Json extensions = Json::object();
  extensions["order_status"] = name(status);
  return http::problem(Error(ErrorKind::conflict, "illegal_transition",
                             "The order is " + std::string(name(status)) + "."),
                       request, extensions);
}

}  // namespace order::api

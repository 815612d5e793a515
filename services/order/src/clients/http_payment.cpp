#include "clients/http_payment.hpp"

#include <string_view>
#include <utility>

#include "clients/neighbour_call.hpp"

namespace order::clients {
namespace {

namespace http = mercato::http;
namespace json = mercato::json;

constexpr const char* kPayments = "/internal/v1/payments";

std::string payment_path(OrderId order, const char* action) {
  return std::string(kPayments) + "/" + order.str() + action;
}

json::Value to_json(const Money& money) {
  return {{"amount", money.amount_minor}, {"currency", money.currency}};
}

std::string status_in(const Said& said) {
  return said.body.is_object() ? said.body.value("status", "") : std::string();
}

/// The money is put aside, or was taken since: an order that was set back by a restore asks again
/// for what went on without it. What was given back meanwhile does not undo the sale.
bool is_paid(std::string_view status) {
  return status == "authorized" || status == "captured" || status == "partially_refunded" ||
         status == "refunded";
}

/// 202: payment does not know the provider's answer yet, and goes on asking.
NoAnswer not_yet(const Said& said) {
  return {"payment is " + status_in(said), true};
}

}  // namespace

HttpPayment::HttpPayment(http::ClientOptions options) : client_(std::move(options)) {
  count_unexpected("payment", {"authorize", "capture", "void", "refund"});
}

PaymentGateway::Authorization HttpPayment::authorize(const Order& order,
                                                     const std::string& payment_method,
                                                     mercato::Deadline deadline) {
  const json::Value body{{"order_id", order.id.str()},
                         {"user_id", order.user.str()},
                         {"amount", to_json(*order.total)},
                         {"payment_method", payment_method}};
  auto reply = ask("authorize_payment", client_, http::Method::post, kPayments, body, deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  try {
    if (said.status == 200 || said.status == 201) {
      const auto id = PaymentId::parse(said.body.at("id").get_ref<const std::string&>());
      if (id && is_paid(status_in(said))) return Authorized{*id};
    }
    if (said.status == 202) return not_yet(said);
    if (said.status == 402 && said.code == "payment_declined") {
      return PaymentDeclined{said.body.value("decline_code", "generic_decline")};
    }
    if (said.status == 409 && said.code == "illegal_transition") return Withdrawn{};
  } catch (const json::Value::exception&) {
  }
  return unexpected("payment", "authorize", said);
}

PaymentGateway::Capture HttpPayment::capture(OrderId order, mercato::Deadline deadline) {
  auto reply = ask("capture_payment", client_, http::Method::post, payment_path(order, "/capture"),
                   {}, deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  if (said.status == 200) return Done{};
  if (said.status == 202) return not_yet(said);
  if (said.status == 409 && said.code == "capture_failed") return CaptureRefused{};
  return unexpected("payment", "capture", said);
}

PaymentGateway::Void HttpPayment::void_payment(OrderId order, mercato::Deadline deadline) {
  auto reply = ask("void_payment", client_, http::Method::post, payment_path(order, "/void"), {},
                   deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  if (said.status == 200) return Voided{status_in(said) == "refunded"};
  if (said.status == 202) return not_yet(said);
  return unexpected("payment", "void", said);
}

PaymentGateway::Refunding HttpPayment::refund(OrderId order, RefundId refund, const Money& amount,
                                              const std::string& reason,
                                              mercato::Deadline deadline) {
  const json::Value body{
      {"refund_id", refund.str()}, {"amount", to_json(amount)}, {"reason", reason}};
  auto reply = ask("refund_payment", client_, http::Method::post, payment_path(order, "/refunds"),
                   body, deadline);
  if (auto* silence = std::get_if<NoAnswer>(&reply)) return std::move(*silence);
  const auto& said = std::get<Said>(reply);
  if (said.status == 200 || said.status == 201) return Done{};
  if (said.status == 202) return not_yet(said);
  if (said.status == 409 && said.code == "over_refund") return RefundRefused{true};
  if (said.status == 409 && said.code == "illegal_transition") return RefundRefused{false};
  return unexpected("payment", "refund", said);
}

}  // namespace order::clients

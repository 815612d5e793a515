#include "clients/neighbour_call.hpp"

#include <exception>
#include <utility>

#include <mercato/log/log.hpp>
#include <mercato/metrics/metrics.hpp>
#include <mercato/tracing/span.hpp>

namespace order::clients {

namespace http = mercato::http;
namespace json = mercato::json;

namespace {

Reply ask_once(http::Client& neighbour, http::Method method, std::string path,
               const json::Value& body, mercato::Deadline deadline) {
  http::ClientRequest request;
  request.method = method;
  request.path = std::move(path);
  if (!body.is_null()) request.body = json::dump(body);
  request.idempotent = true;
  request.deadline = deadline;
  auto outcome = neighbour.call(request);
  if (const auto* not_sent = std::get_if<http::NotSent>(&outcome)) {
    return NoAnswer{not_sent->reason, false};
  }
  if (const auto* unknown = std::get_if<http::Unknown>(&outcome)) {
    return NoAnswer{unknown->reason, true};
  }
  const auto& response = std::get<http::Answered>(outcome).response;
  if (response.status >= 500) {
    return NoAnswer{"status " + std::to_string(response.status), true};
  }
  Said said;
  said.status = response.status;
  try {
    said.body = json::parse(response.body, json::kNeighbourLimits);
    if (said.body.is_object()) said.code = said.body.value("code", "");
  } catch (const std::exception&) {
    return NoAnswer{"status " + std::to_string(response.status) + " without JSON", true};
  }
  return said;
}

mercato::metrics::Counter unexpected_answers(const char* neighbour, const char* operation) {
  return mercato::metrics::registry().counter(
      "order_unexpected_answers_total", "Answers of neighbours that are not in the contract.",
      {{"neighbour", neighbour}, {"operation", operation}});
}

}  // namespace

Reply ask(const char* step, http::Client& neighbour, http::Method method, std::string path,
          const json::Value& body, mercato::Deadline deadline) {
  mercato::tracing::Work work(mercato::tracing::Span::Kind::internal, "step", step);
  auto reply = ask_once(neighbour, method, std::move(path), body, deadline);
  if (!work.recorded()) return reply;
  if (const auto* silence = std::get_if<NoAnswer>(&reply)) {
    work.note("error.message", silence->reason);
    work.fail();
  } else if (const auto& said = std::get<Said>(reply); !said.code.empty()) {
    work.note("answer", said.code);
  }
  return reply;
}

void count_unexpected(const char* neighbour, std::initializer_list<const char*> operations) {
  for (const auto* operation : operations) unexpected_answers(neighbour, operation).add(0);
}

NoAnswer unexpected(const char* neighbour, const char* operation, const Said& said) {
  mercato::log::error("a neighbour gave an answer that is not in the contract",
                      {{"neighbour", neighbour},
                       {"operation", operation},
                       {"status", said.status},
                       {"code", said.code}});
  unexpected_answers(neighbour, operation).add();
  return {"unexpected status " + std::to_string(said.status) + " " + said.code, true};
}

}  // namespace order::clients

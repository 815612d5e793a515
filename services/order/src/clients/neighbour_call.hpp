#pragma once

#include <initializer_list>
#include <string>
#include <variant>

#include <mercato/http/client.hpp>
#include <mercato/json/json.hpp>

#include "domain/neighbour.hpp"

namespace order::clients {

/// What a neighbour said, as JSON. `code` is that of a problem document, or empty.
struct Said {
  int status = 0;
  std::string code;
  mercato::json::Value body;
};
using Reply = std::variant<Said, NoAnswer>;

/// Asks a neighbour for something that it may be asked again and again, as the step of that name: a
/// span of the trace. 5xx and answers that are not JSON are no answer.
[[nodiscard]] Reply ask(const char* step, mercato::http::Client& neighbour,
                        mercato::http::Method method, std::string path,
                        const mercato::json::Value& body,
                        mercato::Deadline deadline);

/// For an answer that is not in the contract: a key being rotated, a clock gone wrong, a bug. It is
/// no refusal, so the neighbour is asked again; somebody should hear of it.
[[nodiscard]] NoAnswer unexpected(const char* neighbour, const char* operation, const Said& said);
/// To be called for every operation of which unexpected() may be: a counter that is not there until
/// it is 1 has not grown, to Prometheus.
void count_unexpected(const char* neighbour, std::initializer_list<const char*> operations);

}  // namespace order::clients

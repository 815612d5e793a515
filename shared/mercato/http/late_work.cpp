#include "mercato/http/late_work.hpp"

#include "mercato/http/problem.hpp"
#include "mercato/tracing/trace.hpp"

namespace mercato::http {

Request remembered(const Request& request) {
  Request memory;
  memory.method = request.method;
  memory.path = request.path;
  memory.target = request.target;
  memory.route = request.route;
  memory.request_id = request.request_id;
  memory.trace = request.trace;
  memory.deadline = request.deadline;
  memory.arrived = request.arrived;
  return memory;
}

void complete_with(const Completer& completer, const Request& request,
                   const std::function<Response()>& work) {
  const tracing::Scope scope(request.trace, request.request_id);
  try {
    completer.complete(work());
  } catch (...) {
    completer.complete(problem_of_caught(request));
  }
}

}  // namespace mercato::http

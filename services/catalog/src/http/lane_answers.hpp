#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <mercato/error/error.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/router.hpp>
#include <mercato/log/log.hpp>

namespace catalog::api {

/// As much of a request as an answer that comes later tells of.
[[nodiscard]] inline mercato::http::Request remembered(const mercato::http::Request& request) {
  mercato::http::Request memory;
  memory.method = request.method;
  memory.path = request.path;
  memory.target = request.target;
  memory.route = request.route;
  memory.request_id = request.request_id;
  memory.trace = request.trace;
  return memory;
}

template <class Outcome, class Render>
mercato::http::Response render_outcome(const mercato::http::Request& request,
                                       const Outcome& outcome, const Render& render) {
  if (const auto* failure = std::get_if<std::exception_ptr>(&outcome)) {
    std::rethrow_exception(*failure);
  }
  return render(request, std::get<0>(outcome));
}

/// As above, when nobody is there any more to turn what is thrown into a problem.
template <class Outcome, class Render>
mercato::http::Response render_late(const mercato::http::Request& request, const Outcome& outcome,
                                    const Render& render) {
  using mercato::Error;
  try {
    return render_outcome(request, outcome, render);
  } catch (const Error& error) {
    return mercato::http::problem(error, request);
  } catch (const std::exception& error) {
    mercato::log::error("request failed", {{"route", request.route}, {"error", error.what()}});
    return mercato::http::problem(Error(mercato::ErrorKind::internal, "internal"), request);
  }
}

/// Has a BatchLane do the job: at once if it is free, else the request is parked until its turn.
/// `render` makes an answer of a result; it may throw Error.
template <class Lane, class Job, class Render>
mercato::http::Answer answer_by(Lane& lane, Job job, const mercato::http::Request& request,
                                const Render& render) {
  namespace http = mercato::http;
  std::optional<http::Deferred> deferred;
  const auto outcome = lane.submit(std::move(job), request.deadline, [&] {
    const http::Completer completer;
    const auto memory = std::make_shared<const http::Request>(remembered(request));
    deferred.emplace(completer, request.deadline.remaining(), [memory] {
      return http::problem(mercato::unavailable("This took too long. Try again."), *memory);
    });
    return [completer, memory, render](const typename Lane::Outcome& late) {
      completer.complete(render_late(*memory, late, render));
    };
  });
  if (outcome) return render_outcome(request, *outcome, render);
  return std::move(*deferred);
}

}  // namespace catalog::api

#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include <mercato/error/error.hpp>
#include <mercato/http/late_work.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/router.hpp>

namespace catalog::api {

template <class Outcome, class Render>
mercato::http::Response render_outcome(const mercato::http::Request& request,
                                       const Outcome& outcome, const Render& render) {
  if (const auto* failure = std::get_if<std::exception_ptr>(&outcome)) {
    std::rethrow_exception(*failure);
  }
  return render(request, std::get<0>(outcome));
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
    const auto memory = std::make_shared<const http::Request>(http::remembered(request));
    deferred.emplace(completer, request.deadline.remaining(), [memory] {
      return http::problem(mercato::unavailable("This took too long. Try again."), *memory);
    });
    return [completer, memory, render](const typename Lane::Outcome& late) {
      http::complete_with(completer, *memory,
                          [&] { return render_outcome(*memory, late, render); });
    };
  });
  if (outcome) return render_outcome(request, *outcome, render);
  return std::move(*deferred);
}

}  // namespace catalog::api

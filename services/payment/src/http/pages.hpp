#pragma once

#include <vector>

#include <mercato/http/pages.hpp>

#include "http/payment_json.hpp"

namespace payment::api {

using mercato::http::PageRequest;

/// The page's rows, each by the to_json() of its kind.
template <class IdType, class Row>
[[nodiscard]] mercato::http::Response render(const PageRequest<IdType>& page,
                                             const std::vector<Row>& rows) {
  return page.render(rows, [](const Row& row) { return to_json(row); });
}

}  // namespace payment::api

#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "records.hpp"

namespace psp {

using Json = nlohmann::ordered_json;

// Objects in the shape of the Stripe API (version 2024-06-20), as far as anybody reads them.
[[nodiscard]] Json render(const Intent& intent, bool expand_charge = false);
[[nodiscard]] Json render(const Refund& refund);
[[nodiscard]] Json render(const Dispute& dispute);
[[nodiscard]] Json render_charge(const Intent& intent);
/// {"object": "list", …}
[[nodiscard]] Json render_list(const char* url, Json data, bool has_more);

/// A whole answer.
struct Answer {
  int status = 200;
  std::string body;
};
/// `intent`, if given, is sent along, as Stripe does when it has one.
[[nodiscard]] Answer render(const ApiError& error, const Intent* intent = nullptr);
/// What a request that was written down is answered: the same bytes every time.
[[nodiscard]] Answer render(const Record& record);

/// The body of the webhook that tells of a record's event.
[[nodiscard]] std::string render_event(const Record& record);

}  // namespace psp

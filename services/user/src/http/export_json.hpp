#pragma once

#include <string>

#include "domain/export_me.hpp"

namespace user::api {

/// As text, since what other services hold is text already. `current`: the session that asks.
[[nodiscard]] std::string to_json_text(const ExportMe::Everything& everything, SessionId current);

}  // namespace user::api

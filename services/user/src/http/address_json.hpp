#pragma once

#include <mercato/http/message.hpp>
#include <nlohmann/json_fwd.hpp>

#include "domain/address.hpp"

namespace user::api {

/// Error 400, 422.
[[nodiscard]] AddressFields parse_address(const mercato::http::Request& request);

[[nodiscard]] nlohmann::ordered_json to_json(const Address& address);

}  // namespace user::api

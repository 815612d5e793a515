#pragma once

#include <string>

#include "storage/pg_provider_events.hpp"

namespace payment::api {

/// What a signed body of the provider tells of: {"id", "type", "data": {"object": …}}. Error 400:
/// `malformed_json`, or `bad_request` where it is no event.
[[nodiscard]] storage::ProviderEvent parse_provider_event(const std::string& body);

}  // namespace payment::api

#pragma once

#include <optional>
#include <string>

#include "domain/ids.hpp"

namespace user {

/// Where things are sent. Texts are checked where they come in.
struct AddressFields {
  std::string name;
  std::string line1;
  std::optional<std::string> line2;
  std::string city;
  std::optional<std::string> region;
  std::string postal_code;
  std::string country;  // ISO 3166-1 alpha-2
  std::optional<std::string> phone;
};

struct Address {
  AddressId id;
  AddressFields fields;
};

}  // namespace user

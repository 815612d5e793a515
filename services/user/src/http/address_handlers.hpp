#pragma once

#include <functional>
#include <utility>

#include <mercato/http/router.hpp>

#include "domain/address_repository.hpp"

namespace user::api {

/// Runs work on address books under the request's Idempotency-Key: what it changes and its answer
/// are stored in one transaction.
using AddressWork = std::function<mercato::http::Response(AddressRepository&)>;
using KeyedAddresses =
    std::function<mercato::http::Response(const mercato::http::Request&, const AddressWork&)>;

/// The caller's address book over HTTP. From any thread; does not own the repository.
class AddressHandlers {
 public:
  AddressHandlers(AddressRepository& addresses, KeyedAddresses keyed_addresses)
      : addresses_(addresses), keyed_addresses_(std::move(keyed_addresses)) {}

  mercato::http::Answer list_addresses(const mercato::http::Request& request);
  mercato::http::Answer add_address(const mercato::http::Request& request);
  mercato::http::Answer get_address(const mercato::http::Request& request);
  mercato::http::Answer replace_address(const mercato::http::Request& request);
  mercato::http::Answer delete_address(const mercato::http::Request& request);

 private:
  AddressRepository& addresses_;
  KeyedAddresses keyed_addresses_;
};

}  // namespace user::api

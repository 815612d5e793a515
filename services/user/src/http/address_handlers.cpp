#include "http/address_handlers.hpp"

#include <string>
#include <utility>

#include <mercato/http/etag.hpp>
#include <mercato/http/pages.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/query.hpp>
#include <mercato/json/json.hpp>

#include "domain/address_book.hpp"
#include "http/address_json.hpp"
#include "http/caller.hpp"

namespace user::api {
namespace {

namespace http = mercato::http;

AddressId address_id(const http::Request& request) {
  return AddressId(request.path_uuid("id"));
}

http::Response address_response(const Address& address, const http::Request& request) {
  return http::with_etag(request, http::json_response(to_json(address)));
}

std::string location_of(const Address& address) {
  return "/api/v1/users/me/addresses/" + address.id.str();
}

}  // namespace

http::Answer AddressHandlers::list_addresses(const http::Request& request) {
  http::QueryReader query(request);
  const http::PageRequest<AddressId> page(request, query);
  return page.render(addresses_.list(user_of(request), page.before(), page.rows()),
                     [](const Address& address) { return to_json(address); });
}

http::Answer AddressHandlers::add_address(const http::Request& request) {
  // The body is looked at once the key is known to be good, and to be for this very body.
  return keyed_addresses_(request, [&](AddressRepository& addresses) {
    const auto address = addresses.insert(user_of(request), parse_address(request));
    return http::created(to_json(address), location_of(address));
  });
}

http::Answer AddressHandlers::get_address(const http::Request& request) {
  const auto address = user::get_address(addresses_, user_of(request), address_id(request));
  return address_response(address, request);
}

http::Answer AddressHandlers::replace_address(const http::Request& request) {
  const Address address{address_id(request), parse_address(request)};
  return address_response(user::replace_address(addresses_, user_of(request), address), request);
}

http::Answer AddressHandlers::delete_address(const http::Request& request) {
  user::delete_address(addresses_, user_of(request), address_id(request));
  return http::no_content();
}

}  // namespace user::api

#include "http/user_handlers.hpp"

#include <string>

#include <mercato/http/etag.hpp>
#include <mercato/http/pages.hpp>
#include <mercato/http/problem.hpp>
#include <mercato/http/query.hpp>
#include <mercato/json/json.hpp>

#include "domain/manage_users.hpp"
#include "domain/own_account.hpp"
#include "http/caller.hpp"
#include "http/user_json.hpp"

namespace user::api {
namespace {

namespace http = mercato::http;

UserId user_id(const http::Request& request) {
  return UserId(request.path_uuid("id"));
}

// Whose state it is, too: /users/me is a path that all accounts share.
http::Response user_response(const User& user, const http::Request& request) {
  return http::with_etag(request, http::json_response(to_json(user)),
                         '"' + user.id.str() + '-' + std::to_string(user.version) + '"');
}

}  // namespace

http::Answer UserHandlers::register_user(const http::Request& request) {
  return lane_.run(request, [this, command = parse_registration(request)] {
    return http::created(to_json(register_user_.register_user(command)), "/api/v1/users/me");
  });
}

http::Answer UserHandlers::get_me(const http::Request& request) {
  return user_response(user::get_me(users_, user_of(request)), request);
}

http::Answer UserHandlers::update_me(const http::Request& request) {
  return user_response(user::update_me(users_, user_of(request), parse_profile(request)), request);
}

http::Answer UserHandlers::delete_me(const http::Request& request) {
  user::delete_me(users_, actor_of(request));
  return http::no_content();
}

http::Answer UserHandlers::change_password(const http::Request& request) {
  return lane_.run(request, [this, command = parse_password_change(request)] {
    change_password_.change_password(command);
    return http::no_content();
  });
}

http::Answer UserHandlers::list_users(const http::Request& request) {
  http::QueryReader query(request);
  const auto filter = read_user_filter(query);
  const http::PageRequest<UserId> page(request, query, {"email_prefix", "role", "status"});
  return page.render(users_.list(filter, page.before(), page.rows()),
                     [](const User& user) { return to_json(user); });
}

http::Answer UserHandlers::get_user(const http::Request& request) {
  return user_response(user::get_user(users_, user_id(request)), request);
}

http::Answer UserHandlers::update_user(const http::Request& request) {
  const auto id = user_id(request);
  const auto change = parse_user_change(request);
  return user_response(user::update_user(users_, id, change, actor_of(request)), request);
}

http::Answer UserHandlers::check_user(const http::Request& request) {
  http::QueryReader query(request);
  const auto address = query.uuid("address_id");
  query.finish();
  const auto address_id = address ? std::optional<AddressId>(*address) : std::nullopt;
  return http::json_response(to_json(user::check_user(users_, user_id(request), address_id)));
}

}  // namespace user::api

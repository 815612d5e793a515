#include "http/routes.hpp"

namespace user::api {
namespace {

namespace http = mercato::http;
using http::on;

}  // namespace

http::Router routes(const Handlers& handlers) {
  using enum http::Method;
  using Users = UserHandlers;
  using Sessions = SessionHandlers;
  using Recovery = RecoveryHandlers;
  using Addresses = AddressHandlers;
  using Feed = mercato::events::OutboxFeed;
  auto& [users, sessions, recovery, addresses, audit, keys, exports, feed] = handlers;
  const http::RouteOptions anybody{.access = http::Access::anonymous};
  const http::RouteOptions customer{.access = http::Access::subject};
  const http::RouteOptions admin{.access = http::Access::admin};
  const http::RouteOptions peer{.access = http::Access::peer};
  const http::RouteOptions in_checkout{.access = http::Access::peer,
                                       .urgency = http::Urgency::finish};

  http::Router router;
  router.add(post, "/api/v1/users", anybody, on(users, &Users::register_user));
  router.add(get, "/api/v1/users/me", customer, on(users, &Users::get_me));
  router.add(patch, "/api/v1/users/me", customer, on(users, &Users::update_me));
  router.add(del, "/api/v1/users/me", customer, on(users, &Users::delete_me));
  router.add(get, "/api/v1/users/me/export", customer, on(exports, &ExportHandlers::export_me));
  router.add(put, "/api/v1/users/me/password", customer, on(users, &Users::change_password));
  router.add(get, "/api/v1/users/me/addresses", customer,
             on(addresses, &Addresses::list_addresses));
  router.add(post, "/api/v1/users/me/addresses", customer, on(addresses, &Addresses::add_address));
  router.add(get, "/api/v1/users/me/addresses/{id}", customer,
             on(addresses, &Addresses::get_address));
  router.add(put, "/api/v1/users/me/addresses/{id}", customer,
             on(addresses, &Addresses::replace_address));
  router.add(del, "/api/v1/users/me/addresses/{id}", customer,
             on(addresses, &Addresses::delete_address));

  router.add(post, "/api/v1/users/password-resets", anybody,
             on(recovery, &Recovery::request_password_reset));
  router.add(post, "/api/v1/users/password-resets/{token}", anybody,
             on(recovery, &Recovery::reset_password));
  router.add(post, "/api/v1/users/email-verifications", anybody,
             on(recovery, &Recovery::request_email_verification));
  router.add(post, "/api/v1/users/email-verifications/{token}", anybody,
             on(recovery, &Recovery::verify_email));

  router.add(post, "/api/v1/sessions", anybody, on(sessions, &Sessions::sign_in));
  router.add(post, "/api/v1/sessions/refresh", anybody, on(sessions, &Sessions::refresh_session));
  router.add(get, "/api/v1/sessions", customer, on(sessions, &Sessions::list_sessions));
  router.add(del, "/api/v1/sessions/current", customer,
             on(sessions, &Sessions::end_current_session));
  router.add(del, "/api/v1/sessions/{id}", customer, on(sessions, &Sessions::end_session));

  router.add(get, "/api/v1/users", admin, on(users, &Users::list_users));
  router.add(get, "/api/v1/users/{id}", admin, on(users, &Users::get_user));
  router.add(patch, "/api/v1/users/{id}", admin, on(users, &Users::update_user));
  router.add(get, "/api/v1/admin/audit", admin, on(audit, &AuditHandlers::list_audit_entries));

  router.add(get, "/.well-known/jwks.json", anybody, on(keys, &KeyHandlers::get_key_set));
  router.add(get, "/internal/v1/users/{id}", in_checkout, on(users, &Users::check_user));
  router.add(get, "/internal/v1/events", peer, on(feed, &Feed::list_events));
  return router;
}

}  // namespace user::api

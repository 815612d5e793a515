#include "http/routes.hpp"

#include <string_view>
#include <utility>

#include <mercato/error/error.hpp>

#include "http/order_requests.hpp"

namespace order::api {
namespace {

namespace http = mercato::http;
using http::on;

/// The routes as they are declared. What admins change is for those who are active: a token says
/// "admin" until it ends, also that of one who has been disabled or deleted meanwhile.
class Routes {
 public:
  explicit Routes(storage::PgInactiveUsers& inactive_users) : inactive_users_(inactive_users) {}

  void add(http::Method method, std::string_view path, const http::RouteOptions& options,
           http::Handler handle) {
    const bool changed_by_admins =
        options.access == http::Access::admin && method != http::Method::get;
    router_.add(method, path, options,
                changed_by_admins ? for_active_admins(std::move(handle)) : std::move(handle));
  }

  /// The handler of what both customers and admins change. Of customers nothing is asked; an admin
  /// is refused before the key is looked at, so that no answer is kept.
  [[nodiscard]] http::Handler for_active_admins(http::Handler handle) const {
    return [&inactive_users = inactive_users_, handle = std::move(handle)](
               const http::Request& request) {
      const auto viewer = viewer_of(request);
      if (viewer.is_admin && inactive_users.contains(viewer.user, request.deadline)) {
        throw mercato::Error(mercato::ErrorKind::forbidden, "user_disabled",
                             "This account is disabled.");
      }
      return handle(request);
    };
  }

  [[nodiscard]] http::Router take() { return std::move(router_); }

 private:
  storage::PgInactiveUsers& inactive_users_;
  http::Router router_;
};

void add_webhooks(Routes& router, WebhookHandlers& webhooks) {
  using enum http::Method;
  using Webhooks = WebhookHandlers;
  const http::RouteOptions admin{.access = http::Access::admin};
  const auto* all = "/api/v1/webhook-endpoints";
  router.add(post, all, admin, on(webhooks, &Webhooks::create_webhook_endpoint));
  router.add(get, all, admin, on(webhooks, &Webhooks::list_webhook_endpoints));
  const auto* one = "/api/v1/webhook-endpoints/{id}";
  router.add(get, one, admin, on(webhooks, &Webhooks::get_webhook_endpoint));
  router.add(del, one, admin, on(webhooks, &Webhooks::delete_webhook_endpoint));
  router.add(get, "/api/v1/webhook-endpoints/{id}/deliveries", admin,
             on(webhooks, &Webhooks::list_webhook_deliveries));
  router.add(post, "/api/v1/webhook-endpoints/{id}/deliveries/{delivery_id}/redeliver", admin,
             on(webhooks, &Webhooks::redeliver_webhook));
}

void add_operations(Routes& router, OperatorHandlers& operators) {
  using enum http::Method;
  const http::RouteOptions admin{.access = http::Access::admin};
  router.add(get, "/api/v1/admin/stuck-orders", admin,
             on(operators, &OperatorHandlers::list_stuck_orders));
  router.add(post, "/api/v1/admin/stuck-orders/{id}/resume", admin,
             on(operators, &OperatorHandlers::resume_stuck_order));
  router.add(get, "/api/v1/admin/order/dead-letters", admin,
             on(operators, &OperatorHandlers::list_dead_letters));
  router.add(post, "/api/v1/admin/order/dead-letters/{id}/redrive", admin,
             on(operators, &OperatorHandlers::redrive_dead_letter));
}

}  // namespace

http::Router routes(const Handlers& handlers) {
  using enum http::Method;
  using Orders = OrderHandlers;
  using Refunds = RefundHandlers;
  using Carts = CartHandlers;
  using Feed = mercato::events::OutboxFeed;
  auto& [orders, refunds, carts, webhooks, operators, exports, feed, inactive_users] = handlers;
  const http::RouteOptions customer{.access = http::Access::subject};
  const http::RouteOptions admin{.access = http::Access::admin};
  const http::RouteOptions peer{.access = http::Access::peer};
  // A client may ask to wait for 10 s, and is answered within one more.
  const http::RouteOptions waiting{.access = http::Access::subject,
                                   .deadline = std::chrono::seconds(12),
                                   .has_room = [&placed = orders] { return placed.has_room(); }};
  // What a neighbour does not do in time is owed, and done later: nobody waits long for it.
  const http::RouteOptions owing{.access = http::Access::subject,
                                 .deadline = std::chrono::seconds(5),
                                 .urgency = http::Urgency::finish};
  const http::RouteOptions admin_owing{.access = http::Access::admin,
                                       .deadline = std::chrono::seconds(5),
                                       .urgency = http::Urgency::finish};

  Routes router(inactive_users);
  router.add(post, "/api/v1/orders", waiting, on(orders, &Orders::place_order));
  router.add(get, "/api/v1/orders", customer, on(orders, &Orders::list_orders));
  router.add(get, "/api/v1/orders/{id}", customer, on(orders, &Orders::get_order));
  router.add(get, "/api/v1/orders/{id}/timeline", customer, on(orders, &Orders::get_timeline));
  router.add(get, "/api/v1/orders/{id}/events", customer, on(orders, &Orders::stream_events));
  router.add(post, "/api/v1/orders/{id}/cancel", owing,
             router.for_active_admins(on(orders, &Orders::cancel_order)));
  router.add(post, "/api/v1/orders/{id}/ship", admin_owing, on(orders, &Orders::ship_order));
  router.add(post, "/api/v1/orders/{id}/deliver", admin, on(orders, &Orders::deliver_order));
  router.add(get, "/api/v1/admin/orders", admin, on(orders, &Orders::list_all_orders));
  router.add(post, "/api/v1/orders/{id}/refunds", admin_owing, on(refunds, &Refunds::refund_order));
  router.add(get, "/api/v1/orders/{id}/refunds", customer, on(refunds, &Refunds::list_refunds));
  router.add(get, "/api/v1/cart", customer, on(carts, &Carts::get_cart));
  router.add(del, "/api/v1/cart", customer, on(carts, &Carts::clear_cart));
  const auto* item = "/api/v1/cart/items/{product_id}";
  router.add(put, item, customer, on(carts, &Carts::put_cart_item));
  router.add(del, item, customer, on(carts, &Carts::remove_cart_item));
  add_webhooks(router, webhooks);
  add_operations(router, operators);
  router.add(get, "/internal/v1/users/{id}/orders", peer,
             on(exports, &ExportHandlers::export_orders));
  router.add(get, "/internal/v1/users/{id}/cart", peer, on(exports, &ExportHandlers::export_cart));
  router.add(get, "/internal/v1/events", peer, on(feed, &Feed::list_events));
  return router.take();
}

}  // namespace order::api

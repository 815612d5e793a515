#pragma once

#include <mercato/http/router.hpp>

#include "domain/get_cart.hpp"
#include "domain/order_repository.hpp"
#include "domain/refund_order.hpp"

namespace order::api {

/// What is held about one buyer, for the user service, which puts it together for that buyer. From
/// any thread; does not own what it is given.
class ExportHandlers {
 public:
  ExportHandlers(OrderRepository& orders, RefundStore& refunds, GetCart& get_cart)
      : orders_(orders), refunds_(refunds), get_cart_(get_cart) {}

  /// One page of orders, newest first, each with its timeline and refunds.
  mercato::http::Answer export_orders(const mercato::http::Request& request);
  mercato::http::Answer export_cart(const mercato::http::Request& request);

 private:
  OrderRepository& orders_;
  RefundStore& refunds_;
  GetCart& get_cart_;
};

}  // namespace order::api

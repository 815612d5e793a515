#pragma once

#include <mercato/http/router.hpp>

#include "domain/cancel_order.hpp"
#include "domain/deliver_order.hpp"
#include "domain/place_order.hpp"
#include "domain/ship_order.hpp"
#include "http/keyed_answer.hpp"
#include "http/order_streams.hpp"
#include "http/parked_clients.hpp"

namespace order::api {

/// The life of an order over HTTP. From any thread; does not own what it is given.
class OrderHandlers {
 public:
  OrderHandlers(PlaceOrder& place_order, CancelOrder& cancel_order, ShipOrder& ship_order,
                DeliverOrder& deliver_order, OrderRepository& orders, KeyedAnswers& keyed_answers,
                ParkedClients& parked, OrderStreams& streams)
      : place_order_(place_order),
        cancel_order_(cancel_order),
        ship_order_(ship_order),
        deliver_order_(deliver_order),
        orders_(orders),
        keyed_answers_(keyed_answers),
        parked_(parked),
        streams_(streams) {}

  /// Whether an order that is placed now would be worked on at once, or nearly so.
  [[nodiscard]] bool has_room() const { return place_order_.has_room(); }

  mercato::http::Answer place_order(const mercato::http::Request& request);
  mercato::http::Answer list_orders(const mercato::http::Request& request);
  mercato::http::Answer list_all_orders(const mercato::http::Request& request);
  mercato::http::Answer get_order(const mercato::http::Request& request);
  mercato::http::Answer get_timeline(const mercato::http::Request& request);
  mercato::http::Answer stream_events(const mercato::http::Request& request);
  mercato::http::Answer cancel_order(const mercato::http::Request& request);
  mercato::http::Answer ship_order(const mercato::http::Request& request);
  mercato::http::Answer deliver_order(const mercato::http::Request& request);

 private:
  PlaceOrder& place_order_;
  CancelOrder& cancel_order_;
  ShipOrder& ship_order_;
  DeliverOrder& deliver_order_;
  OrderRepository& orders_;
  KeyedAnswers& keyed_answers_;
  ParkedClients& parked_;
  OrderStreams& streams_;
};

}  // namespace order::api

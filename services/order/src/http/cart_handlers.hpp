#pragma once

#include <mercato/http/router.hpp>

#include "domain/get_cart.hpp"
#include "domain/put_cart_item.hpp"

namespace order::api {

/// A buyer's own cart over HTTP. From any thread; does not own what it is given.
class CartHandlers {
 public:
  CartHandlers(GetCart& get_cart, PutCartItem& put_cart_item, CartRepository& carts)
      : get_cart_(get_cart), put_cart_item_(put_cart_item), carts_(carts) {}

  mercato::http::Answer get_cart(const mercato::http::Request& request);
  mercato::http::Answer clear_cart(const mercato::http::Request& request);
  mercato::http::Answer put_cart_item(const mercato::http::Request& request);
  mercato::http::Answer remove_cart_item(const mercato::http::Request& request);

 private:
  GetCart& get_cart_;
  PutCartItem& put_cart_item_;
  CartRepository& carts_;
};

}  // namespace order::api

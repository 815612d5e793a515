#pragma once

#include <chrono>
#include <optional>
#include <variant>

#include "domain/checkout.hpp"
#include "domain/payment_gateway.hpp"
#include "domain/product_catalog.hpp"
#include "domain/sold_out.hpp"
#include "domain/stock_keeper.hpp"
#include "domain/user_directory.hpp"

namespace order {

/// Why a checkout cannot go on now.
using Stop = std::variant<Refusal, NoAnswer>;

/// Steps 1 to 4 of a checkout. Each passes (nothing is returned), refuses, or does not know, writes
/// down what it learned in the checkout, and is passed over if it was done before. From any thread;
/// one checkout is used by one thread at a time.
class CheckoutSteps {
 public:
  CheckoutSteps(CheckoutStore& store, UserDirectory& users, ProductCatalog& products,
                StockKeeper& stock, PaymentGateway& payments, const mercato::Clock& clock,
                std::chrono::seconds payment_patience)
      : store_(store),
        users_(users),
        products_(products),
        stock_(stock),
        payments_(payments),
        clock_(clock),
        payment_patience_(payment_patience) {}

  [[nodiscard]] std::optional<Stop> check_buyer(Checkout& checkout, mercato::Deadline deadline);
  [[nodiscard]] std::optional<Stop> reserve_stock(Checkout& checkout, mercato::Deadline deadline);
  [[nodiscard]] std::optional<Stop> authorize_payment(Checkout& checkout,
                                                      mercato::Deadline deadline);
  [[nodiscard]] std::optional<Stop> commit_stock(Checkout& checkout, mercato::Deadline deadline);

  /// Whether any of these was sold out a moment ago, as far as this process was told.
  [[nodiscard]] bool were_sold_out(const std::vector<RequestedLine>& lines) const;
  /// What the catalog is short of for the order now, if there is nothing else wrong with it. Holds
  /// nothing, so that there is nothing to give back.
  [[nodiscard]] std::optional<OutOfStock> find_shortage(Checkout& checkout,
                                                        mercato::Deadline deadline);

  /// False while a neighbour that every checkout needs is known to be away. (Buyers seen before can
  /// buy without the user service.)
  [[nodiscard]] bool neighbours_available() const;

 private:
  void note(const OutOfStock& shortage);

  CheckoutStore& store_;
  UserDirectory& users_;
  ProductCatalog& products_;
  StockKeeper& stock_;
  PaymentGateway& payments_;
  const mercato::Clock& clock_;
  std::chrono::seconds payment_patience_;
  SoldOut sold_out_;
};

}  // namespace order

#pragma once

#include <chrono>
#include <optional>
#include <variant>

#include "domain/checkout.hpp"
#include "domain/payment_gateway.hpp"
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
  CheckoutSteps(CheckoutStore& store, UserDirectory& users, StockKeeper& stock,
                PaymentGateway& payments, const mercato::Clock& clock,
                std::chrono::seconds payment_patience)
      : store_(store),
        users_(users),
        stock_(stock),
        payments_(payments),
        clock_(clock),
        payment_patience_(payment_patience) {}

  [[nodiscard]] std::optional<Stop> check_buyer(Checkout& checkout, mercato::Deadline deadline);
  [[nodiscard]] std::optional<Stop> reserve_stock(Checkout& checkout, mercato::Deadline deadline);
  [[nodiscard]] std::optional<Stop> authorize_payment(Checkout& checkout,
                                                      mercato::Deadline deadline);
  [[nodiscard]] std::optional<Stop> commit_stock(Checkout& checkout, mercato::Deadline deadline);

  /// False while a neighbour that every checkout needs is known to be away. (Buyers seen before can
  /// buy without the user service.)
  [[nodiscard]] bool neighbours_available() const;

 private:
  CheckoutStore& store_;
  UserDirectory& users_;
  StockKeeper& stock_;
  PaymentGateway& payments_;
  const mercato::Clock& clock_;
  std::chrono::seconds payment_patience_;
};

}  // namespace order

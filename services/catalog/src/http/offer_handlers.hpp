#pragma once

#include <mercato/http/router.hpp>

#include "domain/offer.hpp"

namespace catalog::api {

/// What other services ask about products. From any thread; does not own what it is given.
class OfferHandlers {
 public:
  explicit OfferHandlers(OfferReader& offers) : offers_(offers) {}

  mercato::http::Answer list_offers(const mercato::http::Request& request);

 private:
  OfferReader& offers_;
};

}  // namespace catalog::api

#pragma once

#include <string>

#include <mercato/http/client.hpp>

#include "domain/stock_keeper.hpp"

namespace order::clients {

/// The catalog's internal API for reservations. From any thread.
class HttpCatalog : public StockKeeper {
 public:
  explicit HttpCatalog(mercato::http::ClientOptions options);

  [[nodiscard]] Reservation reserve(OrderId order, const std::vector<RequestedLine>& lines,
                                    mercato::Deadline deadline) override;
  [[nodiscard]] Commitment commit(OrderId order, mercato::Deadline deadline) override;
  [[nodiscard]] Release release(OrderId order, mercato::Deadline deadline) override;
  [[nodiscard]] Restock restock(OrderId order, RefundId refund,
                                const std::vector<RequestedLine>& lines,
                                mercato::Deadline deadline) override;
  [[nodiscard]] bool available() const override { return client_.available(); }

 private:
  mercato::http::Client client_;
};

}  // namespace order::clients

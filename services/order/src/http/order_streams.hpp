#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <mercato/http/message.hpp>
#include <mercato/process/service.hpp>

#include "domain/order_repository.hpp"

namespace order::api {

/// Open event streams of orders: each gets the moves of its order as Server-Sent Events, whichever
/// process made them, until the order is final or the reader's token runs out. None holds a thread.
///
/// From any thread. Has one thread of its own between start() and its end.
class OrderStreams {
 public:
  /// One caller may have `most_of_one` streams open.
  OrderStreams(OrderRepository& orders, const mercato::Clock& clock, std::size_t most_of_one);

  void start() { loop_.start(); }
  void stop() { loop_.stop(); }

  /// A stream of the order's moves after `seen` (0: from the first). That of a final order ends
  /// when they are told. Error 429 if `subject` has too many open.
  [[nodiscard]] mercato::http::Stream open(const Order& order, UserId subject, std::int64_t seen,
                                           mercato::Timestamp expires_at);

 private:
  struct Reader {
    OrderId order;
    UserId subject;
    std::int64_t seen = 0;
    mercato::Timestamp expires_at{};
    mercato::http::StreamWriter writer;
  };
  using ReaderPtr = std::shared_ptr<Reader>;

  void admit(ReaderPtr reader);
  std::chrono::milliseconds step();
  [[nodiscard]] std::vector<ReaderPtr> open_readers();
  void tell(const std::vector<ReaderPtr>& readers);

  OrderRepository& orders_;
  const mercato::Clock& clock_;
  const std::size_t most_of_one_;
  std::mutex mutex_;
  std::vector<ReaderPtr> readers_;
  mercato::process::Loop loop_;  // last: its thread uses all of the above
};

}  // namespace order::api

#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include <mercato/http/message.hpp>
#include <mercato/process/service.hpp>

#include "domain/answer.hpp"
#include "domain/order_repository.hpp"
#include "domain/place_order.hpp"

namespace order::api {

/// Clients that wait for the outcome of their order while their connection is parked: no thread is
/// held, however many they are. Tells them when their order is settled, by whichever process, and
/// ends their waits with 202.
///
/// From any thread. Has one thread of its own between start() and its end; the server may be open,
/// and clients be parked, before it has.
class ParkedClients : public WaitingClients {
 public:
  /// `on_first` is called when somebody waits and nobody did before; must not block.
  ParkedClients(AnswerStore& answers, OrderRepository& orders, const AnswerWriter& writer,
                const mercato::Clock& clock, std::function<void()> on_first);

  void start() { loop_.start(); }
  /// From now on every wait ends at once: the server is draining.
  void drain();
  /// Ends the thread; waits that are still open are ended by the server's own timer.
  void stop() { loop_.stop(); }
  /// Whether anybody waits just now.
  [[nodiscard]] bool any() const;

  /// The answer of a request whose order is being worked on.
  [[nodiscard]] mercato::http::Deferred park(Waiting waiting);

  void settled(OrderId order, const Answer& answer) override;
  void changed(OrderId order) override;
  [[nodiscard]] std::optional<Answer> promised(OrderId order) const override;

 private:
  struct Parked {
    Waiting waiting;
    mercato::http::Completer completer;
    bool look_again = false;
  };
  using ParkedPtr = std::shared_ptr<Parked>;
  struct Promise {
    UserId user;
    std::string key;
    Answer answer;
  };

  std::chrono::milliseconds step();
  void end_waits();
  void find_settled_elsewhere();
  [[nodiscard]] std::vector<ParkedPtr> take_due();
  [[nodiscard]] Answer final_answer(const Waiting& waiting);
  void try_again_or_promise(ParkedPtr parked);
  [[nodiscard]] Answer promise(const Parked& late);
  void keep_promises();

  AnswerStore& answers_;
  OrderRepository& orders_;
  const AnswerWriter& writer_;
  const mercato::Clock& clock_;
  const std::function<void()> on_first_;

  mutable std::mutex mutex_;
  std::unordered_multimap<OrderId, ParkedPtr> parked_;
  std::unordered_map<OrderId, Promise> promises_;
  bool draining_ = false;
  mercato::process::Loop loop_;  // last: its thread uses all of the above
};

}  // namespace order::api

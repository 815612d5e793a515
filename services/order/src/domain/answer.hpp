#pragma once

#include <optional>
#include <string>

#include <mercato/error/error.hpp>

#include "domain/ids.hpp"
#include "domain/order.hpp"
#include "domain/refusal.hpp"

namespace order {

/// What a client is told, as the bytes that are sent: kept under the idempotency key, so that a
/// repeated request gets the very same.
struct Answer {
  int status = 0;
  std::string content_type;
  std::string location;  // empty: none
  std::string body;
  std::string etag = {};  // empty: none

  friend bool operator==(const Answer&, const Answer&) = default;
};

/// What a request gets, now or again.
struct Answered {
  Answer answer;
  bool replayed = false;
};

/// An idempotency key in its scope, and what it was sent with.
struct RequestKey {
  UserId user;
  std::string key;
  std::string fingerprint;
};

/// What a key stands for already.
struct KeyRecord {
  std::string fingerprint;
  std::optional<Answer> answer;  // nothing while the first request is under way
  std::optional<OrderId> order;
  std::optional<RefundId> refund;
  // The process that owes the answer was seen within 3 s, and may be at it still: no request takes
  // as long as the key is old.
  bool owner_alive = false;
  bool owned_by_us = false;
};

/// 422: the key was used for another request.
[[nodiscard]] mercato::Error key_reused();
/// 409: the first request with the key has no answer yet.
[[nodiscard]] mercato::Error request_in_progress();

/// Turns the state of an order into the bytes of an answer. Pure; from any thread.
class AnswerWriter {
 public:
  virtual ~AnswerWriter() = default;
  [[nodiscard]] virtual Answer confirmed(const Order& order) const = 0;
  [[nodiscard]] virtual Answer pending(const Order& order) const = 0;
  /// 402, 409, or one of those that are not kept: 403, 422.
  [[nodiscard]] virtual Answer refused(const Order& order, const Refusal& refusal,
                                       const std::string& trace_id) const = 0;
};

/// The answers kept under keys. From any thread; throws mercato::Error 503 without a database.
class AnswerStore {
 public:
  virtual ~AnswerStore() = default;
  [[nodiscard]] virtual std::optional<KeyRecord> find(UserId user, const std::string& key) = 0;
  /// Keeps the answer of a request that owned no key until now, or that tells of the `refund` made
  /// under the key; if the key has an answer of the same request already, that one is returned, as
  /// replayed. Error 422 `idempotency_key_reused` for another request, 409 `request_in_progress` if
  /// a refund that the answer does not tell of was made since.
  [[nodiscard]] virtual Answered keep(const RequestKey& key, const Answer& answer,
                                      std::optional<RefundId> refund) = 0;
  /// Ends the wait for an order, which was placed with the key: keeps `answer` where none is kept,
  /// and returns what is kept now; nothing if the key was freed, and maybe used for another order.
  [[nodiscard]] virtual std::optional<Answer> end_wait(OrderId order, UserId user,
                                                       const std::string& key,
                                                       const Answer& answer) = 0;
  /// Keeps an answer that was sent already when the database could not be asked.
  virtual void overwrite(OrderId order, UserId user, const std::string& key,
                         const Answer& answer) = 0;
  /// Makes this process the owner in place of one that died or lost track (ourselves included);
  /// false if somebody else was quicker.
  [[nodiscard]] virtual bool take_over(UserId user, const std::string& key) = 0;
  /// Takes a key for a request that does no harm when it is done again; if it is taken, what it
  /// stands for.
  [[nodiscard]] virtual std::optional<KeyRecord> claim(const RequestKey& key) = 0;
  /// Gives back a key that this process claimed and that has no answer.
  virtual void free(const RequestKey& key) = 0;
};

/// The clients that wait for an order's outcome without holding a thread. From any thread.
class WaitingClients {
 public:
  virtual ~WaitingClients() = default;
  /// The order's outcome is known and kept: whoever waits for it is told.
  virtual void settled(OrderId order, const Answer& answer) = 0;
  /// The order is no longer pending for another reason: look again, and end the wait.
  virtual void changed(OrderId order) = 0;
  /// The answer that was sent for the order when the database could not be asked. It binds: it has
  /// to be the one that is kept.
  [[nodiscard]] virtual std::optional<Answer> promised(OrderId order) const = 0;
};

}  // namespace order

#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mercato/error/error.hpp"
#include "mercato/http/inbound/engine.hpp"
#include "mercato/http/inbound/wire.hpp"

namespace mercato::http::inbound {

/// 400, and worth another try: the client, or the network, was too slow.
[[nodiscard]] Error too_slow(std::string detail);
/// Whether what came on an idle connection is the beginning of a request: half of the empty line
/// that may come before one is none yet.
[[nodiscard]] bool begins_request(std::string_view input);

/// What the owner of a connection does with it: reads without blocking until a request is whole,
/// has it answered, writes, and goes on until the client is to make the next move. A value on the
/// owner's stack; after a public function returned, somebody else may own the connection.
class Conversation {
 public:
  /// The keeper must not block: instead of running a handler it queues the request, or sheds it.
  enum class Role : std::uint8_t { worker, keeper };

  Conversation(Engine& engine, Connection& connection, Role role)
      : engine_(engine), connection_(connection), role_(role) {}

  /// Goes on from wherever the connection is.
  void run();
  /// The deadline passed while the connection was parked.
  void expire();
  /// Draining: closes an idle connection, unless a request is there already.
  void close_if_silent();
  /// A connection too many: told so, and closed.
  void refuse_connection();
  /// It has waited in the queue in vain.
  void refuse_waiting();
  /// The answer of a Deferred is there.
  void answer(Response response);
  /// The stream is over; what is left of it is in the work's output.
  void finish_stream();
  void close();

 private:
  /// again: take the next step. wait: park until the client acts. handed_over: not ours any more.
  enum class Next : std::uint8_t { again, wait, handed_over };

  [[nodiscard]] Next step();

  // Reading, in conversation_reading.cpp.
  [[nodiscard]] Next read_head();
  [[nodiscard]] Next begin_request();
  [[nodiscard]] Next begin_body();
  [[nodiscard]] Next read_body();
  [[nodiscard]] Next wait_for_client();
  [[nodiscard]] wire::Received receive_input();
  [[nodiscard]] bool grow_body();
  [[nodiscard]] bool feed_body(const std::function<bool(std::string_view)>& sink);
  [[nodiscard]] std::size_t receive_blocking(char* buffer, std::size_t size);
  [[nodiscard]] bool await_more();
  void send_continue();

  // Answering, in conversation.cpp.
  [[nodiscard]] Next handle();
  [[nodiscard]] Next hand_to_worker();
  [[nodiscard]] std::optional<Answer> run_if_there_is_room();
  [[nodiscard]] Next wait_outside();
  [[nodiscard]] Next send_answer(Response response);
  [[nodiscard]] Next refuse(const Error& error);
  [[nodiscard]] Next park_deferred(Deferred deferred);
  [[nodiscard]] Next park_stream(Stream stream);
  [[nodiscard]] Next send_stream_head(Stream& stream);
  void prepare_stream(Stream& stream);
  [[nodiscard]] Next write();
  [[nodiscard]] Next next_request();
  [[nodiscard]] bool owes_body();
  [[nodiscard]] Next linger();
  [[nodiscard]] Next drain_input();
  [[nodiscard]] Next shed(const char* reason);
  [[nodiscard]] Urgency urgency();
  [[nodiscard]] const ReadyQueue::HasRoom* has_room();
  void make_exchange();
  template <class FirstStep>
  void go_on_from(FirstStep&& first_step);

  [[nodiscard]] Steady::time_point request_ends_at() const;
  [[nodiscard]] Work& work();
  [[nodiscard]] Exchange& exchange() { return *connection_.work->exchange; }
  void drop_exchange();
  void drop_work();

  Engine& engine_;
  Connection& connection_;
  Role role_;
  std::size_t answered_ = 0;
};

}  // namespace mercato::http::inbound

#include "mercato/http/inbound/conversation.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "mercato/http/inbound/late_answers.hpp"
#include "mercato/http/inbound/response_writer.hpp"
#include "mercato/http/inbound/server_internals.hpp"
#include "mercato/http/problem.hpp"
#include "mercato/log/log.hpp"

namespace mercato::http::inbound {
namespace {

using std::chrono::milliseconds;

constexpr std::uint32_t kMaxLingerBytes = 256 * 1024;
constexpr std::uint32_t kMaxOwedBytes = 128 * 1024 * 1024;  // of a body that was refused unread
constexpr std::size_t kMaxDrainsInARow = 16;  // of 16 KiB, before others get their turn
constexpr std::size_t kMaxInARow = 16;  // pipelined requests, before others get their turn
constexpr std::size_t kSpareWorks = 4;
constexpr std::size_t kMaxSpareBytes = 32 * 1024;
constexpr milliseconds kLingerTimeout{1'000};
constexpr const char* kTooManyWait = "Too many requests are waiting.";
constexpr milliseconds kLeastWriteTime{5'000};
constexpr std::string_view kRepeatsRefusals = "X-Repeats-Refusals";

/// For a gateway that says in words of its own that there is no service, and can go on with a
/// connection on which no body has come. A refusal because of overload it repeats to others, for a
/// second (docs/adr/0020).
void leave_words_to_gateway(Response& unavailable) {
  unavailable.body.clear();
  if (unavailable.shed) unavailable.headers.set("X-Accel-Expires", "1");
}

/// Works that this thread used before, so that a request need not allocate its buffer.
std::vector<std::unique_ptr<Work>>& spare_works() {
  thread_local std::vector<std::unique_ptr<Work>> spares;
  return spares;
}

}  // namespace

void Conversation::run() {
  go_on_from([] { return Next::again; });
}

template <class FirstStep>
void Conversation::go_on_from(FirstStep&& first_step) {
  try {
    Next next = first_step();
    while (next == Next::again || (next == Next::wait && !connection_.park())) next = step();
  } catch (const std::exception& error) {
    // Out of memory, most likely. The steps hand a connection over as the last thing they do, so it
    // is still ours.
    log::error("a connection had to be dropped", {{"error", error.what()}});
    close();
  }
}

Conversation::Next Conversation::step() {
  switch (connection_.phase) {
    case Phase::idle:
    case Phase::head: return read_head();
    case Phase::body: return read_body();
    case Phase::ready: return role_ == Role::worker ? handle() : hand_to_worker();
    case Phase::writing: return write();
    case Phase::lingering: return drain_input();
    case Phase::late: break;  // the keeper's, which answers it or ends it
  }
  return Next::handed_over;
}

void Conversation::expire() {
  const bool requesting = connection_.phase == Phase::head || connection_.phase == Phase::body;
  if (!requesting) return close();
  go_on_from([this] { return refuse(too_slow("The request was not sent in time.")); });
}

void Conversation::close_if_silent() {
  // Who pipelines, and lets others have their turn, has sent the next request already.
  if (connection_.work && begins_request(connection_.work->input)) return run();
  char byte = 0;
  if (::recv(connection_.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0) return close();
  connection_.readable = true;
  run();
}

void Conversation::refuse_connection() {
  go_on_from([this] { return shed("Too many connections."); });
}

void Conversation::refuse_waiting() {
  go_on_from([this] { return shed(kTooManyWait); });
}

void Conversation::answer(Response response) {
  go_on_from([&] { return send_answer(std::move(response)); });
}

void Conversation::finish_stream() {
  work().close_after = true;
  connection_.phase = Phase::writing;
  connection_.set_deadline(Steady::now() + kLeastWriteTime);
  run();
}

void Conversation::close() {
  drop_work();
  engine_.table.release(connection_);
}

Conversation::Next Conversation::handle() {
  auto& request = exchange().request;
  if (exchange().streams_body) {
    request.read_body = [this](const auto& sink) { return feed_body(sink); };
  }
  engine_.enter_handler();
  auto answer = run_if_there_is_room();
  engine_.leave_handler();
  request.read_body = nullptr;
  if (!answer) return wait_outside();
  if (auto* deferred = std::get_if<Deferred>(&*answer)) return park_deferred(std::move(*deferred));
  if (auto* stream = std::get_if<Stream>(&*answer)) return park_stream(std::move(*stream));
  return send_answer(std::move(std::get<Response>(*answer)));
}

/// The answer; nothing if there is no room for what is asked, by somebody who may ask it.
std::optional<Answer> Conversation::run_if_there_is_room() {
  const auto* has_room = this->has_room();
  if (has_room && !exchange().admitted) {
    if (auto refusal = engine_.pipeline.admit(exchange())) return refusal;
    // Who comes while others wait for room waits behind them.
    if (engine_.ready.outside() > 0 || !(*has_room)()) return std::nullopt;
  }
  auto answer = engine_.pipeline.run(exchange());
  const auto* response = std::get_if<Response>(&answer);
  if (has_room && response && response->shed) engine_.ready.refuse_for_a_while(Steady::now());
  return answer;
}

Conversation::Next Conversation::wait_outside() {
  if (engine_.enqueue_outside(connection_, *has_room())) return Next::handed_over;
  return shed(kTooManyWait);
}

Conversation::Next Conversation::hand_to_worker() {
  if (engine_.enqueue(connection_, urgency())) return Next::handed_over;
  return shed(kTooManyWait);
}

Urgency Conversation::urgency() {
  const auto* options = exchange().match.options;
  if (options && options->urgency) return *options->urgency;
  return exchange().request.method == Method::get ? Urgency::read : Urgency::begin;
}

const ReadyQueue::HasRoom* Conversation::has_room() {
  const auto* options = exchange().match.options;
  return options && options->has_room ? &options->has_room : nullptr;
}

Conversation::Next Conversation::shed(const char* reason) {
  return refuse(Overloaded(reason));
}

Conversation::Next Conversation::send_answer(Response response) {
  if (response.status == 503 && has_room() && exchange().request.header(kRepeatsRefusals)) {
    leave_words_to_gateway(response);
  }
  engine_.pipeline.finish(exchange(), response);
  Framing framing = exchange().framing;
  framing.keep_alive = framing.keep_alive && exchange().body_consumed && !engine_.draining.load();
  Work& current = work();
  current.output = write_response(response, framing);
  current.sent = current.encrypted = 0;
  current.close_after = !framing.keep_alive;
  connection_.phase = Phase::writing;
  connection_.set_deadline(std::max(request_ends_at(), Steady::now() + kLeastWriteTime));
  return Next::again;
}

Conversation::Next Conversation::refuse(const Error& error) {
  make_exchange();
  return send_answer(problem(error, exchange().request));
}

/// For a refusal before there was a head to read ids from.
void Conversation::make_exchange() {
  Work& current = work();
  if (current.exchange) return;
  current.exchange = std::make_unique<Exchange>();
  current.exchange->request.arrived = current.first_byte;
  engine_.pipeline.identify(*current.exchange, Head{}, connection_.peer);
}

Conversation::Next Conversation::park_deferred(Deferred deferred) {
  connection_.phase = Phase::late;
  engine_.late_count.fetch_add(1);
  engine_.mailbox->post(
      [&engine = engine_, &connection = connection_, deferred = std::move(deferred)] {
        engine.late->add(connection, deferred);
      });
  return Next::handed_over;
}

Conversation::Next Conversation::park_stream(Stream stream) {
  if (exchange().framing.head_only) return send_stream_head(stream);
  if (engine_.stream_count.fetch_add(1) >= engine_.options.max_streams) {
    engine_.stream_count.fetch_sub(1);
    ServerInternals::end(stream.writer);
    return refuse(unavailable("Too many streams are open."));
  }
  prepare_stream(stream);
  connection_.phase = Phase::late;
  engine_.late_count.fetch_add(1);
  engine_.mailbox->post([&engine = engine_, &connection = connection_, writer = stream.writer,
                         heartbeat = stream.content_type == "text/event-stream"] {
    engine.late->add(connection, writer, heartbeat);
  });
  return Next::handed_over;
}

/// All that HEAD asks of a stream.
Conversation::Next Conversation::send_stream_head(Stream& stream) {
  ServerInternals::end(stream.writer);
  prepare_stream(stream);
  work().close_after = true;
  connection_.phase = Phase::writing;
  connection_.set_deadline(Steady::now() + kLeastWriteTime);
  return Next::again;
}

void Conversation::prepare_stream(Stream& stream) {
  engine_.pipeline.finish(exchange(), stream);
  Framing framing = exchange().framing;
  framing.keep_alive = false;
  work().output = write_stream_head(stream, framing);
  work().sent = work().encrypted = 0;
}

Conversation::Next Conversation::write() {
  switch (wire::send_output(connection_)) {
    case wire::Sent::all: return work().close_after ? linger() : next_request();
    case wire::Sent::some: engine_.arm_for_write(connection_); return Next::wait;
    case wire::Sent::failed: close(); return Next::handed_over;
  }
  return Next::handed_over;
}

Conversation::Next Conversation::next_request() {
  drop_exchange();
  connection_.phase = Phase::idle;
  connection_.empty_line_came = connection_.idle_time_runs = false;
  if (++answered_ % kMaxInARow != 0) return Next::again;
  engine_.ask_again(connection_);
  return Next::wait;
}

/// Whether a body may still be on its way. Of one that is refused for its framing, nobody knows how
/// long it is.
bool Conversation::owes_body() {
  const auto& current = work().exchange;
  return current && !current->method.empty() && !current->body_consumed;
}

/// Closing while unread bytes are there resets the connection, and the reset overtakes the answer:
/// so we say that we are done, and read on until the client is done too (RFC 9112 section 9.6). It
/// may well send a whole body before it looks for an answer, as Nginx does. One that pauses is not
/// waited for that long by a server that wants to end.
Conversation::Next Conversation::linger() {
  const bool owes_body = this->owes_body();
  drop_work();
  ::shutdown(connection_.fd, SHUT_WR);
  connection_.phase = Phase::lingering;
  connection_.linger_bytes = owes_body ? kMaxOwedBytes : kMaxLingerBytes;
  const auto now = Steady::now();
  const auto shortly = now + kLingerTimeout;
  connection_.set_deadline(owes_body ? now + engine_.options.linger_timeout : shortly, shortly);
  connection_.readable = true;
  return Next::again;
}

Conversation::Next Conversation::drain_input() {
  // Who never pauses may never be parked when the keeper looks whether it is time.
  if (connection_.linger_bytes == 0 || connection_.is_overdue(Steady::now())) {
    close();
    return Next::handed_over;
  }
  std::array<char, 16 * 1024> ignored;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (std::size_t reads = 0; reads < kMaxDrainsInARow; ++reads) {
    std::size_t received = 0;
    switch (wire::receive_raw(connection_, ignored.data(), ignored.size(), received)) {
      case wire::Received::nothing: return Next::wait;
      case wire::Received::data: break;
      case wire::Received::ended: close(); return Next::handed_over;
    }
    connection_.linger_bytes -=
        std::min(connection_.linger_bytes, static_cast<std::uint32_t>(received));
  }
  engine_.ask_again(connection_);
  return Next::wait;
}

Steady::time_point Conversation::request_ends_at() const {
  const auto& held = *connection_.work;
  auto most = engine_.options.request_timeout;
  if (held.exchange && held.exchange->match.options) {
    most = std::max(most, held.exchange->match.options->deadline);
  }
  return held.first_byte + most;
}

Work& Conversation::work() {
  auto& held = connection_.work;
  if (held) return *held;
  auto& spares = spare_works();
  if (spares.empty()) {
    held = std::make_unique<Work>(engine_.limits);
  } else {
    held = std::move(spares.back());
    spares.pop_back();
  }
  held->first_byte = Steady::now();
  return *held;
}

/// Makes the work ready for the next request; bytes that came ahead of it stay.
void Conversation::drop_exchange() {
  Work& held = *connection_.work;
  engine_.buffered_bytes.fetch_sub(held.body_reserved);
  held.exchange.reset();
  held.scanner = HeadScanner(engine_.limits);
  held.output.clear();
  held.sent = held.encrypted = held.body_filled = held.body_reserved = 0;
  held.close_after = false;
}

void Conversation::drop_work() {
  if (!connection_.work) return;
  drop_exchange();
  auto held = std::move(connection_.work);
  auto& spares = spare_works();
  if (spares.size() == kSpareWorks || held->input.capacity() > kMaxSpareBytes) return;
  held->input.clear();
  if (held->output.capacity() > kMaxSpareBytes) held->output = {};
  spares.push_back(std::move(held));
}

}  // namespace mercato::http::inbound

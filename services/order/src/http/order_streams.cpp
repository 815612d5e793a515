#include "http/order_streams.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include <mercato/json/json.hpp>

namespace order::api {
namespace {

namespace http = mercato::http;

/// How late a reader may hear of a move. One query serves all readers.
constexpr std::chrono::milliseconds kPoll{200};
constexpr std::chrono::minutes kIdle{1};

/// One event, as the HTML standard writes it (section 9.2, server-sent events).
std::string to_event(const StatusChange& change) {
  auto data = mercato::json::Value::object();
  data["order_id"] = change.order.str();
  data["status"] = name(change.status);
  data["at"] = mercato::to_rfc3339(change.at);
  return "id: " + std::to_string(change.seq) +
         "\nevent: order.status\ndata: " + mercato::json::dump(data) + "\n\n";
}

}  // namespace

OrderStreams::OrderStreams(OrderRepository& orders, const mercato::Clock& clock,
                           std::size_t most_of_one)
    : orders_(orders),
      clock_(clock),
      most_of_one_(most_of_one),
      loop_("order streams", [this] { return step(); }) {}

http::Stream OrderStreams::open(const Order& order, UserId subject, std::int64_t seen,
                                mercato::Timestamp expires_at) {
  if (seen > order.version) seen = 0;  // none that we have sent
  auto reader = std::make_shared<Reader>(Reader{order.id, subject, seen, expires_at, {}});
  http::Stream stream{reader->writer, "text/event-stream", {}};
  stream.headers.set("Cache-Control", "no-store");
  if (is_final(order.status)) {
    tell({reader});
    reader->writer.close();
    return stream;
  }
  admit(std::move(reader));
  loop_.wake();
  return stream;
}

void OrderStreams::admit(ReaderPtr reader) {
  const std::lock_guard lock(mutex_);
  const auto open = std::count_if(readers_.begin(), readers_.end(), [&](const ReaderPtr& other) {
    return other->subject == reader->subject && !other->writer.closed();
  });
  if (static_cast<std::size_t>(open) >= most_of_one_) {
    mercato::Error error(mercato::ErrorKind::rate_limited, "rate_limited",
                         "You have too many event streams open.");
    throw error.after(std::chrono::seconds(1));
  }
  readers_.push_back(std::move(reader));
}

std::chrono::milliseconds OrderStreams::step() {
  const auto readers = open_readers();
  if (readers.empty()) return kIdle;
  tell(readers);
  return kPoll;
}

std::vector<OrderStreams::ReaderPtr> OrderStreams::open_readers() {
  const auto now = clock_.now();
  const std::lock_guard lock(mutex_);
  readers_.erase(std::remove_if(readers_.begin(), readers_.end(),
                                [now](const ReaderPtr& reader) {
                                  if (reader->expires_at <= now) reader->writer.close();
                                  return reader->writer.closed();
                                }),
                 readers_.end());
  return readers_;
}

/// On the loop's thread, to which `seen` belongs; or on that of a request, for a reader that no
/// loop knows.
void OrderStreams::tell(const std::vector<ReaderPtr>& readers) {
  std::unordered_map<OrderId, std::int64_t> seen_by_all;
  for (const auto& reader : readers) {
    const auto [known, is_new] = seen_by_all.emplace(reader->order, reader->seen);
    if (!is_new) known->second = std::min(known->second, reader->seen);
  }
  const auto changes = orders_.status_changes({seen_by_all.begin(), seen_by_all.end()});
  for (const auto& reader : readers) {
    for (const auto& change : changes) {
      if (change.order != reader->order || change.seq <= reader->seen) continue;
      reader->writer.write(to_event(change));
      reader->seen = change.seq;
      if (is_final(change.status)) reader->writer.close();
    }
  }
}

}  // namespace order::api

#include "mercato/db/link.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <string_view>

namespace mercato::db {
namespace {

using namespace std::chrono_literals;
constexpr auto kTickInterval = 100ms;

/// Waits for `events` on `fd` (or for nothing, if it is negative) in ticks.
bool poll_ticking(int fd, short events, Deadline deadline, const Link::Tick& tick) {
  pollfd waiting{fd, events, 0};
  while (tick()) {
    const auto slice = std::min<std::chrono::milliseconds>(kTickInterval, deadline.remaining());
    if (::poll(&waiting, 1, static_cast<int>(slice.count())) > 0) return true;
    if (deadline.expired()) return false;
  }
  return false;
}

void append_rows(const PGresult& result, Link::Rows& rows) {
  for (int row = 0; row < PQntuples(&result); ++row) {
    auto& fields = rows.emplace_back();
    for (int column = 0; column < PQnfields(&result); ++column) {
      fields.emplace_back(PQgetvalue(&result, row, column));
    }
  }
}

}  // namespace

void pause(std::chrono::milliseconds duration, const Link::Tick& tick) {
  poll_ticking(-1, 0, Deadline::in(duration), tick);
}

Link::Link(const std::string& url, Deadline deadline, const Tick& tick)
    : connection_(PQconnectStart(url.c_str())) {
  PQsetErrorVerbosity(connection_, PQERRORS_VERBOSE);  // with SQLSTATE, which needs no translation
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  while (PQstatus(connection_) != CONNECTION_BAD && status != PGRES_POLLING_OK &&
         status != PGRES_POLLING_FAILED) {
    if (!await(status == PGRES_POLLING_READING ? POLLIN : POLLOUT, deadline, tick)) return;
    status = PQconnectPoll(connection_);
  }
}

Link::~Link() {
  PQfinish(connection_);
}

bool Link::alive() const {
  return PQstatus(connection_) == CONNECTION_OK;
}

std::string Link::error() const {
  const std::string text = PQerrorMessage(connection_);
  return text.substr(0, text.find('\n'));
}

bool Link::refused_as_full() const {
  const std::string_view text = PQerrorMessage(connection_);  // of each address that was tried
  return !alive() && text.find(" 53300: ") != std::string_view::npos;
}

bool Link::execute(const std::string& sql, Deadline deadline, const Tick& tick, Rows* rows) {
  if (PQsendQuery(connection_, sql.c_str()) == 0) return false;
  while (PQflush(connection_) == 1) {
    if (!await(POLLOUT, deadline, tick)) return false;
  }
  bool succeeded = true;
  for (;;) {
    while (PQisBusy(connection_) == 1) {
      if (!await(POLLIN, deadline, tick) || PQconsumeInput(connection_) == 0) return false;
    }
    PGresult* const result = PQgetResult(connection_);
    if (result == nullptr) return succeeded && alive();
    const auto status = PQresultStatus(result);
    succeeded = succeeded && (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
    if (rows != nullptr) append_rows(*result, *rows);
    PQclear(result);
  }
}

bool Link::await_input(Deadline deadline, const Tick& tick) {
  return await(POLLIN, deadline, tick) && PQconsumeInput(connection_) != 0;
}

bool Link::take_notifications() {
  bool any = false;
  while (PGnotify* const notification = PQnotifies(connection_)) {
    any = true;
    PQfreemem(notification);
  }
  return any;
}

bool Link::await(short events, Deadline deadline, const Tick& tick) const {
  return poll_ticking(PQsocket(connection_), events, deadline, tick);
}

}  // namespace mercato::db

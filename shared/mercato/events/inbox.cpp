#include "mercato/events/inbox.hpp"

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "mercato/log/log.hpp"
#include "mercato/tracing/span.hpp"

namespace mercato::events {
namespace {

constexpr int kTries = 3;
constexpr int kPrunedAtOnce = 1'000;
constexpr int kForgottenAtOnce = 1'000;
constexpr int kRedriveBatch = 100;
constexpr std::size_t kMaxErrorText = 1'000;
// Of the events that one transaction deals with. Some hundreds of long ones would make effects for
// longer than a statement may take, and be tried again, all together, for ever.
constexpr std::size_t kPortionBytes = std::size_t{1024} * 1024;
constexpr const char* kWaits = "waits for an earlier event of its aggregate";

/// Runs `work`: what is wrong with it, if anything. A database that is away is no event's fault.
template <class F>
std::optional<std::string> fault_of(F&& work) {
  try {
    work();
    return std::nullopt;
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::unavailable) throw;
    return error.what();
  } catch (const std::exception& error) {
    return error.what();
  }
}

/// The first of `events`, of which there are some, up to as many as are dealt with at once.
std::span<const Event> first_portion(std::span<const Event> events) {
  std::size_t count = 0;
  for (std::size_t bytes = 0; count < events.size() && bytes < kPortionBytes; ++count) {
    bytes += events[count].text.size();
  }
  return events.first(count);
}

/// A span for each event whose trace is recorded.
std::vector<tracing::Span> begin_spans(const std::vector<Event>& events) {
  std::vector<tracing::Span> spans;
  for (const auto& event : events) {
    const auto context = tracing::TraceContext::resume(event.trace_id);
    if (!tracing::recording(context)) continue;
    auto& span = spans.emplace_back();
    span.kind = tracing::Span::Kind::consumer;
    span.name = "apply " + event.type;
    span.trace_id = context.trace_id;
    span.span_id = context.span_id;
    span.start = std::chrono::system_clock::now();
    span.attributes = {{"messaging.message.id", event.id}, {"subject", event.aggregate}};
  }
  return spans;
}

}  // namespace

/// What is known of the aggregates that some events are about.
struct Inbox::Known {
  std::map<std::string, std::int64_t> versions;
  std::set<std::string> touched;
  std::set<std::string> blocked;  // by a dead letter
};

Inbox::Inbox(std::string source, std::vector<std::string> types, Apply apply, db::Pool& pool)
    : source_(std::move(source)),
      types_(std::move(types)),
      apply_(std::move(apply)),
      pool_(pool) {}

constexpr db::Statement kFindCursor{"inbox_find_cursor",
                                    "SELECT sequence FROM event_cursor WHERE source = $1"};
constexpr db::Statement kMakeCursor{
    "inbox_make_cursor",
    "INSERT INTO event_cursor (source, sequence) VALUES ($1, 0) ON CONFLICT (source) DO NOTHING"};

std::int64_t Inbox::position() {
  const auto found = pool_.execute(kFindCursor, source_);
  if (!found.empty()) return db::integer(found[0], "sequence");
  pool_.execute(kMakeCursor, source_);
  return 0;
}

Inbox::Taken Inbox::take(const std::vector<Event>& events) {
  Taken taken;
  for (std::span<const Event> rest(events); !rest.empty() && !taken.busy && !taken.gap;) {
    const auto portion = first_portion(rest);
    const auto next = take_portion(portion);
    taken = {taken.applied + next.applied, next.busy, next.gap};
    rest = rest.subspan(portion.size());
  }
  return taken;
}

Inbox::Taken Inbox::take_portion(std::span<const Event> events) {
  Taken taken;
  const auto fault = fault_of([&] {
    taken = pool_.transact(
        [&](db::Transaction& transaction) { return take_next(transaction, events); });
  });
  if (!fault) return taken;
  // One of them cannot be applied. Each alone tells which.
  for (const auto& event : events) take_alone(event);
  return {events.size(), false, false};
}

constexpr db::Statement kLockCursor{
    "inbox_lock_cursor",
    "SELECT sequence FROM event_cursor WHERE source = $1 FOR UPDATE SKIP LOCKED"};

void Inbox::take_alone(const Event& event) {
  std::optional<std::string> fault;
  for (int tries = 0; tries < kTries; ++tries) {
    fault = fault_of([&] {
      pool_.transact([&](db::Transaction& transaction) { take_next(transaction, {&event, 1}); });
    });
    if (!fault) return;
  }
  pool_.transact([&](db::Transaction& transaction) {
    // Nobody may have dealt with it meanwhile, as another replica does for one of its own.
    const auto cursor = transaction.execute(kLockCursor, source_);
    if (cursor.empty() || db::integer(cursor[0], "sequence") != event.sequence - 1) return;
    bury(transaction, event, *fault, kTries);
    record(transaction, {}, event.sequence);
  });
}

Inbox::Taken Inbox::take_next(db::Transaction& transaction, std::span<const Event> events) {
  Taken taken;
  const auto cursor = transaction.execute(kLockCursor, source_);
  taken.busy = cursor.empty();
  if (taken.busy) return taken;

  auto known = find_known(transaction, events);
  auto sequence = db::integer(cursor[0], "sequence");
  std::vector<Event> news;
  for (const auto& event : events) {
    if (event.sequence <= sequence) continue;
    taken.gap = event.sequence != sequence + 1;
    if (taken.gap) break;
    sequence = event.sequence;
    ++taken.applied;
    const auto version = known.versions.find(event.aggregate);
    const bool seen = version != known.versions.end();
    if (known.blocked.count(event.aggregate) > 0) {
      bury(transaction, event, kWaits, 0);
    } else if (seen && event.version > version->second + 1) {
      bury(transaction, event, "version " + std::to_string(version->second + 1) + " is missing", 0);
      known.blocked.insert(event.aggregate);
    } else if (!seen || event.version == version->second + 1) {
      known.versions[event.aggregate] = event.version;
      known.touched.insert(event.aggregate);
      news.push_back(event);
    }  // else an older version, whose effect is contained in what was applied
  }
  if (taken.applied == 0) return taken;
  apply(transaction, news);
  record(transaction, known, sequence);
  return taken;
}

constexpr db::Statement kFindAggregates{"inbox_find_aggregates", R"sql(
  SELECT aggregate_id, version, false AS dead FROM inbox
   WHERE source = $1 AND aggregate_id = ANY ($2::text[])
  UNION ALL
  SELECT DISTINCT aggregate_id, 0, true FROM dead_letter
   WHERE source = $1 AND aggregate_id = ANY ($2::text[]))sql"};

Inbox::Known Inbox::find_known(db::Transaction& transaction, std::span<const Event> events) {
  std::set<std::string> aggregates;
  for (const auto& event : events) aggregates.insert(event.aggregate);
  const auto ids =
      db::array(std::vector<std::string>(aggregates.begin(), aggregates.end()));
  Known known;
  for (const auto& row : transaction.execute(kFindAggregates, source_, ids)) {
    if (db::boolean(row, "dead")) {
      known.blocked.insert(db::text(row, "aggregate_id"));
    } else {
      known.versions.emplace(db::text(row, "aggregate_id"), db::integer(row, "version"));
    }
  }
  return known;
}

void Inbox::apply(db::Transaction& transaction, const std::vector<Event>& events) {
  std::vector<Event> wanted;
  for (const auto& event : events) {
    const bool ours = std::find(types_.begin(), types_.end(), event.type) != types_.end();
    if (ours) wanted.push_back(event);
  }
  if (wanted.empty()) return;
  auto spans = begin_spans(wanted);
  {
    // A batch has as many traces as events: what is logged and asked meanwhile is of the first.
    auto first = tracing::TraceContext::resume(wanted.front().trace_id);
    if (!spans.empty() && spans.front().trace_id == first.trace_id) {
      first.span_id = spans.front().span_id;
    }
    const tracing::Scope scope(first, {});
    apply_(transaction, wanted);
  }
  for (auto& span : spans) {
    span.end = std::chrono::system_clock::now();
    tracing::record(std::move(span));
  }
}

constexpr db::Statement kRecord{"inbox_record", R"sql(
  WITH touched AS (
    INSERT INTO inbox AS i (source, aggregate_id, version)
    SELECT $1, t.aggregate_id, t.version
      FROM unnest($2::text[], $3::bigint[]) AS t (aggregate_id, version)
    ON CONFLICT (source, aggregate_id) DO UPDATE
      SET version = greatest(i.version, excluded.version), touched_on = excluded.touched_on)
  UPDATE event_cursor SET sequence = greatest(sequence, $4), moved_at = now()
   WHERE source = $1)sql"};

void Inbox::record(db::Transaction& transaction, const Known& known, std::int64_t sequence) {
  std::vector<std::string> aggregates;
  std::vector<std::int64_t> versions;
  for (const auto& aggregate : known.touched) {
    aggregates.push_back(aggregate);
    versions.push_back(known.versions.at(aggregate));
  }
  transaction.execute(kRecord, source_, db::array(aggregates), db::array(versions), sequence);
}

constexpr db::Statement kBury{"inbox_bury", R"sql(
  INSERT INTO dead_letter (event_id, source, sequence, type, aggregate_id, version, event, error,
                           attempts)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (event_id) DO NOTHING)sql"};

void Inbox::bury(db::Transaction& transaction, const Event& event, const std::string& error,
                 int attempts) {
  transaction.execute(kBury, event.id, source_, event.sequence, event.type, event.aggregate,
                      event.version, event.text, error.substr(0, kMaxErrorText), attempts);
  log::error("dead letter", {{"source", source_},
                             {"event_id", event.id},
                             {"type", event.type},
                             {"subject", event.aggregate},
                             {"trace_id", event.trace_id},
                             {"error", error}});
}

// The versions that we knew are forgotten: what was missed may have changed any of them. Most go
// beforehand, for there may be millions. That is no harm if it stays at that: what was dealt with
// is before the cursor, and of an aggregate that is not known the next event is taken as it comes.
constexpr db::Statement kForgetSome{"inbox_forget_some", R"sql(
  WITH known AS MATERIALIZED (
    SELECT ctid AS at, aggregate_id FROM inbox WHERE source = $1 AND aggregate_id > $2
     ORDER BY aggregate_id LIMIT $3),
  forgotten AS (DELETE FROM inbox WHERE ctid = ANY (ARRAY(SELECT at FROM known)))
  SELECT max(aggregate_id) AS last FROM known)sql"};
// And with the move, what came to be known meanwhile.
constexpr db::Statement kJump{"inbox_jump", R"sql(
  WITH moved AS (
    UPDATE event_cursor SET sequence = $3, moved_at = now()
     WHERE source = $1 AND sequence = $2 RETURNING source)
  DELETE FROM inbox USING moved WHERE inbox.source = moved.source)sql"};

bool Inbox::jump(std::int64_t from, std::int64_t to) {
  const auto some = pool_.execute(kForgetSome, source_, forgotten_up_to_, kForgottenAtOnce);
  forgotten_up_to_ = db::optional_text(some[0], "last").value_or("");
  if (!forgotten_up_to_.empty()) return false;
  pool_.execute(kJump, source_, from, to);
  return true;
}

constexpr db::Statement kListRedriven{"inbox_list_redriven", R"sql(
  SELECT DISTINCT aggregate_id FROM dead_letter WHERE source = $1 AND redrive
   ORDER BY aggregate_id LIMIT $2)sql"};
constexpr db::Statement kFirstLetter{"inbox_first_letter", R"sql(
  SELECT event_id, event FROM dead_letter WHERE source = $1 AND aggregate_id = $2
   ORDER BY sequence LIMIT 1)sql"};
constexpr db::Statement kFailAgain{"inbox_fail_again", R"sql(
  UPDATE dead_letter
     SET redrive = false, failed_at = now(),
         attempts = attempts + CASE WHEN event_id = $3 THEN 1 ELSE 0 END,
         error = CASE WHEN event_id = $3 THEN $4 ELSE error END
   WHERE source = $1 AND aggregate_id = $2)sql"};

bool Inbox::redrive() {
  const auto aggregates = pool_.execute(kListRedriven, source_, kRedriveBatch);
  for (const auto& row : aggregates) {
    const auto aggregate = db::text(row, "aggregate_id");
    const auto fault = fault_of([&] {
      while (redrive_first(aggregate)) continue;
    });
    if (!fault) continue;
    const auto first = pool_.execute(kFirstLetter, source_, aggregate);
    if (first.empty()) continue;
    log::error("dead letter failed again", {{"source", source_},
                                            {"event_id", db::text(first[0], "event_id")},
                                            {"error", *fault}});
    pool_.execute(kFailAgain, source_, aggregate, db::text(first[0], "event_id"),
                  fault->substr(0, kMaxErrorText));
  }
  return !aggregates.empty();
}

constexpr db::Statement kForgetLetter{"inbox_forget_letter",
                                      "DELETE FROM dead_letter WHERE event_id = $1"};

/// Applies the first letter of the aggregate and forgets it; false if there is none, or another
/// replica is at it. Holds the cursor, so that nothing joins the queue unseen.
bool Inbox::redrive_first(const std::string& aggregate) {
  return pool_.transact([&](db::Transaction& transaction) {
    const auto cursor = transaction.execute(kLockCursor, source_);
    if (cursor.empty()) return false;
    const auto letter = transaction.execute(kFirstLetter, source_, aggregate);
    if (letter.empty()) return false;
    const auto event = parse_cloud_event(db::text(letter[0], "event"));
    if (!event) throw std::logic_error("the dead letter cannot be read");
    apply(transaction, {*event});
    Known known;
    known.versions[aggregate] = event->version;
    known.touched.insert(aggregate);
    record(transaction, known, db::integer(cursor[0], "sequence"));
    transaction.execute(kForgetLetter, event->id);
    return true;
  });
}

constexpr db::Statement kPruneInbox{"inbox_prune", R"sql(
  DELETE FROM inbox WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM inbox WHERE source = $1 AND touched_on < current_date - 14
     ORDER BY touched_on LIMIT $2)))sql"};

void Inbox::prune() {
  while (db::affected_rows(pool_.execute(kPruneInbox, source_, kPrunedAtOnce)) == kPrunedAtOnce) {
  }
}

constexpr db::Statement kCountLettersOfSource{
    "inbox_count_letters", "SELECT count(*) AS letters FROM dead_letter WHERE source = $1"};

std::int64_t Inbox::count_dead_letters() {
  return db::integer(pool_.execute(kCountLettersOfSource, source_)[0], "letters");
}

}  // namespace mercato::events

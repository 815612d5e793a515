#include "mercato/events/dead_letter_desk.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "mercato/error/error.hpp"
#include "mercato/http/problem.hpp"
#include "mercato/http/query.hpp"

namespace mercato::events {
namespace {

constexpr std::string_view kFilters = "dead_letters";

constexpr db::Statement kPage{"dead_letters_page", R"sql(
  SELECT event_id, source, sequence, type, aggregate_id, version, error, attempts, redrive,
         failed_at
    FROM dead_letter WHERE (source, sequence) > ($1, $2) ORDER BY source, sequence LIMIT $3)sql"};

// Those of one aggregate go together, as they can only be applied one after the other.
constexpr db::Statement kRelease{"dead_letters_release_aggregate", R"sql(
  UPDATE dead_letter SET redrive = true
   WHERE (source, aggregate_id) IN (SELECT source, aggregate_id FROM dead_letter
                                     WHERE event_id = $1))sql"};
constexpr db::Statement kFind{"dead_letters_find", R"sql(
  SELECT event_id, source, sequence, type, aggregate_id, version, error, attempts, redrive,
         failed_at
    FROM dead_letter WHERE event_id = $1)sql"};

json::Value to_json(const db::Row& row) {
  return {{"id", db::text(row, "event_id")},
          {"source", db::text(row, "source")},
          {"sequence", db::integer(row, "sequence")},
          {"type", db::text(row, "type")},
          {"subject", db::text(row, "aggregate_id")},
          {"version", db::integer(row, "version")},
          {"error", db::text(row, "error")},
          {"attempts", db::integer(row, "attempts")},
          {"redriving", db::boolean(row, "redrive")},
          {"failed_at", to_rfc3339(db::timestamp(row, "failed_at"))}};
}

struct Place {
  std::string source;
  std::int64_t sequence = 0;
};

Place place_of(const http::Request& request) {
  const auto cursor = request.query("cursor");
  if (!cursor) return {};
  const auto key = http::decode_cursor(*cursor, kFilters);
  Place place;
  if (key.size() != 2) return place;
  place.source = key[0];
  (void)std::from_chars(key[1].data(), key[1].data() + key[1].size(), place.sequence);
  return place;
}

}  // namespace

http::Response list_dead_letters(db::Pool& pool, const http::Request& request) {
  http::QueryReader query(request);
  const auto limit = query.limit();
  query.finish();
  const auto after = place_of(request);
  const auto rows = pool.execute_until(request.deadline, kPage, after.source, after.sequence,
                                       static_cast<std::int64_t>(limit + 1));
  auto data = json::Value::array();
  json::Value next = nullptr;
  for (const auto& row : rows) {
    if (data.size() == limit) {
      const auto& last = data.back();
      next = http::encode_cursor({last["source"].get<std::string>(),
                                  std::to_string(last["sequence"].get<std::int64_t>())},
                                 kFilters);
      break;
    }
    data.push_back(to_json(row));
  }
  return http::json_response({{"data", std::move(data)}, {"next_cursor", std::move(next)}});
}

json::Value redrive_dead_letter(db::Transaction& transaction, const Uuid& id) {
  if (db::affected_rows(transaction.execute(kRelease, id)) == 0) throw not_found("No such letter.");
  return to_json(transaction.execute(kFind, id)[0]);
}

}  // namespace mercato::events

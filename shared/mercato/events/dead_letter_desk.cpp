#include "mercato/events/dead_letter_desk.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "mercato/error/error.hpp"
#include "mercato/events/dead_letter_rows.hpp"
#include "mercato/http/problem.hpp"
#include "mercato/http/query.hpp"
#include "mercato/json/utf8.hpp"

namespace mercato::events {
namespace {

constexpr std::string_view kFilters = "dead_letters";

constexpr db::Statement kPageOfLetters{"dead_letters_page", R"sql(
  SELECT event_id, source, sequence, type, aggregate_id, version, error, attempts, redrive,
         failed_at
    FROM dead_letter WHERE (source, sequence) > ($1, $2) ORDER BY source, sequence LIMIT $3)sql"};

constexpr db::Statement kFindLetter{"dead_letters_find", R"sql(
  SELECT event_id, source, sequence, type, aggregate_id, version, error, attempts, redrive,
         failed_at
    FROM dead_letter WHERE event_id = $1)sql"};

struct Place {
  std::string source;
  std::int64_t sequence = 0;
};

/// Anybody can make a cursor that decodes: what is in it may be anything.
Place place_of(const http::Request& request) {
  const auto cursor = http::shown_cursor(request);
  if (!cursor) return {};
  const auto key = http::decode_cursor(*cursor, kFilters);
  if (key.size() != 2 || !json::is_valid_utf8(key[0]) || key[0].find('\0') != std::string::npos) {
    throw http::invalid_cursor();
  }
  Place place{key[0], 0};
  const auto* const last = key[1].data() + key[1].size();
  const auto [end, error] = std::from_chars(key[1].data(), last, place.sequence);
  if (error != std::errc() || end != last) throw http::invalid_cursor();
  return place;
}

}  // namespace

http::Response list_dead_letters(db::Pool& pool, const http::Request& request) {
  http::QueryReader query(request);
  const auto limit = query.limit();
  query.finish();
  const auto after = place_of(request);
  const auto rows = pool.execute_until(request.deadline, kPageOfLetters, after.source,
                                       after.sequence, static_cast<std::int64_t>(limit + 1));
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
    data.push_back(letter_json(row));
  }
  return http::json_response({{"data", std::move(data)}, {"next_cursor", std::move(next)}});
}

json::Value redrive_dead_letter(db::Transaction& transaction, const Uuid& id) {
  if (db::affected_rows(transaction.execute(kReleaseLetters, id)) == 0) {
    throw not_found("No such letter.");
  }
  return letter_json(transaction.execute(kFindLetter, id)[0]);
}

}  // namespace mercato::events

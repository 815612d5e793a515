#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace psp {

/// Why a card was refused, as the provider words it.
struct Decline {
  std::string code;
  std::string decline_code;
  std::string message;
};

using Metadata = std::vector<std::pair<std::string, std::string>>;

/// One payment. `status` is Stripe's: requires_payment_method, requires_confirmation,
/// requires_capture, succeeded, canceled. Amounts in minor units.
struct Intent {
  std::string id;
  std::int64_t created_s = 0;
  std::string status;
  std::int64_t amount = 0;
  std::string currency;                       // lower case
  bool capture_at_once = false;               // capture_method: automatic
  std::optional<std::string> payment_method;  // none: absent, or used up by a decline
  std::string token;                          // the last one given: what the card does
  Metadata metadata;
  std::optional<std::string> charge;  // once authorised
  std::int64_t amount_received = 0;
  std::int64_t amount_refunded = 0;
  std::int64_t failures = 0;  // confirmations that ended with 500
  std::optional<Decline> last_decline;
  std::optional<std::int64_t> canceled_s;
  std::optional<std::string> cancellation_reason;
};

struct Refund {
  std::string id;
  std::string intent;
  std::string charge;
  std::int64_t created_s = 0;
  std::int64_t amount = 0;
  std::string currency;
  std::optional<std::string> reason;
  Metadata metadata;
};

/// A charge that the customer's bank takes back. `status` is Stripe's: needs_response,
/// under_review, won, lost. The money is withdrawn when it begins, and given back when it is won.
struct Dispute {
  std::string id;
  std::string intent;
  std::string charge;
  std::int64_t created_s = 0;
  std::int64_t amount = 0;
  std::string currency;
  std::string reason;
  std::string status;
};

/// An answer that is no success, in Stripe's words.
struct ApiError {
  int status = 400;
  std::string type;
  std::string code;
  std::string decline_code;
  std::string param;
  std::string message;
};

struct Event {
  std::string id;
  std::string type;
};

/// Under which Idempotency-Key a request came, and what marks it as the same request.
struct Key {
  std::string key;
  std::string fingerprint;
};

/// Everything that one request changed, and what it was answered: one line of the journal. The
/// answer can be rendered from it again, to the same bytes.
struct Record {
  std::optional<Intent> intent;  // as it is afterwards
  std::optional<Refund> refund;  // made by this request
  std::optional<Dispute> dispute;  // as it is afterwards
  std::optional<ApiError> error;
  std::optional<Event> event;  // told to the merchant
  std::optional<Key> key;
  bool expand_charge = false;
};

[[nodiscard]] std::string to_line(const Record& record);
[[nodiscard]] std::string delivered_line(std::string_view event);

/// A line read back: a record, or the id of an event that was delivered. Throws std::exception if
/// it is neither.
struct Line {
  std::optional<Record> record;
  std::string delivered;
};
[[nodiscard]] Line parse_line(std::string_view line);

}  // namespace psp

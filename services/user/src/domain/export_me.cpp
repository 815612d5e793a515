#include "domain/export_me.hpp"

#include <cstddef>
#include <optional>

#include <mercato/error/error.hpp>

#include "domain/own_account.hpp"

namespace user {
namespace {

constexpr std::size_t kPage = 100;

/// All rows of a list that is read by pages: `read` is given the last id so far.
template <class Row, class Id, class Read>
std::vector<Row> all_pages(mercato::Deadline deadline, const Read& read) {
  std::vector<Row> rows;
  std::optional<Id> last;
  for (;;) {
    if (deadline.expired()) throw mercato::unavailable("There is more than can be had in time.");
    const auto page = read(last);
    rows.insert(rows.end(), page.begin(), page.end());
    if (page.size() < kPage) return rows;
    last = page.back().id;
  }
}

}  // namespace

ExportMe::Everything ExportMe::export_me(UserId me, mercato::Deadline deadline) {
  Everything everything;
  everything.user = get_me(parts_.users, me);
  everything.addresses =
      all_pages<Address, AddressId>(deadline, [&](std::optional<AddressId> before) {
        return parts_.addresses.list(me, before, kPage);
      });
  everything.sessions =
      all_pages<Session, SessionId>(deadline, [&](std::optional<SessionId> before) {
        return parts_.sessions.list_held(me, before, kPage);
      });
  everything.audit_entries =
      all_pages<AuditEntry, AuditEntryId>(deadline, [&](std::optional<AuditEntryId> before) {
        return parts_.audit_log.list_involving(me, before, kPage);
      });
  everything.elsewhere = parts_.elsewhere.get(me, deadline);
  return everything;
}

}  // namespace user

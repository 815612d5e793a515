#include <support/await.hpp>
#include <support/catch.hpp>

#include <stdexcept>

#include "domain/export_me.hpp"
#include "fakes.hpp"

using namespace user;
using namespace user::test;

namespace {

class OneUser : public FakeUsers {
 public:
  std::optional<User> find(UserId id) override {
    User found;
    found.id = id;
    return found;
  }
};

class NoAddresses : public AddressRepository {
 public:
  std::vector<Address> list(UserId, std::optional<AddressId>, std::size_t) override { return {}; }
  std::optional<Address> find(UserId, AddressId) override { return std::nullopt; }
  Address insert(UserId, const AddressFields&) override { return {}; }
  std::optional<Address> update(UserId, const Address&) override { return std::nullopt; }
  bool remove(UserId, AddressId) override { return false; }
};

/// Has another page behind each that is read, and is slow.
class EndlessSessions : public FakeSessions {
 public:
  explicit EndlessSessions(mercato::Deadline deadline) : deadline_(deadline) {}
  std::vector<Session> list_held(UserId, std::optional<SessionId>, std::size_t limit) override {
    static_cast<void>(mercato::test::await([&] { return deadline_.expired(); }));
    ++pages;
    if (pages > 3) throw std::logic_error("nobody waits for this page");
    return std::vector<Session>(limit);
  }

  int pages = 0;

 private:
  mercato::Deadline deadline_;
};

class NoEntries : public AuditLog {
 public:
  std::vector<AuditEntry> list(const AuditFilter&, std::optional<AuditEntryId>,
                               std::size_t) override {
    return {};
  }
  std::vector<AuditEntry> list_involving(UserId, std::optional<AuditEntryId>,
                                         std::size_t) override {
    return {};
  }
};

class NothingElsewhere : public HeldElsewhere {
 public:
  Holdings get(UserId, mercato::Deadline) override { return {}; }
};

}  // namespace

TEST_CASE("an export that nobody waits for any more reads no further", "[export]") {
  const auto deadline = mercato::Deadline::in(std::chrono::milliseconds(50));
  OneUser users;
  NoAddresses addresses;
  EndlessSessions sessions(deadline);
  NoEntries audit_log;
  NothingElsewhere elsewhere;
  ExportMe export_me({users, addresses, sessions, audit_log, elsewhere});
  CHECK(error_of([&] { return export_me.export_me(UserId::make(), deadline).sessions; }) ==
        "unavailable");
  CHECK(sessions.pages <= 1);
}

#pragma once

#include <mercato/id/uuid.hpp>

namespace user {

using UserId = mercato::Id<struct UserTag>;
using SessionId = mercato::Id<struct SessionTag>;
using AddressId = mercato::Id<struct AddressTag>;
using AuditEntryId = mercato::Id<struct AuditEntryTag>;

}  // namespace user

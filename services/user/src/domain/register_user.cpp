#include "domain/register_user.hpp"

#include <utility>

#include "domain/errors.hpp"

namespace user {

User RegisterUser::register_user(const Command& command) {
  auto registered = users_.insert({UserId::make(), command.email, command.name,
                                   passwords_.hash(command.password), command.trace_id});
  if (!registered) throw email_taken();
  return std::move(*registered);
}

}  // namespace user

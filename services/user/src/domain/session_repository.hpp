#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "domain/session.hpp"
#include "domain/tokens.hpp"

namespace user {

struct NewSession {
  RefreshToken token;
  UserId user;
  std::string password_hash;  // that was verified: if it is another one by now, so is the password
  std::optional<std::string> user_agent;
};

/// A session as the holder of one of its refresh tokens finds it.
struct Presented {
  enum class As { current, used_just_now, used_before } as = As::used_before;
  bool live = false;  // neither ended nor run out, and its user is active
  User user;
  std::string sealed_successor;  // of a token that was used just now
};

/// From any thread.
class SessionRepository {
 public:
  virtual ~SessionRepository() = default;

  /// The user's oldest sessions give way to the newest thousand, and so do the oldest that ended.
  /// False if meanwhile the password was changed or the user disabled.
  [[nodiscard]] virtual bool insert(const NewSession& session) = 0;
  [[nodiscard]] virtual std::optional<Presented> find_presented(const RefreshToken& token) = 0;
  /// Puts `next` in the place of `shown`; false if that is not current any more.
  [[nodiscard]] virtual bool rotate(const RefreshToken& shown, const RefreshToken& next,
                                    const std::string& sealed_successor) = 0;

  /// Live ones, newest first. Error 401 if the account is gone.
  [[nodiscard]] virtual std::vector<Session> list(UserId user, std::optional<SessionId> before,
                                                  std::size_t limit) = 0;
  /// Those that are over as well, for as long as they are kept; newest first.
  [[nodiscard]] virtual std::vector<Session> list_held(UserId user, std::optional<SessionId> before,
                                                       std::size_t limit) = 0;
  /// False if the user has no such live session.
  virtual bool end(UserId user, SessionId session) = 0;
  /// Whoever it belongs to.
  virtual void end(SessionId session) = 0;
};

}  // namespace user

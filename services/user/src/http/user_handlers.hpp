#pragma once

#include <mercato/http/router.hpp>

#include "domain/change_password.hpp"
#include "domain/register_user.hpp"
#include "domain/user_repository.hpp"
#include "http/lane.hpp"

namespace user::api {

/// Accounts over HTTP: one's own, anybody's for admins, and what other services ask. From any
/// thread; does not own what it is given.
class UserHandlers {
 public:
  UserHandlers(RegisterUser& register_user, ChangePassword& change_password, UserRepository& users,
               Lane& lane)
      : register_user_(register_user),
        change_password_(change_password),
        users_(users),
        lane_(lane) {}

  mercato::http::Answer register_user(const mercato::http::Request& request);
  mercato::http::Answer get_me(const mercato::http::Request& request);
  mercato::http::Answer update_me(const mercato::http::Request& request);
  mercato::http::Answer delete_me(const mercato::http::Request& request);
  mercato::http::Answer change_password(const mercato::http::Request& request);

  mercato::http::Answer list_users(const mercato::http::Request& request);
  mercato::http::Answer get_user(const mercato::http::Request& request);
  mercato::http::Answer update_user(const mercato::http::Request& request);

  mercato::http::Answer check_user(const mercato::http::Request& request);

 private:
  RegisterUser& register_user_;
  ChangePassword& change_password_;
  UserRepository& users_;
  Lane& lane_;
};

}  // namespace user::api

#pragma once

// All that differs between libpqxx 6.4 (Debian 12) and 7.10 (Debian 13).

#include <pqxx/connection>
#include <pqxx/nontransaction>
#include <pqxx/transaction>
#include <pqxx/version>

#include <span>
#include <vector>

#include "mercato/db/statement.hpp"

#if PQXX_VERSION_MAJOR >= 7
#include <pqxx/params>
#include <pqxx/prepared_statement>
#endif

namespace mercato::db::shim {

#if PQXX_VERSION_MAJOR >= 7

inline pqxx::params to_params(std::span<const Parameter> parameters) {
  pqxx::params values;
  values.reserve(parameters.size());
  for (const Parameter& parameter : parameters) {
    if (parameter.text() == nullptr) {
      values.append();
    } else {
      values.append(pqxx::zview(parameter.text()));
    }
  }
  return values;
}

inline pqxx::result exec_prepared(pqxx::transaction_base& transaction, const char* name,
                                  std::span<const Parameter> parameters) {
  return transaction.exec(pqxx::prepped(name), to_params(parameters));
}

inline pqxx::result exec_params(pqxx::transaction_base& transaction, const char* sql,
                                std::span<const Parameter> parameters) {
  return transaction.exec(pqxx::zview(sql), to_params(parameters));
}

/// Error messages then name the SQLSTATE and the constraint, which exceptions do not.
inline void make_verbose(pqxx::connection& connection) {
  connection.set_verbosity(pqxx::error_verbosity::verbose);
}

inline void forbid_reconnect(pqxx::connection&) {}  // this version never does

#else

inline std::vector<const char*> to_values(std::span<const Parameter> parameters) {
  std::vector<const char*> values;
  values.reserve(parameters.size());
  for (const Parameter& parameter : parameters) values.push_back(parameter.text());
  return values;
}

inline pqxx::result exec_prepared(pqxx::transaction_base& transaction, const char* name,
                                  std::span<const Parameter> parameters) {
  return transaction.exec_prepared(name, pqxx::prepare::make_dynamic_params(to_values(parameters)));
}

inline pqxx::result exec_params(pqxx::transaction_base& transaction, const char* sql,
                                std::span<const Parameter> parameters) {
  return transaction.exec_params(sql, pqxx::prepare::make_dynamic_params(to_values(parameters)));
}

inline void make_verbose(pqxx::connection& connection) {
  connection.set_verbosity(pqxx::connection_base::verbose);
}

/// This version reconnects silently, in the middle of what it was doing.
inline void forbid_reconnect(pqxx::connection& connection) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
}

#endif

}  // namespace mercato::db::shim

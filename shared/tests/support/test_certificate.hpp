#pragma once

#include <string>

#include "support/workspace.hpp"

namespace mercato::test {

/// A certificate for localhost, 127.0.0.1 and *.shop.example by an authority that only tests know,
/// good from 2020 for a century. Files live as long as this object.
class TestCertificate {
 public:
  TestCertificate();

  [[nodiscard]] const std::string& certificate_file() const { return certificate_file_; }
  [[nodiscard]] const std::string& key_file() const { return key_file_; }
  /// The authority that signed it, and one that did not.
  [[nodiscard]] const std::string& authority_file() const { return authority_file_; }
  [[nodiscard]] const std::string& stranger_file() const { return stranger_file_; }

 private:
  TempDirectory directory_;
  std::string certificate_file_;
  std::string key_file_;
  std::string authority_file_;
  std::string stranger_file_;
};

}  // namespace mercato::test

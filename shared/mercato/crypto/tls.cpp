#include "mercato/crypto/tls.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <utility>

#include "mercato/crypto/openssl.hpp"

namespace mercato::crypto {
namespace {

using Context = Owned<SSL_CTX, SSL_CTX_free>;
using Session = Owned<SSL, SSL_free>;

Context make_context(const SSL_METHOD* method) {
  Context context(SSL_CTX_new(method));
  require(context != nullptr && SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) == 1,
          "OpenSSL cannot do TLS");
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  return context;
}

// A certificate names hosts and addresses in different fields; whichever the text is must match.
void expect_peer(SSL* session, const std::string& name) {
  X509_VERIFY_PARAM* const rules = SSL_get0_param(session);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1) return;
  ERR_clear_error();
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  require(X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size()) == 1 &&
              SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                       const_cast<char*>(name.c_str())) == 1,
          "no name for a TLS peer");
}

}  // namespace

struct TlsContext::Impl {
  Context context;
  bool is_client;
};

TlsContext TlsContext::client(const std::string& authorities_file) {
  auto context = make_context(TLS_client_method());
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const int loaded = authorities_file.empty()
                         ? SSL_CTX_set_default_verify_paths(context.get())
                         : SSL_CTX_load_verify_file(context.get(), authorities_file.c_str());
  if (loaded != 1) refuse("no certificate authorities in the file");
  return TlsContext(std::make_shared<const Impl>(Impl{std::move(context), true}));
}

TlsContext TlsContext::server(const std::string& certificate_file, const std::string& key_file) {
  auto context = make_context(TLS_server_method());
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1 ||
      SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    refuse("no certificate and key that fit each other");
  }
  return TlsContext(std::make_shared<const Impl>(Impl{std::move(context), false}));
}

struct TlsSession::Impl {
  // Evaluates the result of an SSL_ function and leaves the error queue empty.
  [[nodiscard]] Progress progress_of(int result) const {
    if (result > 0) return Progress::done;
    const int error = SSL_get_error(session.get(), result);
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ) return Progress::needs_input;
    return error == SSL_ERROR_ZERO_RETURN ? Progress::ended : Progress::failed;
  }

  TlsContext context;  // kept alive for as long as the session
  Session session;
  BIO* from_network = nullptr;  // owned by the session, as is the other
  BIO* to_network = nullptr;
};

TlsSession::TlsSession(const TlsContext& context, const std::string& peer_name)
    : impl_(std::make_unique<Impl>(Impl{context, Session(SSL_new(context.impl_->context.get()))})) {
  auto* const session = impl_->session.get();
  require(session != nullptr, "no memory for TLS");
  impl_->from_network = BIO_new(BIO_s_mem());
  impl_->to_network = BIO_new(BIO_s_mem());
  require(impl_->from_network != nullptr && impl_->to_network != nullptr, "no memory for TLS");
  // An empty input means "not yet", never the end: that is for the caller to know.
  BIO_set_mem_eof_return(impl_->from_network, -1);
  SSL_set_bio(session, impl_->from_network, impl_->to_network);
  if (context.impl_->is_client) {
    expect_peer(session, peer_name);
    SSL_set_connect_state(session);
  } else {
    SSL_set_accept_state(session);
  }
}

TlsSession::~TlsSession() = default;

TlsSession::Progress TlsSession::handshake() {
  return impl_->progress_of(SSL_do_handshake(impl_->session.get()));
}

void TlsSession::receive(std::string_view bytes) {
  std::size_t written = 0;
  require(
      bytes.empty() || BIO_write_ex(impl_->from_network, bytes.data(), bytes.size(), &written) == 1,
      "no memory for TLS");
}

std::string TlsSession::take_output() {
  std::string bytes(BIO_ctrl_pending(impl_->to_network), '\0');
  std::size_t count = 0;
  if (!bytes.empty()) BIO_read_ex(impl_->to_network, bytes.data(), bytes.size(), &count);
  bytes.resize(count);
  return bytes;
}

TlsSession::Progress TlsSession::write(std::string_view plain) {
  std::size_t written = 0;
  // Memory takes all that is written, so that nothing is ever left over.
  return impl_->progress_of(
      SSL_write_ex(impl_->session.get(), plain.data(), plain.size(), &written));
}

TlsSession::Read TlsSession::read(char* bytes, std::size_t size) {
  Read read;
  read.progress = impl_->progress_of(SSL_read_ex(impl_->session.get(), bytes, size, &read.count));
  return read;
}

}  // namespace mercato::crypto

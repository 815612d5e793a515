#include "support/test_certificate.hpp"

namespace mercato::test {
namespace {

constexpr const char* kCertificate = R"(-----BEGIN CERTIFICATE-----
MIIBuDCCAV+gAwIBAgIUBQuqvP3gSMHUEIzWo/GIjGd1OecwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHVGVzdCBjYTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAw
MDAwMFowEzERMA8GA1UEAwwIVGVzdCBzcnYwWTATBgcqhkjOPQIBBggqhkjOPQMB
BwNCAAQGxSz9GsaOwQ75klDhRwJfEcXqU4yH20C6jdC8nAUkYVrZ4QtbTfSalqRc
jjAurrM0RAaTuwc/NO7nkRBW/8mCo4GPMIGMMCoGA1UdEQQjMCGCCWxvY2FsaG9z
dIIOKi5zaG9wLmV4YW1wbGWHBH8AAAEwCQYDVR0TBAIwADATBgNVHSUEDDAKBggr
BgEFBQcDATAdBgNVHQ4EFgQU7RazIwnTShYi8kLYylR0NqlF/xcwHwYDVR0jBBgw
FoAUCg6IT78aIoODoIRNnnXO+0Y3yVIwCgYIKoZIzj0EAwIDRwAwRAIgZf28eCsQ
V+s8rXt/xpKK1G8Sln8wSWpARVZ/MQ/DC5QCICuZnfryejvlv4AI+BgY08Z5KLlH
F6LXXBm6QhMm7cms
-----END CERTIFICATE-----
)";

constexpr const char* kKey = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgDOQUpUkD6Uu0KbvR
c0yrZT/CSkts5kM8a9+LAEej9mChRANCAAQGxSz9GsaOwQ75klDhRwJfEcXqU4yH
20C6jdC8nAUkYVrZ4QtbTfSalqRcjjAurrM0RAaTuwc/NO7nkRBW/8mC
-----END PRIVATE KEY-----
)";

constexpr const char* kAuthority = R"(-----BEGIN CERTIFICATE-----
MIIBaTCCARCgAwIBAgIUJT2n+Ey3If9gjvivk3LLy//NDbYwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHVGVzdCBjYTAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAw
MDAwMFowEjEQMA4GA1UEAwwHVGVzdCBjYTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABDx/UFxGd89Lxv0TfDdGiv3K3wxs7m50WVahM1ReMGnrweYKh2QqhLdLVFqm
ExVJCrr9eFAHCBhrMhtljOnfRlujQjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0P
AQH/BAQDAgIEMB0GA1UdDgQWBBQKDohPvxoig4OghE2edc77RjfJUjAKBggqhkjO
PQQDAgNHADBEAiARLBZpd1/iQfNXjPbfRdMuOhyDvxNeJ3J1Tf/irOlS/gIgVUqr
kO3Go7gJmorvkBZ/JyOxcQdbH7DAAw15R5SqCLY=
-----END CERTIFICATE-----
)";

constexpr const char* kStranger = R"(-----BEGIN CERTIFICATE-----
MIIBbzCCARagAwIBAgIUB4E2VKwcRJB5/2DGTv5oL/3grRowCgYIKoZIzj0EAwIw
FTETMBEGA1UEAwwKVGVzdCBvdGhlcjAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEw
MTAwMDAwMFowFTETMBEGA1UEAwwKVGVzdCBvdGhlcjBZMBMGByqGSM49AgEGCCqG
SM49AwEHA0IABABAIXEbvkDjqvuGLoph779RNBDVikxu/CZdmkYTkVP64CnvJiU4
vIrNpCyHFTS8SIyQeuqD0rrjaMRrqqkwylCjQjBAMA8GA1UdEwEB/wQFMAMBAf8w
DgYDVR0PAQH/BAQDAgIEMB0GA1UdDgQWBBS+ERqVi9bQXEK4qFXyOpgeFkC4yDAK
BggqhkjOPQQDAgNHADBEAh9d5amfW18NC+h2xo3Y4T2DkEqAl4IrKRkcd3bNC8so
AiEAg34QJo9nuwQTY4EANknuNMB8SJD42LWDCJu7GWHg4Xc=
-----END CERTIFICATE-----
)";

}  // namespace

TestCertificate::TestCertificate()
    : certificate_file_(directory_.write("certificate.pem", kCertificate)),
      key_file_(directory_.write("key.pem", kKey)),
      authority_file_(directory_.write("authority.pem", kAuthority)),
      stranger_file_(directory_.write("stranger.pem", kStranger)) {}

}  // namespace mercato::test

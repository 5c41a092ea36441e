#pragma once

// Downloads by HTTP and HTTPS. Only http_client.cpp names libcurl.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace adjoint {

struct HttpRequest {
  std::string address;
  std::uintmax_t offset = 0;  // asks for the bytes from there on
  double stall_seconds = 30;  // without a byte for so long, it ends
};

/// Takes what a server answers. What it throws ends the request, and leaves get().
class HttpReceiver {
 public:
  virtual ~HttpReceiver() = default;
  /// Called before the first byte: the body begins at byte `first` of the file, which has `total`
  /// bytes, if the server says so. False ends the request.
  virtual bool begin(std::uintmax_t first, std::optional<std::uintmax_t> total) = 0;
  /// The next bytes. False ends the request.
  virtual bool receive(std::span<const std::byte> bytes) = 0;
  /// Asked often, at least once a second: true ends the request.
  virtual bool stopped() = 0;
};

enum class HttpEnd {
  whole,        // the server sent what it announced
  declined,     // the receiver did not want it
  stopped,      // the receiver stopped it
  refused,      // an HTTP status that is no success
  cut,          // the connection broke or stalled
  unreachable,  // no such server, no connection, no trust in its certificate
};

struct HttpOutcome {
  HttpEnd end = HttpEnd::whole;
  long status = 0;          // HTTP's, 0 if there was none
  std::string reason = {};  // unless it ended whole, in words
  double retry_after = 0;   // seconds that the server asks to wait; 0: not said
};

/// Keeps connections open between requests. Follows redirects; takes proxies from the environment
/// (https_proxy, no_proxy, ...), as libcurl does.
class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpOutcome get(const HttpRequest& request, HttpReceiver& receiver);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace adjoint
